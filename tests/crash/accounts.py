"""What pupils finished, against what the hub holds in the end."""

from collections import Counter
from collections.abc import Sequence

from tests.crash import marks
from tests.crash.classroom import Classroom
from tests.crash.desk_watch import Turn
from tests.crash.proof import Held


def settle(classroom: Classroom, held: Sequence[Held]) -> int:
    """Check that each finished turn gave a capture and no take gave two; returns how many turns finished."""
    return sum(_settle_station(classroom, station, held) for station in classroom.desks)


def of_turn(turn: Turn, held: Sequence[Held]) -> list[Held]:
    """Return the captures of a pupil's turn."""
    return [each for each in held if any(marks.same(mark, each.all_marks) for mark in turn.marks)]


def _settle_station(classroom: Classroom, station: str, held: Sequence[Held]) -> int:
    here = [each for each in held if each.row["station"] == station]
    if classroom.corners[station].draft:
        assert here == [], "a draft was kept"
        return 0
    for kind in ("marks", "caption_marks"):
        found = Counter(mark for each in here for mark in getattr(each, kind))
        assert not found or max(found.values()) == 1, ("twice", station, found)
    silent = [each for each in here if not each.all_marks]
    finished = [turn for turn in classroom.desks[station].turns if turn.finished]
    for turn in finished:
        # A take too short for its notes to be heard is known by nothing.
        arrived = [*of_turn(turn, here), *silent]
        assert arrived, ("lost", station, turn)
        assert not turn.kept or any(each.row["kept"] for each in arrived), ("not kept", station, turn)
    return len(finished)
