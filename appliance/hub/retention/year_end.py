"""Closing the school year (E19; law.md §7.4): what families take with them, then a box without pupils.

It can be stopped anywhere and begun again. The new keys come last (`rotation`): until then an older copy of
the box still opens.
"""

import json
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime

from appliance.domain.audit import Event, Role
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.errands import Report
from appliance.hub.office import checklist
from appliance.hub.retention import erasure
from appliance.hub.rights import departures
from appliance.store import captures, exports, pupils, settings, year_end
from appliance.store.moments import moment, stamp

REASON = "year_end"
_BEGUN = "year_end_begun"
_CLOSED = "year_end_closed"


class Undecided(Exception):
    """Traces are put aside: a person decides on each before the year can be closed."""


@dataclass(frozen=True)
class Balance:
    """Where the closing of the year stands. Counts, dates and pseudonymous ids only."""

    pupils: int
    captures: int
    carnet: int
    """Flagged for the carnet de suivi: to hand over before they go."""
    put_aside: int
    at_ent: int
    """Copies that the ENT holds, or was not yet seen to have erased."""
    without_copy: tuple[str, ...]
    """The pupils with traces of whom no copy was handed over."""


@dataclass(frozen=True)
class Closing:
    """A year that was closed, for its certificate: no name."""

    begun_on: date
    closed_at: datetime
    pupils: int
    erased: int
    """Traces."""
    at_ent: int
    """Copies that the ENT was not yet seen to have erased."""

    @property
    def closed_on(self) -> date:
        """Its day."""
        return self.closed_at.date()


def balance(box: Box) -> Balance:
    """Return where the closing stands; works while locked."""
    database = box.database
    handed = {row.pupil for row in exports.every(database) if row.handed_on is not None}
    return Balance(
        pupils=len(pupils.every(database)),
        captures=captures.overview(database)["total"],
        carnet=year_end.in_carnet(database),
        put_aside=year_end.put_aside(database),
        at_ent=year_end.at_ent(database),
        without_copy=tuple(owner for owner in year_end.owners(database) if owner not in handed),
    )


def close(box: Box, report: Report) -> None:
    """Erase every trace, here and at the ENT, then every pupil with their answers, badge and name.

    Scenarios, consignes, grown-ups and the requests journal stay. Undecided while a trace is put aside, also
    when it is meanwhile. Begun again after that or a power cut, it goes on where it was and counts those of
    the first try.
    """
    if year_end.put_aside(box.database):
        raise Undecided
    begun, known = _begin(box)
    waiting = list(year_end.ids(box.database))
    everybody = [row.id for row in pupils.every(box.database)]
    total = len(waiting) + len(everybody)
    for done, capture_id in enumerate(waiting):
        report(done, total)
        _erase(box, capture_id)
    for done, pupil in enumerate(everybody, len(waiting)):
        report(done, total)
        _forget(box, pupil)
    # What stations handed over meanwhile; from now on they know no pupil.
    for capture_id in year_end.ids(box.database):
        _erase(box, capture_id)
    said = {
        "begun_on": begun.isoformat(),
        "closed_at": stamp(box.now()),
        "pupils": known,
        "erased": year_end.buried(box.database, REASON, begun),
    }
    with box.database.transaction():
        year_end.forget_class(box.database)
        settings.put(box.database, _CLOSED, json.dumps(said))
        settings.remove(box.database, _BEGUN)
        checklist.await_new_class(box)
        audit.note(box, Event.YEAR_CLOSED, detail=f"{said['erased']}/{known}")
    box.database.forget_deleted_rows()
    report(total, total)
    box.announce_change()


def last_closing(box: Box) -> Closing | None:
    """Return the last year that was closed, or None."""
    text = settings.get(box.database, _CLOSED)
    if text is None:
        return None
    said = json.loads(text)
    begun, closed = date.fromisoformat(said["begun_on"]), moment(said["closed_at"])
    return Closing(begun, closed, said["pupils"], said["erased"], year_end.at_ent(box.database))


def is_half_done(box: Box) -> bool:
    """Whether closing was begun and stopped half way."""
    return settings.get(box.database, _BEGUN) is not None


def _erase(box: Box, capture_id: str) -> None:
    capture = captures.find(box.database, capture_id)
    if capture is not None:
        erasure.erase(box, capture, reason=REASON, but_aside=True)
    if captures.find(box.database, capture_id) is not None:
        raise Undecided


def _forget(box: Box, pupil: str) -> None:
    """Erase what came of a pupil meanwhile, then the pupil: between the two a station may send once more."""
    while True:
        for capture in captures.of_pupil(box.database, pupil):
            _erase(box, capture.id)
        try:
            if not departures.forget(box, pupil, role=Role.TEACHER):
                raise Undecided
        except sqlite3.IntegrityError:
            if not captures.of_pupil(box.database, pupil):
                raise
        else:
            return


def _begin(box: Box) -> tuple[date, int]:
    """Remember the day and the number of pupils, once, and return them."""
    text = settings.get(box.database, _BEGUN)
    if text is None:
        text = f"{box.today().isoformat()}/{len(pupils.every(box.database))}"
        settings.put(box.database, _BEGUN, text)
    day, _slash, count = text.partition("/")
    return date.fromisoformat(day), int(count)
