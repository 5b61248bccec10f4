"""Who did what, when, to which pseudonymous id: the words of the journal, and the chain that holds its lines.

The vocabulary is closed: an act that is not in `Event` cannot be written. Each line carries the SHA-256 of
the line before it and of itself, so that one which is changed, taken away, added or moved shows
(law.md §5.1, Logs; R17: pseudonymous ids only, six months).
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

KEPT = timedelta(days=183)
"""Six months (law.md R17): how long a line stays."""
GENESIS = "0" * 64
"""What stands before the first line ever."""
WITNESS_DIGITS = 16
"""Of the last line's print, on paper: 64 bits, which nobody meets by trying."""


class Role(StrEnum):
    """Who acted. Nobody is named: one class has one teacher's desk, and a station is no person."""

    TEACHER = "teacher"
    STATION = "station"
    """A pupil at a station."""
    SUBSTITUTE = "substitute"
    """Who stands in for the teacher, with the day's card (E18)."""
    ASSISTANT = "assistant"
    """AESH, ATSEM."""
    DIRECTION = "direction"
    """The head of the school: accounts and the controller's choices, no content."""
    ERUN = "erun"
    """Sees whether the box is well, and no content (R23)."""
    VISITOR = "visitor"
    """Somebody on the network of the class who did not open it: a tablet that reads a sticker."""
    RETENTION = "retention"
    SYNC = "sync"
    BOX = "box"
    """Nobody: the box by itself."""
    KEEPER = "keeper"
    """Whoever may type commands on the machine."""


class Subject(StrEnum):
    """What the id on a line is of."""

    NONE = "none"
    PUPIL = "pupil"
    GROUP = "group"
    CAPTURE = "capture"
    PROJECT = "project"
    ADULT = "adult"
    REQUEST = "request"
    """Of a family, by right."""
    STATION = "station"
    SCENARIO = "scenario"
    VOICE = "voice"
    INCIDENT = "incident"


