"""The grown-ups who come in: who they are, until when, by which way (law.md §5.1, §7.4; requirement E18).

Three roles hold the key of the class, each adult by seven words of their own. The direction and the ERUN hold
none: a password lets them to their pages while the class is locked, and opens nothing.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from appliance.clock import PARIS
from appliance.domain.audit import Event, Role
from appliance.domain.roles import ADULTS, DAY_ENDS, KEYED, SHORTEST_PASSWORD
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.keys import passwords
from appliance.store import adults as rows
from appliance.store import settings
from appliance.store.adults import AdultRow
from appliance.vault.keys import FIRST_ADULT

VOICE_LONGEST = timedelta(days=730)
"""How long an adult's permission for their own voice lasts at most: two years (law.md §7.1, K8)."""
_DAY_CODE = "day_code"


class LastTeacher(Exception):
    """Nobody would be left to open the class."""


class NoKey(Exception):
    """This role holds no key and has no seven words."""


class WeakPassword(ValueError):
    """A password of twelve characters at least is needed."""


@dataclass(frozen=True)
class Adult:
    """One adult, for the pages."""

    id: str
    role: Role
    name: str
    """Empty while the class is locked, and for the first teacher until it is given."""
    created_at: datetime
    until: date | None
    """The last day on which they may come in."""
    disabled_at: datetime | None
    has_words: bool
    has_password: bool
    voice_until: date | None

    @property
    def is_gone(self) -> bool:
        """Whether they were removed."""
        return self.disabled_at is not None


def every(box: Box) -> list[Adult]:
    """Return all adults, those who left included; their names only while the class is open."""
    keyed = set(box.keys.adults()) if box.is_set_up else set()
    return [_adult(box, row, keyed) for row in _rows(box)]


def find(box: Box, adult: str) -> Adult | None:
    """Return one adult, or None."""
    return next((found for found in every(box) if found.id == adult), None)


def may_come_in(box: Box, adult: str) -> Role | None:
    """Return the role of an adult who may come in today; None if unknown, removed, or after the last day."""
    row = rows.find(box.database, adult)
    if row is None:
        # The first teacher's row is written at the first opening.
        return Role.TEACHER if adult in ("", FIRST_ADULT) else None
    over = row.until is not None and row.until < box.today()
    return None if over or row.disabled_at is not None else row.role


def openers(box: Box) -> dict[str, Role]:
    """Return who has seven words and may come in today, by id; works while locked, without a name."""
    found = {adult: may_come_in(box, adult) for adult in box.keys.adults()}
    return {adult: role for adult, role in found.items() if role is not None}


def of_role(box: Box, role: Role) -> list[str]:
    """Return the ids of a role's adults who may come in today; works while locked."""
    return [row.id for row in _rows(box) if row.role is role and may_come_in(box, row.id) is role]


def ensure_first(box: Box) -> None:
    """Write the first teacher's row, if it is not there: other rows refer to it."""
    if rows.find(box.database, FIRST_ADULT) is None and FIRST_ADULT in box.keys.adults():
        sealed = _sealed(box, "")
        rows.add(box.database, AdultRow(FIRST_ADULT, Role.TEACHER, sealed, box.now()))


def add(box: Box, name: str, role: Role, until: date | None = None) -> tuple[str, str]:
    """Add an adult and return their id with their seven words, which are empty for a role without a key.

    Locked for a role with a key, when the class is locked. ValueError when the role is no person's.
    """
    if role not in ADULTS:
        raise ValueError(role)
    adult = box.new_id()
    opener = box.opener if role in KEYED else None
    row = AdultRow(adult, role, _sealed(box, name), box.now(), until)
    with box.database.transaction():
        rows.add(box.database, row)
        audit.note(box, Event.ADULT_ADDED, adult, detail=role.value)
        # Last, under the lock: a way in never lasts without its row.
        words = box.keys.add_adult(opener, adult) if opener is not None else ""
    return adult, words


def rename(box: Box, adult: str, name: str) -> None:
    """Give an adult another name. Works while locked."""
    ensure_first(box)
    rows.rename(box.database, adult, _sealed(box, name))


def set_until(box: Box, adult: str, until: date | None) -> None:
    """Say which day is an adult's last; LastTeacher when nobody would be left."""
    _keep_a_teacher(box, adult)
    with box.database.transaction():
        rows.set_until(box.database, adult, until)
        audit.note(box, Event.ADULT_CHANGED, adult, detail="until")


def new_words(box: Box, adult: str) -> str:
    """Give an adult other seven words and return them; their trusted devices are forgotten.

    Locked; NoKey for a role without a key, LookupError for an adult who may not come in. For one's own words
    `access.draft_words` shows them first.
    """
    role = may_come_in(box, adult)
    if role is None:
        raise LookupError(adult)
    if role not in KEYED:
        raise NoKey(adult)
    opener = box.opener
    with box.database.transaction():
        rows.remove_devices(box.database, adult)
        audit.note(box, Event.DEVICE_FORGOTTEN, adult)
        return box.keys.change_words(opener, adult)


