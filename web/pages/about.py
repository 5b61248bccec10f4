"""What the box is, by which right, made of what; and the living style page."""

from importlib.metadata import version

from flask import Blueprint, render_template

from appliance.domain.roles import Act
from appliance.hub.retention import lasting
from web.context import box
from web.security import require

bp = Blueprint("about", __name__)
bp.before_request(require(Act.OPEN_CLASS, page=None))


@bp.get("/a-propos")
def page() -> str:
    """Tell anybody on the class network what this is."""
    return render_template(
        "about.html",
        version=version("boite-a-traces"),
        rules=lasting.rules(box()),
        ent=box().config.ent.kind != "none",
    )


@bp.get("/style")
def style() -> str:
    """Show every piece of the pages side by side."""
    return render_template("style.html")
