"""A box with many captures, as the retention meets it, and what of a box must be the same after any run."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from appliance.domain.captures import Facts, Packing
from appliance.domain.permissions import Nature
from appliance.hub.box import Box
from appliance.hub.retention import school_years
from appliance.store import captures, scenarios


def fill(
    box: Box,
    pupils: Sequence[str],
    lives: Sequence[tuple[date, int]],
    *,
    sealed: bytes = b"age",
    codes_from: int = 0,
) -> list[str]:
    """Add captures through the store: so many with each last day, a file each; return their ids."""
    row = scenarios.current(box.database, "A")
    assert row is not None
    made: list[str] = []
    with box.database.transaction():
        for last_day, count in lives:
            for _ in range(count):
                pupil, number = pupils[len(made) % len(pupils)], codes_from + len(made)
                made.append(_add(box, row.id, pupil, last_day, number, sealed))
    return made


def _add(box: Box, scenario: str, pupil: str, last_day: date, number: int, sealed: bytes) -> str:
    facts = Facts(
        id=box.new_id(),
        station="A",
        scenario=scenario,
        nature=Nature.VOICE,
        pupils=(pupil,),
        taken_at=box.now(),
        duration_ms=2_000,
        kept=True,
        cut=False,
        packing=Packing.WHOLE,
        sha256="",
        size=len(sealed),
    )
    captures.add(
        box.database,
        facts,
        code=f"c{number:07d}",
        last=last_day,
        dated=True,
        has_thumbnail=False,
        caption_ms=0,
        received_at=box.now(),
    )
    path = box.shelf.media(facts.id, Packing.WHOLE)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(sealed)
    return facts.id


def end_state(box: Box) -> dict[str, Any]:
    """What a run leaves, whatever stopped it on its way: rows, tombstones, ENT, proof, files."""
    rows = box.database.db.execute
    return {
        "captures": sorted(rows("SELECT id, last_day FROM captures").fetchall()),
        "owners": sorted(rows("SELECT capture, pupil FROM capture_pupils").fetchall()),
        "tombstones": sorted(rows("SELECT capture, code, erased_on, reason FROM tombstones").fetchall()),
        "outbox": sorted(rows("SELECT code, verb, state FROM outbox").fetchall()),
        "proof": sorted(rows("SELECT subject, detail, role FROM journal WHERE event = 'erased'").fetchall()),
        "files": sorted(str(path.relative_to(box.config.data)) for _id, path in box.shelf.stored()),
    }


def on(day: str, hour: int = 1) -> datetime:
    from appliance.clock import PARIS

    return datetime.combine(date.fromisoformat(day), datetime.min.time(), PARIS).replace(hour=hour)


def school_file(box: Box, legal_end: str, summer: str = "2027-07-03") -> bytes:
    """The calendar in place, with another end of 2026-2027."""
    whole = json.loads(school_years.calendar_file(box.config.data))
    whole["annees"]["2026-2027"] = {"rentree": "2026-09-01", "ete": summer, "fin_legale": legal_end}
    return json.dumps(whole).encode()
