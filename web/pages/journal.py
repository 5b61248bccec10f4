"""*Journal*: who did what and when, a week at a time; checked and copied on demand."""

import io
import math
from datetime import date
from itertools import groupby

from flask import Blueprint, Response, abort, render_template, request

from appliance.domain.audit import Event, Role
from appliance.domain.roles import Act
from appliance.hub import audit, audit_copy, audit_reading, audit_words
from appliance.i18n import _
from appliance.store import journal
from web.context import box
from web.security import require

bp = Blueprint("journal", __name__, url_prefix="/journal")
bp.before_request(require(Act.SEE_JOURNAL, copy=Act.EXPORT))

PER_PAGE = 100
LAST_PAGE = 100_000


@bp.get("")
def page() -> str:
    """Show a week."""
    return _show()


@bp.post("/verifier")
def check() -> str:
    """Read the whole journal again and say whether it is as it was written."""
    found = audit.check(box().database) or audit.trouble(box().database, box().opener)
    if found is not None:
        return _show(fault=f"{audit_words.broken(found)} {audit_words.remedy()}")
    return _show(said=_("Le journal est entier : chaque ligne est telle que la boîte l’a écrite."))


@bp.post("/copie")
def copy() -> Response:
    """Return the journal as a file: ids and acts, no name."""
    audit.try_note(box(), Event.JOURNAL_EXPORTED, role=Role.TEACHER)
    out = io.StringIO(newline="")
    audit_copy.write_csv(box().database, out)
    # The mark tells spreadsheets that it is UTF-8.
    answer = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename=journal-{box().today():%Y-%m-%d}.csv"
    return answer


def _show(*, said: str = "", fault: str = "") -> str:
    number = min(max(1, request.args.get("page", 1, int)), LAST_PAGE)
    week = audit_reading.week(box(), _monday(), limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    days = groupby(week.entries, key=lambda entry: entry.at.date())
    return render_template(
        "journal.html",
        week=week,
        days=[(day, list(entries)) for day, entries in days],
        page=number,
        pages=max(1, math.ceil(week.total / PER_PAGE)),
        count=journal.count(box().database),
        witness=audit.witness(box().database),
        today=box().today(),
        said=said,
        fault=fault,
    )


def _monday() -> date:
    """Return the Monday of the week asked for by any of its days; this week without one."""
    text = request.args.get("semaine", "")
    try:
        day = date.fromisoformat(text) if text else box().today()
    except ValueError:
        abort(404)
    # The first and the last year have weeks without a neighbour.
    if not date.min.year < day.year < date.max.year:
        abort(404)
    return audit_reading.monday_of(day)
