"""*Aujourd’hui*: the traces of a day, live, and letting all of them go home at once."""

import math
from datetime import date
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.roles import Act, act_of_hearing
from appliance.hub import days, traces
from appliance.i18n import _, ngettext
from appliance.store import printing
from web.context import box
from web.findings_keys import overdue
from web.security import can, csrf_token, demand, require

bp = Blueprint("day", __name__)
bp.before_request(require(Act.HEAR_TODAY, before_release=Act.RELEASE, release=Act.RELEASE))

PER_PAGE = 50
LAST_PAGE = 100_000
MOST_AT_ONCE = 500


@bp.get("/aujourdhui")
def today() -> str:
    """Show the traces of today."""
    return _show(box().today())


@bp.get("/jour/<day>")
def of(day: str) -> str | AnyResponse:
    """Show the traces of a day."""
    chosen = _parse(day)
    if chosen == box().today() and "page" not in request.args:
        return redirect(url_for("day.today"), 303)
    return _show(chosen)


@bp.get("/jour/<day>/liste")
def live(day: str) -> Response:
    """Return the list alone, or 304 when nothing in it has changed: asked every two seconds."""
    chosen = _parse(day)
    etag = f"{days.pulse(box())}-{_page()}-{current_app.config['STATIC_VERSION']}-{csrf_token()[:8]}"
    if request.if_none_match.contains(etag):
        response = make_response("", 304)
    else:
        response = make_response(render_template("day_list.html", **_content(chosen)))
    response.set_etag(etag)
    return response


@bp.get("/jour/<day>/liberer")
def before_release(day: str) -> str:
    """Show what would go home, and ask."""
    chosen = _parse(day)
    found = days.releasable(box(), chosen)[:MOST_AT_ONCE]
    return render_template(
        "release_all.html",
        day=chosen,
        today=box().today(),
        traces=traces.describe(box(), found),
        wanted=",".join(capture.id for capture in found),
        held=len(days.held_by_wish(box(), chosen)),
    )


@bp.post("/jour/<day>/liberer")
def release(day: str) -> AnyResponse:
    """Release what was shown."""
    chosen = _parse(day)
    count = days.release_all(box(), chosen, request.form.get("traces", "").split(","))
    said = ngettext(
        "%(count)s trace est libérée : elle partira au prochain envoi.",
        "%(count)s traces sont libérées : elles partiront au prochain envoi.",
        count,
    )
    flash(said % {"count": count} if count else _("Il n’y avait plus rien à libérer."))
    held = len(days.held_by_wish(box(), chosen))
    if held:
        stays = ngettext(
            "%(count)s trace reste : son élève a choisi autre chose que la maison.",
            "%(count)s traces restent : leurs élèves ont choisi autre chose que la maison.",
            held,
        )
        flash(stays % {"count": held})
    return redirect(url_for("day.of", day=chosen.isoformat()), 303)


def _show(chosen: date) -> str:
    return render_template(
        "day.html",
        around=days.neighbours(box(), chosen),
        overdue_keys=overdue(box()) if can(Act.SET_KEYS) else "",
        **_content(chosen),
    )


def _content(chosen: date) -> dict[str, Any]:
    number = _page()
    found = traces.of_day(box(), days.noon(chosen), limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    return {
        "day": chosen,
        "today": box().today(),
        "traces": found.traces,
        "total": found.total,
        "page": number,
        "pages": max(1, math.ceil(found.total / PER_PAGE)),
        "releasable": days.count_releasable(box(), chosen),
        "waiting_stickers": printing.waiting(box().database),
    }


def _page() -> int:
    return min(max(1, request.args.get("page", 1, int)), LAST_PAGE)


def _parse(day: str) -> date:
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        abort(404)
    # The first and the last year have days without a neighbour.
    if not date.min.year < chosen.year < date.max.year:
        abort(404)
    demand(act_of_hearing(chosen, box().today()))
    return chosen
