"""The interface's calls at one station: buttons, what is held up, what it hears and sees, what it says."""

import random
import re
from collections.abc import Callable
from typing import Any

from appliance.devices.ports import ButtonName
from appliance.devices.wav import read_wav
from appliance.i18n import _
from appliance.simulator.desk import Desk, NotThere
from appliance.simulator.http_types import Answer, Refusal, Request, as_json
from appliance.simulator.scene import MOST_BADGES, Card, checked_picture
from appliance.simulator.world import World

LONGEST_PRESS = 60_000
_BYTES_PER_MS = 48
_BADGE_TEXT = re.compile(r"[0-9A-Z]{8}")

Call = Callable[[World, Request, dict[str, str]], Answer]


def press(world: World, request: Request, found: dict[str, str]) -> Answer:
    """`POST /sim/stations/<id>/press`: answers after the release."""
    said = request.json()
    button, ms = said.get("button"), said.get("ms", 200)
    if button not in list(ButtonName):
        raise Refusal(400, "bad_button", _("Le bouton est « red », « green » ou « blue »."))
    if not isinstance(ms, int) or isinstance(ms, bool) or not 1 <= ms <= LONGEST_PRESS:
        raise Refusal(400, "bad_ms", _("La durée de l’appui est un nombre de millisecondes, de 1 à 60000."))
    desk = _desk(world, found)
    try:
        desk.press(button, ms)
    except NotThere as error:
        raise _not_running() from error
    return as_json(desk.state())


def badge(world: World, request: Request, found: dict[str, str]) -> Answer:
    """`POST /sim/stations/<id>/badge`: hold a badge or several up, or take away with null what is held up."""
    desk, said = _desk(world, found), request.json()
    asked = said.get("codes") if "codes" in said else [said.get("code")]
    if "code" in said and said["code"] is None:
        desk.take_away()
        return as_json({"code": None, "codes": []})
    if not isinstance(asked, list) or not 1 <= len(asked) <= MOST_BADGES:
        raise Refusal(400, "bad_code", _("« codes » est une liste de un à six badges."))
    codes = [_code(code) for code in asked]
    chance = random.Random()  # noqa: S311  only how they are held
    desk.show_badges([Card(code, world.pictogram(code)) for code in codes], chance)
    return as_json({"code": codes[0], "codes": codes})


def sticker(world: World, request: Request, found: dict[str, str]) -> Answer:
    """`POST /sim/stations/<id>/sticker`: hold up the last sticker, or the `n`th, or take away with null."""
    desk, said = _desk(world, found), request.json()
    papers = world.printer.papers()
    n = said.get("n", int(papers[-1].stem) if papers else 0)
    if n is None:
        desk.take_away()
        return as_json({"n": None})
    picture = world.sticker(n) if isinstance(n, int) else None
    if picture is None:
        raise no_such_sticker()
    desk.show_sticker(n, picture, random.Random())  # noqa: S311  only how it is held
    return as_json({"n": n})


def reader(world: World, request: Request, found: dict[str, str]) -> Answer:
    """`POST /sim/stations/<id>/reader`: hold a badge before the badge reader."""
    desk, code = _desk(world, found), _code(request.json().get("code"))
    if not desk.has_reader:
        raise Refusal(404, "no_reader", _("Cette station n’a pas de lecteur de badges."))
    try:
        desk.read(code)
    except NotThere as error:
        raise _not_running() from error
    return as_json({"code": code})


def microphone(world: World, request: Request, found: dict[str, str]) -> Answer:
    """`PUT /sim/stations/<id>/microphone`: a WAV, what it will hear."""
    desk = _desk(world, found)
    if not desk.has_microphone:
        raise Refusal(404, "no_microphone", _("Cette station n’a pas de micro."))
    try:
        pcm = read_wav(request.body)
    except ValueError as error:
        raise Refusal(400, "bad_wav", str(error)) from error
    desk.hear(request.body)
    return as_json({"ms": len(pcm) // _BYTES_PER_MS})


def camera(world: World, request: Request, found: dict[str, str]) -> Answer:
    """`PUT /sim/stations/<id>/camera`: a JPEG or PNG, what it sees."""
    desk = _desk(world, found)
    try:
        width, height = checked_picture(request.body)
    except ValueError as error:
        raise Refusal(400, "bad_picture", str(error)) from error
    desk.see(request.body)
    return as_json({"width": width, "height": height})


def camera_view(world: World, _request: Request, found: dict[str, str]) -> Answer:
    """`GET /sim/stations/<id>/camera`: what lies before the tray's camera."""
    picture = _desk(world, found).picture()
    if picture is None:
        raise Refusal(404, "no_picture", _("Rien n’est posé devant cette caméra."))
    return Answer(picture, "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg")


def badge_view(world: World, _request: Request, found: dict[str, str]) -> Answer:
    """`GET /sim/stations/<id>/badge`: what the badge camera sees while something is held up."""
    view = _desk(world, found).badge_view()
    if view is None:
        raise Refusal(404, "no_badge", _("Rien n’est devant la caméra des badges."))
    return Answer(view, "image/jpeg")


def speaker(world: World, request: Request, found: dict[str, str]) -> Answer:
    """`GET /sim/stations/<id>/speaker.wav?n=`: one of the last sounds of the loudspeaker."""
    sound = _desk(world, found).sound(int(request.number("n", 0.0)))
    if sound is None:
        raise Refusal(404, "no_sound", _("Ce son n’est plus là."))
    return Answer(sound.wav(), "audio/wav")


def no_such_sticker() -> Refusal:
    """Return what is said of a sticker that was never printed."""
    return Refusal(404, "no_paper", _("Cette étiquette n’est pas sortie."))


def _desk(world: World, found: dict[str, str]) -> Desk:
    try:
        return world.desks[found["station"]]
    except KeyError as error:
        raise Refusal(404, "no_station", _("Il n’y a pas de station de ce nom.")) from error


def _code(asked: Any) -> str:
    code = str(asked).upper().replace("-", "").replace(" ", "")
    if not _BADGE_TEXT.fullmatch(code):
        raise Refusal(400, "bad_code", _("Un code de badge a huit signes, des chiffres et des lettres."))
    return code


def _not_running() -> Refusal:
    return Refusal(
        409, "not_running", _("Cette station ne tourne pas en ce moment. Attendez qu’elle revienne.")
    )


STATION_CALLS: tuple[tuple[str, str, Call], ...] = (
    ("POST", "/sim/stations/<station>/press", press),
    ("POST", "/sim/stations/<station>/badge", badge),
    ("GET", "/sim/stations/<station>/badge", badge_view),
    ("POST", "/sim/stations/<station>/sticker", sticker),
    ("POST", "/sim/stations/<station>/reader", reader),
    ("PUT", "/sim/stations/<station>/microphone", microphone),
    ("PUT", "/sim/stations/<station>/camera", camera),
    ("GET", "/sim/stations/<station>/camera", camera_view),
    ("GET", "/sim/stations/<station>/speaker.wav", speaker),
)
"""What a station answers."""
