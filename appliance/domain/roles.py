"""Who may do what: one table, the least for each (law.md §5.1 Accounts, §7.4; requirements R23, R122, E18).

A grown-up acts in one role. Three hold the key of the class and hear it. The direction and the ERUN hold
none: their pages work while the class is locked, and show no name and no content, be it open or not.
"""

from datetime import date, time
from enum import StrEnum

from appliance.domain.audit import Role


class Act(StrEnum):
    """What a page lets a person do; every page asks for one of them."""

    OPEN_CLASS = "open_class"
    """Open and lock the class."""
    RUN_STATIONS = "run_stations"
    """Open and close the stations, end a workshop."""
    HEAR_TODAY = "hear_today"
    """Hear and see the traces of today, with the first names on them."""
    HEAR_OLDER = "hear_older"
    REPRINT = "reprint"
    KEEP = "keep"
    RELEASE = "release"
    """Let a trace go home: what is validated for the ENT."""
    ERASE = "erase"
    """Erase a trace, or put it aside."""
    GIVE = "give"
    """Say whose a trace is."""
    MARK = "mark"
    """Change what a trace is: anonymous, part of the carnet de suivi."""
    EXPORT = "export"
    """Take data out of the box: a child's file, the sheet of badges, a copy of the journal."""
    SEE_PERMISSIONS = "see_permissions"
    """See pupils with what their families answered, and the papers with their names."""
    SET_PERMISSIONS = "set_permissions"
    SET_PUPILS = "set_pupils"
    """Add, change, take off pupils, groups and badges."""
    SET_PROJECTS = "set_projects"
    SET_STATIONS = "set_stations"
    """Say what is asked at each station, its hours, its links; name the class."""
    RECORD_VOICE = "record_voice"
    """Lend one's voice to the box."""
    ANSWER_REQUESTS = "answer_requests"
    """What families ask for by right; a pupil who leaves."""
    SEE_POLICY = "see_policy"
    SET_POLICY = "set_policy"
    """The choices of the controller: law.md §1.2 leaves them to the direction alone."""
    USE_OFFICE = "use_office"
    """See which of the less daily pages are theirs."""
    SEE_ADULTS = "see_adults"
    """See the roles, dates and devices that open the box."""
    SET_KEYS = "set_keys"
    """Give the key of the class: add a grown-up who hears, make the substitute's card, change the keys."""
    SET_ACCOUNTS = "set_accounts"
    """Give and take away what needs no key: close anybody's way in, add a direction or an ERUN."""
    TRUST_DEVICE = "trust_device"
    """Open every morning by a short password, on a device of one's own."""
    MAKE_DAY_CODE = "make_day_code"
    CONFIRM_DATE = "confirm_date"
    """Vouch for the clock, or for a large erasure."""
    SEE_JOURNAL = "see_journal"
    SEE_HEALTH = "see_health"
    """See counts, versions, faults and whether there is a backup; never a name."""
    SEE_CALENDAR = "see_calendar"
    SET_CALENDAR = "set_calendar"
    SEE_PAPERS = "see_papers"
    """The papers that name no child: register, notice, impact assessment."""
    SET_SCHOOL = "set_school"
    """The school's identity, and the steps before the first real use."""
    NOTE_INCIDENT = "note_incident"
    CLOSE_YEAR = "close_year"
    """Erase the year, take the box out of service."""


_CLASS = frozenset({Act.OPEN_CLASS, Act.HEAR_TODAY, Act.REPRINT})
_STEWARD = frozenset(
    {
        Act.USE_OFFICE,
        Act.SEE_POLICY,
        Act.SEE_ADULTS,
        Act.SET_ACCOUNTS,
        Act.MAKE_DAY_CODE,
        Act.SEE_HEALTH,
        Act.SEE_CALENDAR,
        Act.SET_CALENDAR,
        Act.SEE_PAPERS,
        Act.SET_SCHOOL,
        Act.NOTE_INCIDENT,
    }
)

MAY: dict[Role, frozenset[Act]] = {
    Role.TEACHER: frozenset(Act) - {Act.SET_POLICY},
    Role.SUBSTITUTE: _CLASS | {Act.RUN_STATIONS},
    Role.ASSISTANT: _CLASS | {Act.TRUST_DEVICE},
    Role.DIRECTION: _STEWARD | {Act.SET_POLICY},
    Role.ERUN: frozenset({Act.USE_OFFICE, Act.SEE_HEALTH, Act.MAKE_DAY_CODE}),
}
"""Everything a role may do; what is not here is refused."""

ADULTS = tuple(MAY)
"""The roles of people; the other roles of the journal are programs and pupils."""
KEYED = frozenset({Role.TEACHER, Role.SUBSTITUTE, Role.ASSISTANT})
"""Those who hold the key of the class; they are nobody while it is locked."""
DAY_ENDS = time(18, 0)
"""A substitute's day, and the code that opened it (requirements E18)."""
SHORTEST_PASSWORD = 12
"""Characters of the password of those without a key: above the 50 bits of a throttled login (law.md R16)."""
SHORTEST_DEVICE_PASSWORD = 6
"""Characters of the short password that goes with a trusted device's own 256 bits."""


def may(role: Role, act: Act) -> bool:
    """Whether a role may do something; a role that is no person's may do nothing."""
    return act in MAY.get(role, frozenset())


def act_of_hearing(taken_on: date, today: date) -> Act:
    """Return what hearing a trace of a day asks for."""
    return Act.HEAR_TODAY if taken_on == today else Act.HEAR_OLDER