class Event(StrEnum):
    """Every act that is written down, with who usually does it and what it is done to."""

    role: Role
    subject: Subject

    def __new__(cls, name: str, role: Role, subject: Subject = Subject.NONE) -> "Event":
        event = str.__new__(cls, name)
        event._value_ = name
        event.role, event.subject = role, subject
        return event

    BOX_STARTED = "box_started", Role.BOX
    """Locked, as after each loss of power."""
    CLASS_KEY_CREATED = "class_key_created", Role.TEACHER
    CLASS_OPENED = "class_opened", Role.TEACHER
    CLASS_LOCKED = "class_locked", Role.TEACHER
    WRONG_PASSPHRASE = "wrong_passphrase", Role.VISITOR
    DATE_CONFIRMED = "date_confirmed", Role.TEACHER

    PUPIL_ADDED = "pupil_added", Role.TEACHER, Subject.PUPIL
    PUPIL_NEEDS_SET = "pupil_needs_set", Role.TEACHER, Subject.PUPIL
    BADGE_REPLACED = "badge_replaced", Role.TEACHER, Subject.PUPIL
    PERMISSION_ANSWERED = "permission_answered", Role.TEACHER, Subject.PUPIL
    """Detail: state, nature, scope."""
    PUPIL_LEFT = "pupil_left", Role.TEACHER, Subject.PUPIL
    PUPIL_CAME_BACK = "pupil_came_back", Role.TEACHER, Subject.PUPIL
    PUPIL_CORRECTED = "pupil_corrected", Role.TEACHER, Subject.PUPIL
    PUPIL_FORGOTTEN = "pupil_forgotten", Role.TEACHER, Subject.PUPIL
    """Detail: why. Nothing of the pupil is left in the box."""
    DISAGREEMENT_SET = "disagreement_set", Role.TEACHER, Subject.PUPIL
    DISAGREEMENT_ENDED = "disagreement_ended", Role.TEACHER, Subject.PUPIL
    PROJECT_SET = "project_set", Role.TEACHER, Subject.PROJECT
    PROJECT_FORGOTTEN = "project_forgotten", Role.RETENTION, Subject.PROJECT
    DIRECTION_AGREED = "direction_agreed", Role.TEACHER, Subject.PROJECT
    POLICY_SET = "policy_set", Role.DIRECTION
    """Detail: which choice, and its new value; the written instruction is sealed beside it."""
    CHECKLIST_TICKED = "checklist_ticked", Role.TEACHER
    """Detail: which step."""
    CALENDAR_SET = "calendar_set", Role.TEACHER

    ADULT_ADDED = "adult_added", Role.TEACHER, Subject.ADULT
    """Detail: their role."""
    ADULT_REMOVED = "adult_removed", Role.TEACHER, Subject.ADULT
    ADULT_CHANGED = "adult_changed", Role.TEACHER, Subject.ADULT
    """Detail: `password` or `until`."""
    ADULT_VOICE_ALLOWED = "adult_voice_allowed", Role.TEACHER, Subject.ADULT
    ADULT_VOICE_REFUSED = "adult_voice_refused", Role.TEACHER, Subject.ADULT
    DEVICE_TRUSTED = "device_trusted", Role.TEACHER, Subject.ADULT
    DEVICE_FORGOTTEN = "device_forgotten", Role.TEACHER, Subject.ADULT
    DAY_CODE_MADE = "day_code_made", Role.DIRECTION
    RECOVERY_USED = "recovery_used", Role.DIRECTION
    """The sealed envelope was opened."""
    KEY_ROTATED = "key_rotated", Role.TEACHER
    """Detail: how many captures were sealed anew; what the former key opened is illegible."""
    YEAR_CLOSED = "year_closed", Role.TEACHER
    """Detail: how many captures and pupils went."""
    DECOMMISSIONED = "decommissioned", Role.TEACHER

    REQUEST_RECEIVED = "request_received", Role.TEACHER, Subject.REQUEST
    REQUEST_EXTENDED = "request_extended", Role.TEACHER, Subject.REQUEST
    REQUEST_ANSWERED = "request_answered", Role.TEACHER, Subject.REQUEST
    EXPORT_MADE = "export_made", Role.TEACHER, Subject.PUPIL
    EXPORT_HANDED = "export_handed", Role.TEACHER, Subject.PUPIL
    EXPORT_ERASED = "export_erased", Role.RETENTION, Subject.PUPIL
    STATEMENT_PRINTED = "statement_printed", Role.TEACHER, Subject.PUPIL
    INCIDENT_NOTED = "incident_noted", Role.TEACHER
    INCIDENT_FORGOTTEN = "incident_forgotten", Role.RETENTION, Subject.INCIDENT

    GROUP_SET = "group_set", Role.TEACHER, Subject.GROUP
    GROUP_REMOVED = "group_removed", Role.TEACHER, Subject.GROUP
    VOICE_RECORDED = "voice_recorded", Role.TEACHER, Subject.VOICE
    VOICE_FORGOTTEN = "voice_forgotten", Role.TEACHER, Subject.VOICE

    SCENARIO_SET = "scenario_set", Role.TEACHER, Subject.SCENARIO
    SCENARIO_CHANGED = "scenario_changed", Role.TEACHER, Subject.SCENARIO
    TRIAL_BADGE_LENT = "trial_badge_lent", Role.TEACHER
    STATION_OPENED = "station_opened", Role.TEACHER, Subject.STATION
    WORKSHOP_ENDED = "workshop_ended", Role.TEACHER, Subject.STATION
    STATION_CLOSED = "station_closed", Role.TEACHER, Subject.STATION
    STATION_FOLLOWS_HOURS = "station_follows_hours", Role.TEACHER, Subject.STATION
    STATION_HOURS_SET = "station_hours_set", Role.TEACHER, Subject.STATION
    SATELLITE_INVITED = "satellite_invited", Role.TEACHER, Subject.STATION
    SATELLITE_LINKED = "satellite_linked", Role.STATION, Subject.STATION
    SATELLITE_CUT_OFF = "satellite_cut_off", Role.TEACHER, Subject.STATION

    TAKEN_IN = "taken_in", Role.STATION, Subject.CAPTURE
    CUT_TAKEN_IN = "cut_taken_in", Role.STATION, Subject.CAPTURE
    REFUSED_WITHOUT_PERMISSION = "refused_without_permission", Role.STATION, Subject.CAPTURE
    CAPTION_REFUSED = "caption_refused", Role.STATION, Subject.CAPTURE
    HEARD = "heard", Role.TEACHER, Subject.CAPTURE
    """Listened to or looked at: one line per capture, role and day, whatever the number of times."""
    KEPT = "kept", Role.TEACHER, Subject.CAPTURE
    GIVEN = "given", Role.TEACHER, Subject.CAPTURE
    TAKEN_BACK = "taken_back", Role.TEACHER, Subject.CAPTURE
    PUPIL_ASKED_AGAIN = "pupil_asked_again", Role.TEACHER, Subject.CAPTURE
    RELEASED = "released", Role.TEACHER, Subject.CAPTURE
    PUT_ASIDE = "put_aside", Role.TEACHER, Subject.CAPTURE
    """Detail: why."""
    BROUGHT_BACK = "brought_back", Role.TEACHER, Subject.CAPTURE
    CERTIFIED_ANONYMOUS = "certified_anonymous", Role.TEACHER, Subject.CAPTURE
    ANONYMITY_UNDONE = "anonymity_undone", Role.TEACHER, Subject.CAPTURE
    CARNET_FLAGGED = "carnet_flagged", Role.TEACHER, Subject.CAPTURE
    CARNET_UNFLAGGED = "carnet_unflagged", Role.TEACHER, Subject.CAPTURE
    REPRINTED = "reprinted", Role.TEACHER, Subject.CAPTURE
    STICKER_RENEWED = "sticker_renewed", Role.TEACHER, Subject.CAPTURE
    """The former sticker opens nothing any more."""
    SENT = "sent", Role.SYNC, Subject.CAPTURE
    ERASED = "erased", Role.TEACHER, Subject.CAPTURE
    """Detail: why."""
    ERASED_AT_ENT = "erased_at_ent", Role.SYNC, Subject.CAPTURE
    UNCLAIMED_FILE_REMOVED = "unclaimed_file_removed", Role.RETENTION, Subject.CAPTURE

    RETENTION_RUN = "retention_run", Role.RETENTION
    """Detail: how many captures it erased."""
    MASS_ERASURE_CONFIRMED = "mass_erasure_confirmed", Role.TEACHER
    """Detail: how many captures may go at once."""
    RETENTION_HELD = "retention_held", Role.RETENTION
    """Detail: why nothing was erased."""
    BACKED_UP = "backed_up", Role.BOX
    """Detail: how many captures the backup holds."""
    BACKUP_HELD = "backup_held", Role.BOX
    """Detail: why there is none."""
    RESTORED = "restored", Role.KEEPER
    """All that comes before was written on the former box."""
    JOURNAL_PRUNED = "journal_pruned", Role.RETENTION
    """Detail: the last line that went, and its print: the chain goes on from there."""
    JOURNAL_BROKEN = "journal_broken", Role.BOX
    """Detail: the first line that is not as it was written."""
    JOURNAL_EXPORTED = "journal_exported", Role.KEEPER