def remove(box: Box, adult: str) -> None:
    """Take every way in away from an adult; LastTeacher when nobody would be left.

    While open, a new class key is made for what comes; while locked, the next opening makes it. They may
    remember the former class key: changing the keys (`rotation`) ends that.
    """
    _keep_a_teacher(box, adult)
    with box.database.transaction():
        ensure_first(box)
        rows.disable(box.database, adult, box.now())
        audit.note(box, Event.ADULT_REMOVED, adult, role=box.actor)
    if adult not in box.keys.adults():
        return
    if box.is_open:
        end_removal(box, adult)
    else:
        box.keys.shut_out(adult)


def end_removals(box: Box) -> None:
    """End the removals that began while the class was locked; Locked when it still is."""
    gone = [row.id for row in rows.every(box.database) if row.disabled_at is not None]
    for adult in {*box.keys.leaving(), *set(gone).intersection(box.keys.adults())}:
        end_removal(box, adult)


def end_removal(box: Box, adult: str) -> None:
    """Make the class key that an adult who left does not know; Locked when the class is."""
    box.keys.remove_adult(box.opener, adult)
    box.keys_changed()
    audit.reseal(box, box.opener)


def set_password(box: Box, adult: str, password: str) -> None:
    """Give a password to an adult without a key; WeakPassword under twelve characters. Works while locked."""
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPassword
    kept = passwords.remember(password)
    with box.database.transaction():
        rows.set_password(box.database, adult, kept)
        audit.note(box, Event.ADULT_CHANGED, adult, detail="password")


def check_password(box: Box, role: Role, password: str) -> str | None:
    """Return the id of the adult of a role without a key whose password this is, or None.

    The caller throttles (`access.sign_in`).
    """
    found = None
    for row in rows.every(box.database):
        if row.role is role and role not in KEYED and may_come_in(box, row.id) is role:
            found = row.id if passwords.recognises(row.password, password) else found
    return found


def allow_voice(box: Box, adult: str, until: date) -> None:
    """Note that an adult lets their own voice be kept, two years at most (law.md §7.1, K8)."""
    with box.database.transaction():
        ensure_first(box)
        rows.set_voice(box.database, adult, min(until, box.today() + VOICE_LONGEST))
        audit.note(box, Event.ADULT_VOICE_ALLOWED, adult)


def refuse_voice(box: Box, adult: str) -> None:
    """Note that an adult does not, or no longer, let their own voice be kept."""
    with box.database.transaction():
        ensure_first(box)
        rows.set_voice(box.database, adult, None)
        audit.note(box, Event.ADULT_VOICE_REFUSED, adult)


def may_lend_voice(box: Box, adult: str) -> bool:
    """Whether an adult's own voice may be recorded for the box's phrases today."""
    row = rows.find(box.database, adult)
    return row is not None and row.voice_until is not None and row.voice_until >= box.today()


def make_day_code(box: Box, by: Role) -> str:
    """Make today's code, six digits, in place of an earlier one, and return it. Works while locked.

    With the words of the card it lets a substitute in until 18:00 (requirement E18); alone it opens nothing.
    """
    code = f"{secrets.randbelow(10**6):06d}"
    said = {"day": box.today().isoformat(), "known": passwords.remember(code)}
    with box.database.transaction():
        settings.put(box.database, _DAY_CODE, json.dumps(said))
        audit.note(box, Event.DAY_CODE_MADE, role=by)
    return code


def has_day_code(box: Box) -> bool:
    """Whether a code was made that is still worth something today."""
    return bool(_day_code(box))


def check_day_code(box: Box, code: str) -> bool:
    """Whether this is today's code, before 18:00; the caller throttles (`access.unlock_day`)."""
    return passwords.recognises(_day_code(box), "".join(code.split()))


def _day_code(box: Box) -> str | None:
    said = json.loads(settings.get(box.database, _DAY_CODE) or "{}")
    now = box.now().astimezone(PARIS)
    alive = said.get("day") == box.today().isoformat() == now.date().isoformat() and now.time() < DAY_ENDS
    return str(said["known"]) if alive else None


def _keep_a_teacher(box: Box, adult: str) -> None:
    others = [one for one, role in openers(box).items() if role is Role.TEACHER and one != adult]
    endless = [one for one in others if (row := rows.find(box.database, one)) is None or row.until is None]
    if not endless and openers(box).get(adult) is Role.TEACHER:
        raise LastTeacher(adult)


def _rows(box: Box) -> list[AdultRow]:
    found = rows.every(box.database)
    if box.is_set_up and FIRST_ADULT in box.keys.adults() and all(row.id != FIRST_ADULT for row in found):
        found.insert(0, AdultRow(FIRST_ADULT, Role.TEACHER, b"", box.now()))
    return found


def _adult(box: Box, row: AdultRow, keyed: set[str]) -> Adult:
    name = box.opener.open_json(row.sealed)["name"] if box.is_open and row.sealed else ""
    return Adult(
        row.id,
        row.role,
        name,
        row.created_at,
        row.until,
        row.disabled_at,
        has_words=row.id in keyed,
        has_password=row.password is not None,
        voice_until=row.voice_until,
    )


def _sealed(box: Box, name: str) -> bytes:
    return box.sealer.seal_json({"name": name.strip()})
