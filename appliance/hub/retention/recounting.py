"""Counting every last day anew once what they depend on has changed: durations, policy, ends of school years.

What they were counted by is written down last: a recount that a loss of power stopped, a calendar put in the
data folder by hand and one that came with a new version are all seen to by the next run.
"""

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta

from appliance.domain.permissions import STRICT, Policy
from appliance.domain.retention import DEFAULT, NOTICE_DAYS, Rules
from appliance.domain.school_calendar import Calendar
from appliance.hub.box import Box
from appliance.hub.errands import Busy
from appliance.hub.retention import lasting, school_years
from appliance.hub.retention.lasting import Holder
from appliance.hub.rights import permits
from appliance.store import lasting as stored
from appliance.store import settings

ERRAND = "recount"
MOST_AT_ONCE = 500
"""Captures counted anew while a page waits; more than that are an errand's."""
_COUNTED_BY = "last_days_counted_by"
_ENDS = "school_year_ends"


def owe(holder: Holder) -> None:
    """Note, in the transaction that changes a rule, that the last days are no longer counted by it."""
    settings.put(holder.database, _COUNTED_BY, "")


def settle(holder: Holder) -> None:
    """Count every last day anew when they were counted by something else.

    Nothing while the school's own calendar is damaged: a failing card makes no trace live longer.
    """
    if holder.database.read_only or school_years.is_damaged(holder.config.data):
        return
    by = _fingerprint(lasting.rules(holder), permits.policy(holder))
    before = settings.get(holder.database, _COUNTED_BY)
    _learn_ends(holder)
    if before is None and by == _fingerprint(
        replace(DEFAULT, calendar=school_years.shipped_calendar()), STRICT
    ):
        before = by
    if before != by:
        # The teacher agreed to what was due then, not to what is due by other rules.
        settings.remove(holder.database, settings.ERASURE_CONFIRMED)
        lasting.recount_all(holder)
    settings.put(holder.database, _COUNTED_BY, by)


def begin(box: Box) -> None:
    """Do as `settle`: at once when it is soon done, else as an errand, or in the next run of the night."""
    if stored.total(box.database) <= MOST_AT_ONCE:
        settle(box)
        return
    try:
        box.errands.begin(ERRAND, lambda _report: settle(box))
    except Busy:
        return


def announced_ends(holder: Holder) -> frozenset[date]:
    """Return the legal ends of school years that this box knew long enough beforehand to tell of them."""
    ends = school_years.calendar(holder.config.data).legal_ends()
    known = _known_ends(holder)
    if known is None:
        return ends
    notice = timedelta(days=NOTICE_DAYS)
    return frozenset(end for end in ends if end in known and end - known[end] >= notice)


def _learn_ends(holder: Holder) -> None:
    """Note since when each legal end is known; those that the box began with were known all along."""
    known = _known_ends(holder)
    high_water = settings.high_water(holder.database)
    today = max(holder.clock.read().now, high_water).date() if high_water else holder.clock.read().now.date()
    shipped = school_years.shipped_calendar().legal_ends()
    since = dict.fromkeys(shipped, date.min) if known is None else known
    ends = school_years.calendar(holder.config.data).legal_ends()
    now = {end.isoformat(): since.get(end, today).isoformat() for end in sorted(ends | since.keys())}
    settings.put(holder.database, _ENDS, json.dumps(now))


def _known_ends(holder: Holder) -> dict[date, date] | None:
    text = settings.get(holder.database, _ENDS)
    if text is None:
        return None
    return {date.fromisoformat(end): date.fromisoformat(since) for end, since in json.loads(text).items()}


def _fingerprint(rules: Rules, policy: Policy) -> str:
    """Return what tells one way to count from another; holidays do not count."""
    said = [
        rules.unsorted_days,
        rules.short,
        rules.works_next_year,
        policy.prior_permission,
        policy.signatures,
        _spans(rules.calendar),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _spans(calendar: Calendar) -> list[list[str]]:
    return [[str(year["rentree"]), str(year["fin_legale"])] for year in calendar.years]
