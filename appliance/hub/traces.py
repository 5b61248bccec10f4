"""Captures with the words of their people, and what they hold: only while the class is open."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from appliance.clock import PARIS
from appliance.domain.captures import Capture, Packing
from appliance.domain.permissions import Scope, Use
from appliance.hub import mending, people
from appliance.hub.box import Box
from appliance.hub.rights import permits
from appliance.store import captures, outbox, printing, scenarios


class Journey(StrEnum):
    """How far a capture is on its way home."""

    HERE = "here"
    RELEASED = "released"
    """The teacher released it; the sync will carry it."""
    HOME = "home"
    """Seen at the ENT."""


@dataclass(frozen=True)
class Trace:
    """A capture with the words of its people, for a page. Built only while the class is open."""

    capture: Capture
    title: str
    names: tuple[str, ...]
    """In the order of the class list."""
    pictogram: str
    journey: Journey
    printed: bool
    may_go_home: bool
    """Every pupil in it may be heard by their family."""
    wished_otherwise: bool
    """Its pupil chose that it does not go home: to be asked before it does."""


@dataclass(frozen=True)
class Page:
    """A slice of a day."""

    traces: tuple[Trace, ...]
    total: int


def of_day(box: Box, day: datetime, *, limit: int = 50, offset: int = 0) -> Page:
    """Return the traces of the day of `day`, latest first; Locked when the class is."""
    start = datetime.combine(day.astimezone(PARIS).date(), time.min, PARIS)
    end = start + timedelta(days=1)
    found = captures.between(box.database, start, end, limit=limit, offset=offset)
    return Page(tuple(describe(box, found)), captures.count_between(box.database, start, end))


def describe(box: Box, found: list[Capture]) -> list[Trace]:
    """Add the words to captures; Locked when the class is."""
    names = {pupil.id: pupil.shown for pupil in people.everyone(box)}
    scenes = {scenario: _scene(box, scenario) for scenario in {c.scenario for c in found}}
    return [
        Trace(
            capture,
            scenes[capture.scenario][0],
            tuple(name for pupil, name in names.items() if pupil in capture.pupils),
            scenes[capture.scenario][1],
            _journey(box, capture),
            printing.was_printed(box.database, capture.id),
            permits.of_capture(box, capture, Use.OWN_FAMILY).allowed,
            permits.exceeds_wish(capture.wish, Scope.FAMILY),
        )
        for capture in found
    ]


def media(box: Box, capture: Capture) -> bytes:
    """Return what a capture holds, opened in memory; Locked when the class is."""
    if capture.packing is Packing.PARTS:
        # Without its parts it was made whole since it was looked up.
        with suppress(FileNotFoundError):
            return mending.opened_parts(box, capture)
    return box.opener.open(box.shelf.media(capture.id, Packing.WHOLE).read_bytes())


def thumbnail(box: Box, capture: Capture) -> bytes:
    """Return a photo's small JPEG; Locked when the class is, FileNotFoundError when there is none."""
    return box.opener.open(box.shelf.thumbnail(capture.id).read_bytes())


def caption(box: Box, capture: Capture) -> bytes:
    """Return a photo's spoken caption (MP3); Locked when the class is, FileNotFoundError without one."""
    if not capture.caption_ms:
        raise FileNotFoundError(capture.id)
    return box.opener.open(box.shelf.caption(capture.id).read_bytes())


def _scene(box: Box, scenario_id: str) -> tuple[str, str]:
    row = scenarios.find(box.database, scenario_id)
    if row is None:
        return "", ""
    return str(box.opener.open_json(row.sealed)["title"]), row.pictogram


def _journey(box: Box, capture: Capture) -> Journey:
    """A capture whose family withdrew has no place in the outbox any more: it is only here again."""
    asked = outbox.state_of(box.database, capture.code) if capture.released_at else None
    if asked is None:
        return Journey.HERE
    return Journey.HOME if asked == outbox.VERIFIED else Journey.RELEASED
