"""Taking in what stations send: each capture exactly once, or a clear no."""

from datetime import timedelta
from typing import BinaryIO

from appliance.domain.audit import Event
from appliance.domain.captures import Facts, Packing
from appliance.domain.codes import STICKER_LENGTH, sticker_code
from appliance.domain.permissions import Nature, natures_to_record
from appliance.domain.retention import doubt, first_day
from appliance.domain.roster import Roster, RosterPupil
from appliance.hub import audit, mending, openings, people, stations, trials
from appliance.hub.box import Box
from appliance.hub.office import checklist
from appliance.hub.printing import come_out
from appliance.hub.retention import lasting
from appliance.hub.rights import permits
from appliance.hub.shelf import Mismatch
from appliance.store import captures, printing, pupils, settings

APART = timedelta(seconds=5)
"""Two uses of a badge at two stations closer than this are worth a look (E7)."""
_LONGEST = timedelta(seconds=2 * stations.LONGEST_LIMIT)
"""No take lasts longer, even one of a pupil who is given twice the time."""


class NotAllowed(Exception):
    """A pupil in it has no live permission: the capture is refused and the station erases it."""


class Erased(Exception):
    """It was taken in and erased since: the station erases its own copy."""


def roster(box: Box, station_id: str) -> Roster:
    """Return what a station may know now; ConfigError for an unknown station."""
    scenario = stations.scenario(box, station_id)
    invited = frozenset(stations.who_may_come(box, scenario))
    policy, today, real = permits.policy(box), box.today(), checklist.is_real(box)
    rows = pupils.every(box.database)
    members, needs = permits.members(box, [row.id for row in rows]), people.needs(box, rows)
    return Roster(
        issued_at=box.now(),
        station=station_id,
        task=scenario.task(),
        recipients=box.sealer.recipients if box.is_set_up else (),
        pupils=tuple(
            RosterPupil(
                row.id,
                row.badge,
                natures_to_record(member, scenario.project, today, policy) if real else frozenset(),
                row.pictogram,
                row.id in invited,
                *needs.get(row.id, ()),
            )
            for row, member in zip(rows, members, strict=True)
            if not member.left
        ),
        opening=openings.of(box, station_id),
        paper=come_out(box),
        trial=trials.lent(box),
    )


def take_in(box: Box, facts: Facts, body: BinaryIO) -> bool:
    """Adopt a capture; True when it is new, False when it was here already.

    File first, row last, in one transaction with its print job. Raises Erased, NotAllowed, or
    `shelf.Mismatch` when the body is not what the facts announce.
    """
    try:
        return _take_in(box, facts, body)
    except NotAllowed:
        box.shelf.remove(facts.id)
        audit.note(box, Event.REFUSED_WITHOUT_PERMISSION, facts.id)
        raise


def _take_in(box: Box, facts: Facts, body: BinaryIO) -> bool:
    if not _is_wanted(box, facts):
        return False
    arrival = box.shelf.receive(body, facts.size, facts.sha256)
    try:
        with box.database.transaction():
            # Asked again under the write lock: it may have come twice, or been withdrawn, while it arrived.
            if not _is_wanted(box, facts):
                return False
            box.shelf.adopt(arrival, facts.id, facts.packing)
            _record(box, facts)
    finally:
        box.shelf.drop(arrival)
    if facts.packing is Packing.PARTS and box.is_open:
        mending.mend_all(box)
    box.announce_change()
    return True


def take_companion(box: Box, capture_id: str, companion: str, body: BinaryIO, size: int) -> None:
    """Keep a photo's sealed `thumbnail` or spoken `caption` until its capture comes.

    Nothing of a capture that was erased. `shelf.Mismatch` when the body stops before `size` bytes.
    """
    sealed = body.read(size)
    if len(sealed) < size:
        raise Mismatch(f"{len(sealed)} bytes instead of {size}")
    write = box.shelf.write_caption if companion == "caption" else box.shelf.write_thumbnail
    with box.database.transaction():
        if _is_awaited(box, capture_id):
            write(capture_id, sealed)


