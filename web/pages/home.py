"""Where to go first, and what every page shows around its own content."""

from typing import Any

from flask import Blueprint, Flask, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.audit import Role
from appliance.domain.roles import KEYED
from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.hub.office import checklist
from appliance.store import pupils, scenarios
from web.context import box
from web.nav import main_nav
from web.role_words import closing_words
from web.security import can_reach, present, require, take_offer

bp = Blueprint("home", __name__)
bp.before_request(require(None))


@bp.get("/")
def index() -> AnyResponse:
    """Go to what comes next."""
    return redirect(url_for(next_page(box())), 303)


@bp.get("/sante")
def alive() -> Response:
    """Say to a local check that the pages answer, and whether the class is locked."""
    return jsonify(locked=not box().is_open)


def next_page(of: Box) -> str:
    """Return the endpoint of what comes next: the first step of the first start that is not done, or today.

    Derived from the box, so that a power cut at any step goes on where it was.
    """
    if not of.is_set_up:
        return "setup.welcome"
    found = present()
    if found is None:
        return "access.unlock"
    if found.role not in KEYED:
        return "office.page"
    if found.role is not Role.TEACHER:
        return "day.today"
    if not people.class_name(of):
        return "setup.class_name"
    if any(scenarios.current(of.database, station.id) is None for station in of.config.stations):
        return "setup.stations"
    return "day.today" if pupils.every(of.database) else "setup.pupils"


def describe_pages(app: Flask) -> None:
    """Give every template the class, the watermark and who is there."""

    @app.context_processor
    def around() -> dict[str, Any]:
        shown = box()
        found = present()
        keyed = shown.is_open and found is not None and found.role in KEYED
        return {
            "here": found,
            "keyed": keyed,
            "class_name": people.class_name(shown) if keyed else "",
            "closing": closing_words(access.closing_time(shown)) if keyed else "",
            "by_envelope": keyed and not found.adult if found else False,
            "offers_trust": keyed and take_offer() and can_reach("device.page"),
            "nav": [entry for entry in main_nav() if can_reach(entry.endpoint)] if found else [],
            "on_trial": keyed and not checklist.is_real(shown),
            "watermark": shown.config.watermark,
            "has_ent": shown.config.ent.kind != "none",
            "family": (request.blueprint or ""),
        }
