"""What is around a station in a test: the class, what a camera sees, what came to the hub."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from appliance.config import Config
from appliance.devices.ports import SAMPLE_RATE
from appliance.hub import people, stations, traces
from appliance.hub.box import Box
from appliance.hub.stations import Words
from appliance.stickers.badges import badge_image
from appliance.stickers.qr import Level, encode
from appliance.store import pupils

PATIENCE = 20.0
"""Seconds after which what a test waits for does not come any more."""
_SIDE_BY_SIDE = [(25, 30), (655, 30), (25, 480)]


def hearing_too(config: Config) -> Config:
    """Return a configuration in which station B has a microphone beside its camera."""
    voice, photo = config.stations
    return replace(config, stations=(voice, replace(photo, microphone="twin")))


def humming(seconds: float, gain: float = 0.3) -> bytes:
    """Return somebody who hums: a take in which nobody is heard is another story. Over 1 it is overdriven."""
    time_ = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * time_)
    hum = np.clip(gain * syllables * np.sin(2 * np.pi * 220 * time_), -1, 1)
    return bytes((hum * 32767).astype("<i2").tobytes())


def code_of(box: Box, pupil: str) -> str:
    """Return the code on a pupil's badge."""
    return next(row.badge for row in pupils.every(box.database) if row.id == pupil)


def badges_in_view(*codes: str) -> bytes:
    """Return what a camera sees of a badge, or of some held side by side, as a picture."""
    scene = Image.new("RGB", (1280, 960), "#b9b2a6")
    size, places = ((700, 500), [(280, 200)]) if len(codes) == 1 else ((600, 420), _SIDE_BY_SIDE)
    for code, place in zip(codes, places, strict=False):
        card = badge_image(code, "turtle").convert("RGB")
        card.thumbnail(size)
        scene.paste(card, place)
    return png(scene)


def sticker_in_view(code: str) -> bytes:
    """Return what a camera sees of a notebook with a sticker, as a picture."""
    scene = Image.new("RGB", (1280, 960), "#b9b2a6")
    scene.paste(encode(f"http://boite.local/e/{code}", Level.M).image(12).convert("RGB"), (400, 250))
    return png(scene)


def png(picture: Image.Image) -> bytes:
    """Return a picture as a file."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def ask(box: Box, station: str = "A", **settings: Any) -> str:
    """Change what a station asks for; its scenario's id."""
    row = replace(stations.scenario(box, station), **settings)
    return stations.save(box, row, Words("Lecture, page 12"), is_new=False).id


def pupil_of(box: Box, first_name: str, pictogram: str, *natures: Any) -> str:
    """Add a pupil whose captures of these natures may be kept in class."""
    pupil = people.add(box, first_name, pictogram=pictogram)
    for nature in natures:
        people.answer(box, pupil, nature, list(people.ANSWERABLE))
    return pupil


def wait_traces(box: Box, count: int) -> tuple[traces.Trace, ...]:
    """Wait until the hub has so many traces of today, latest first."""
    with box.changed:
        assert box.changed.wait_for(lambda: traces.of_day(box, box.now()).total == count, PATIENCE)
    return traces.of_day(box, box.now()).traces


def stickers_asked(box: Box) -> list[str]:
    """Return the pupils to whom a sticker will be printed."""
    rows = box.database.db.execute("SELECT pupil FROM print_jobs ORDER BY id").fetchall()
    return [row[0] for row in rows]