def _is_awaited(box: Box, capture_id: str) -> bool:
    known = captures.find(box.database, capture_id) is not None
    return not known and captures.tombstone_of(box.database, capture=capture_id) is None


def _is_wanted(box: Box, facts: Facts) -> bool:
    """Return False for what is here already; Erased or NotAllowed for what must not be."""
    if captures.find(box.database, facts.id) is not None:
        return False
    if captures.tombstone_of(box.database, capture=facts.id) is not None:
        raise Erased(facts.id)
    if not permits.to_record(box, facts.pupils, facts.scenario, facts.nature).allowed:
        raise NotAllowed(facts.id)
    return True


def _record(box: Box, facts: Facts) -> None:
    reading = box.clock.read()
    now = reading.now
    counted_from = first_day(
        facts.taken_at.date(),
        box.today(),
        kept=facts.kept,
        attributed=bool(facts.pupils),
        empty=facts.empty,
    )
    project = permits.project_of(box, facts.scenario)
    captures.add(
        box.database,
        facts,
        code=sticker_code(box.random_bytes(STICKER_LENGTH)),
        last=lasting.of_arrival(box, facts, project, counted_from),
        dated=doubt(reading, settings.high_water(box.database)) is None,
        has_thumbnail=box.shelf.thumbnail(facts.id).is_file(),
        caption_ms=_kept_caption(box, facts),
        received_at=now,
        counted_from=counted_from,
    )
    if facts.kept and not facts.empty:
        printing.enqueue(box.database, facts.id, facts.pupils, reprint=False, now=now)
    _mark_double_presence(box, facts)
    audit.note(box, Event.CUT_TAKEN_IN if facts.cut else Event.TAKEN_IN, facts.id)


def _kept_caption(box: Box, facts: Facts) -> int:
    """Return the length of a caption that came and may be kept: it is a voice, whatever the photo is."""
    if facts.caption_ms and box.shelf.caption(facts.id).is_file():
        if permits.to_record(box, facts.pupils, facts.scenario, Nature.VOICE).allowed:
            return facts.caption_ms
        audit.note(box, Event.CAPTION_REFUSED, facts.id)
    box.shelf.remove_caption(facts.id)
    return 0


def _mark_double_presence(box: Box, facts: Facts) -> None:
    """Flag the later of two captures of one badge at two stations at the same time; nothing more (E7)."""
    begun, ended = facts.taken_at, facts.taken_at + timedelta(milliseconds=facts.duration_ms)
    for other in captures.around(box.database, facts.pupils, begun, _LONGEST):
        other_ended = other.taken_at + timedelta(milliseconds=other.duration_ms)
        meet = other.taken_at <= ended + APART and begun <= other_ended + APART
        if meet and other.station != facts.station:
            captures.mark_doubled(box.database, facts.id if begun >= other.taken_at else other.id)


def reconcile(box: Box) -> dict[str, int]:
    """Compare files and rows at boot and report; nothing that may be somebody's voice is dropped silently.

    A file without a row is what a station is about to send again, or the rest of an erasure; a hidden one
    was being written when the power went; a caption that its row no longer knows was withdrawn.
    The retention may erase at the same time.
    """
    known, buried = captures.ids(box.database), captures.buried(box.database)
    silent = known - captures.ids(box.database, captioned=True)
    with_file: set[str] = set()
    counts = {"missing": 0, "remains": 0, "unclaimed": 0}
    for capture_id, path in list(box.shelf.stored()):
        if path.name.startswith("."):
            path.unlink(missing_ok=True)
        elif capture_id in silent and path == box.shelf.caption(capture_id):
            path.unlink(missing_ok=True)
            counts["remains"] += 1
        elif capture_id in known:
            if path not in (box.shelf.thumbnail(capture_id), box.shelf.caption(capture_id)):
                with_file.add(capture_id)
        elif capture_id in buried:
            path.unlink(missing_ok=True)
            counts["remains"] += 1
        else:
            counts["unclaimed"] += 1
    counts["missing"] = len(captures.ids(box.database) & known - with_file)
    return counts
