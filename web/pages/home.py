"""Where to go first, and what every page shows around its own content."""

from typing import Any

from flask import Blueprint, Flask, Response, jsonify, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.hub import people
from appliance.hub.box import Box
from appliance.store import pupils, scenarios
from web.context import box, desk

bp = Blueprint("home", __name__)


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
    if not desk().knows(session.get("teacher", "")):
        return "access.unlock"
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
        here = shown.is_open and desk().knows(session.get("teacher", ""))
        return {
            "here": here,
            "class_name": people.class_name(shown) if here else "",
            "watermark": shown.config.watermark,
            "has_ent": shown.config.ent.kind != "none",
            "family": (request.blueprint or ""),
        }