@dataclass(frozen=True)
class Line:
    """One line as it is stored; texts, because what was tampered with may hold anything."""

    number: int
    """From 1, without a gap."""
    at: str
    """UTC, ISO 8601 to the millisecond."""
    doubtful: int
    """1 when nothing vouched for the clock, else 0."""
    role: str
    event: str
    subject: str
    """A pseudonymous id, or the letter of a station; never a name, a title or a code that opens something."""
    detail: str
    """Words of a closed list and numbers, with slashes between."""


@dataclass(frozen=True)
class Anchor:
    """A place of the chain: a line's number and its print. What comes before cannot change any more."""

    number: int
    digest: str
    """SHA-256 in hex: the line's print."""

    def witness(self) -> str:
        """Return it as one copies it on paper: `1234-3F2A91C077AB04D2`."""
        return f"{self.number}-{self.digest[:WITNESS_DIGITS].upper()}"

    def text(self) -> str:
        """Return it as a detail, the inverse of `parse`."""
        return f"{self.number}/{self.digest}"

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """Return the anchor in a detail; ValueError when it is none."""
        number, _slash, digest = text.partition("/")
        return cls(int(number), digest)


START = Anchor(0, GENESIS)
"""Before the first line."""


class Damage(StrEnum):
    """What is wrong with a chain."""

    ALTERED = "altered"
    """The line is not the one that was written there."""
    MISSING = "missing"
    """A line was taken away."""
    CUT = "cut"
    """The journal was longer: its end was taken away."""
    ADDED = "added"
    """The line was not written by the box."""
    REWRITTEN = "rewritten"
    """Line and print agree with each other, and not with what was sealed or copied on paper."""


@dataclass(frozen=True)
class Break:
    """Where a chain first breaks."""

    number: int
    damage: Damage


def chained(before: str, line: Line) -> str:
    """Return the print of a line: SHA-256, in hex, of the print before it, a line feed, and its JSON.

    The JSON is an array of the fields in their order, in UTF-8, without spaces.
    """
    fields = (line.number, line.at, line.doubtful, line.role, line.event, line.subject, line.detail)
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def first_break(lines: Iterable[tuple[Line, str]], start: Anchor, head: Anchor) -> Break | None:
    """Return where a chain first breaks, or None when it is whole.

    `lines` come in their order with the print that each carries; `start` is the last line that retention took
    away, `head` the last line that the box knows to have written.
    """
    at = start
    for line, digest in lines:
        expected = at.number + 1
        if line.number < expected or line.number > head.number:
            return Break(line.number, Damage.ADDED)
        if line.number > expected:
            return Break(expected, Damage.MISSING)
        if chained(at.digest, line) != digest:
            return Break(line.number, Damage.ALTERED)
        at = Anchor(line.number, digest)
    if at.number < head.number:
        return Break(at.number + 1, Damage.CUT)
    return None if at.digest == head.digest else Break(at.number, Damage.REWRITTEN)
