"""What has a last day besides captures: captions, copies, answers, requests, incidents, voices, pupils.

Each step is short, may be the last before a loss of power, and goes on from there when it is done again
(law.md §7.3).
"""

from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from appliance.clock import PARIS
from appliance.domain.audit import KEPT, Event, Role
from appliance.domain.retention import (
    UNSORTED_DAYS,
    class_list_last_day,
    incident_last_day,
    is_due,
    permission_last_day,
    voice_last_day,
    year_later,
)
from appliance.domain.school_calendar import FALLBACK_END, Calendar
from appliance.hub import audit
from appliance.hub.office import checklist
from appliance.hub.retention import lasting, recounting, school_years, sweeping
from appliance.hub.retention.purge import Holder
from appliance.hub.rights import departures, export_files
from appliance.store import adults, captures, exports, groups, incidents, outbox, projects, requests, voices
from appliance.store import departures as stored_pupils
from appliance.store import lasting as stored

YEAR_OVER = "year_over"
A_YEAR = timedelta(days=366)
STRAY = timedelta(days=1)
"""After so long, a copy for a family that no row knows was left by a loss of power."""


def erase(holder: Holder, now: datetime) -> None:
    """Erase all of it, on a believed clock."""
    today = now.date()
    _captions(holder, today)
    _copies(holder, now)
    _answers(holder, today)
    requests.forget_answered(holder.database, year_later(today, -1))
    _incidents(holder, today)
    # As long as a family's receipt, which tells whether the ENT has erased its copies.
    outbox.forget_old(holder.database, now - A_YEAR)
    _voices(holder, today)
    # As long as the journal names them.
    adults.forget_names(holder.database, now - KEPT)
    for pupil in departures.overdue(holder, today):
        departures.forget(holder, pupil)
    _class_list(holder, now)
    _class_words(holder, today)
    _files(holder, now)


def _class_list(holder: Holder, now: datetime) -> None:
    """Forget the pupils of a year that nobody closed, when its end was told beforehand (law.md §7.3)."""
    stored_pupils.date_anew(holder.database, now)
    calendar = school_years.calendar(holder.config.data)
    told = recounting.announced_ends(holder)
    ends = departures.outgrown(holder, now.date(), calendar)
    over = {p: end for p, end in ends.items() if end in told or (end.month, end.day) == FALLBACK_END}
    if over:
        # First: a run that is cut after the last pupil would not come back to it.
        _notice(holder, max(over.values()), calendar)
    for pupil in over:
        departures.forget(holder, pupil, why=YEAR_OVER)


def _notice(holder: Holder, end: date, calendar: Calendar) -> None:
    """Take the families' notice back, unless it is the one of the class that came after `end`."""
    given = checklist.done_on(holder.database, checklist.Step.NOTICE)
    if given is not None and class_list_last_day(given, calendar) <= end:
        checklist.await_new_class(holder, role=Role.RETENTION)


def _class_words(holder: Holder, today: date) -> None:
    """Forget the projects that are over, with the answers to them, and groups that a class has left empty.

    A project that a station still works for stays: nobody is recorded for it, and its page says why. So does
    a group that a station still invites: without it the whole class could come (`groups.InUse`).
    """
    calendar = school_years.calendar(holder.config.data)
    # One transaction with the look: the teacher may put a pupil into a group meanwhile, or a station to work.
    with holder.database.transaction():
        for project, until in projects.unused(holder.database).items():
            if is_due(permission_last_day(until), today):
                projects.remove(holder.database, project)
                audit.note(holder, Event.PROJECT_FORGOTTEN, project)
        for group, made in groups.empty(holder.database).items():
            if is_due(class_list_last_day(made.date(), calendar), today):
                groups.remove(holder.database, group)
                audit.note(holder, Event.GROUP_REMOVED, group, role=Role.RETENTION)


def _captions(holder: Holder, today: date) -> None:
    """Erase the spoken captions that a photo outlives: a voice, which its own permission bounds."""
    after = ""
    while some := stored.captioned(holder.database, after):
        after = some[-1].id
        for capture in some:
            if lasting.caption_is_over(holder, capture, today):
                captures.drop_caption(holder.database, capture.id)
                holder.shelf.remove_caption(capture.id)


def _copies(holder: Holder, now: datetime) -> None:
    for row in exports.due(holder.database, now.date()):
        export_files.erase(holder, row)
    folder = holder.config.data / exports.FOLDER
    known = {exports.path_of(holder.config.data, row.id) for row in exports.every(holder.database)}
    for path in folder.iterdir() if folder.is_dir() else ():
        if path not in known and _age(path, now) > STRAY:
            path.unlink(missing_ok=True)


def _answers(holder: Holder, today: date) -> None:
    for until in stored.answer_periods(holder.database):
        if is_due(permission_last_day(until), today):
            stored.forget_answers(holder.database, until)


def _incidents(holder: Holder, today: date) -> None:
    incidents.date_anew(holder.database, today)
    for row in incidents.every(holder.database):
        if is_due(incident_last_day(row.noted_on or today), today):
            with holder.database.transaction():
                incidents.remove(holder.database, row.id)
                audit.note(holder, Event.INCIDENT_FORGOTTEN, row.id)


def _voices(holder: Holder, today: date) -> None:
    old = [
        row
        for row in voices.every(holder.database)
        if is_due(voice_last_day(row.recorded_at.astimezone(PARIS).date()), today)
    ]
    for row in old:
        with holder.database.transaction():
            voices.remove(holder.database, row.key)
            audit.note(holder, Event.VOICE_FORGOTTEN, row.key, role=Role.RETENTION)
    if old:
        sweeping.sweep_voices(holder.database, holder.config.data)


def _files(holder: Holder, now: datetime) -> None:
    """Remove the files of what was erased, and those that no station has announced again for 30 days.

    A station keeps its own copy until the hub has recorded the capture, so nothing finished is lost.
    """
    for _folder, stored_files in groupby(holder.shelf.stored(), key=lambda found: found[1].parent):
        files = list(stored_files)
        ids = {capture_id for capture_id, _path in files}
        unknown = ids - stored.known_among(holder.database, ids)
        buried = stored.buried_among(holder.database, unknown)
        for capture_id, path in files:
            if capture_id in buried:
                path.unlink(missing_ok=True)
            elif capture_id in unknown and _age(path, now) > timedelta(days=UNSORTED_DAYS):
                path.unlink(missing_ok=True)
                audit.note(holder, Event.UNCLAIMED_FILE_REMOVED, capture_id)


def _age(path: Path, now: datetime) -> timedelta:
    try:
        return timedelta(seconds=now.timestamp() - path.stat().st_mtime)
    except FileNotFoundError:
        return timedelta(0)
