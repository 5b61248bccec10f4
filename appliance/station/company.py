"""Who is at the panel: from what was read or chosen to the pupils of the roster, and what is said to them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from appliance.domain.codes import parse_badge, parse_sticker
from appliance.domain.permissions import Nature
from appliance.domain.roster import TRIER, Refusal, Roster, RosterPupil, Task
from appliance.station.events import BadgeSeen, Settings, StickerSeen

FALLBACK_LANGUAGE = "fr"


def is_draft(task: Task) -> bool:
    """Whether nothing of it is written; only a voice can be a draft."""
    return task.draft and task.nature is Nature.VOICE


def keeps_nothing(task: Task, pupils: Sequence[str]) -> bool:
    """Whether nothing of this turn is written: a draft, or a grown-up who tries the station."""
    return is_draft(task) or TRIER in pupils


def settings_of(roster: Roster, now: datetime) -> Settings:
    """Return what a station asks of pupils now."""
    task = roster.task
    nobody = 0 if isinstance(roster.admit((), now), Refusal) else 1
    return Settings(
        limit_seconds=float(task.limit_seconds),
        group_max=task.group_max,
        draft=is_draft(task),
        wish=task.wish,
        paper=roster.paper,
        choices=len(roster.invited()) + nobody,
    )


def read(roster: Roster, text: str, others: Sequence[str], now: datetime) -> BadgeSeen | StickerSeen | None:
    """Return what a code that was read means, beside the pupils already there; None for neither."""
    sticker = parse_sticker(text)
    if sticker is not None:
        return StickerSeen(sticker)
    badge = parse_badge(text)
    if badge is None:
        return None
    pupil = roster.known(badge)
    return _seen(roster, pupil, others, now) if pupil else BadgeSeen("", "unknown_badge")


def chosen(roster: Roster, choice: int, now: datetime) -> BadgeSeen:
    """Return the pupil of a picture that was chosen; nobody's for the last choice, *je ne trouve pas*."""
    invited = roster.invited()
    if choice < len(invited):
        return _seen(roster, invited[choice], (), now)
    refused = roster.admit((), now)
    return BadgeSeen("", refused.reason if isinstance(refused, Refusal) else None)


def offer(roster: Roster, choice: int, knows: Callable[[str], bool]) -> str:
    """Return what to say of a choice: a first name, or a picture's name when nobody recorded it."""
    invited = roster.invited()
    if choice >= len(invited):
        return "someone_else"
    pupil = invited[choice]
    name = f"pupil/{pupil.id}"
    return name if knows(name) else f"picture/{pupil.pictogram}"


def greeting(pupils: Sequence[str], greeted: int, knows: Callable[[str], bool]) -> list[str]:
    """Return what greets the pupils that were not greeted yet, by their names where they were recorded."""
    said = [] if greeted else ["bonjour"]
    for number, pupil in enumerate(pupils):
        name = f"pupil/{pupil}"
        if number < greeted:
            continue
        if knows(name):
            said += [name] if number == 0 else ["and", name]
        elif number:
            said.append("group")
    return said


def consigne(roster: Roster, pupils: Sequence[str], knows: Callable[[str], bool]) -> list[str]:
    """Return what tells them what to do, in the first one's language when the teacher recorded it.

    Then what they must know before it begins: that it is forgotten, or that they are filmed.
    """
    known = {pupil.id: pupil for pupil in roster.pupils}
    languages = [known[pupil].language for pupil in pupils[:1] if pupil in known]
    items = [f"consigne/{roster.task.scenario}/{each}" for each in (*languages, FALLBACK_LANGUAGE)]
    said = [item for item in items if knows(item)][:1]
    if roster.task.nature is Nature.FILM:
        said.append("film_ready")
    return [*said, "draft"] if keeps_nothing(roster.task, pupils) else said


def _seen(roster: Roster, pupil: RosterPupil, others: Sequence[str], now: datetime) -> BadgeSeen:
    admitted = roster.admit((*others, pupil.id), now)
    refused = admitted.reason if isinstance(admitted, Refusal) else None
    return BadgeSeen(pupil.id, refused, pupil.slow, pupil.id == TRIER)
