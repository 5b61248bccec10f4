"""What the box is, by which right, made of what; and the living style page."""

from importlib.metadata import version

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from web.security import require_teacher

bp = Blueprint("about", __name__)


@bp.get("/a-propos")
def page() -> str:
    """Tell anybody on the class network what this is."""
    return render_template("about.html", version=version("boite-a-traces"))


@bp.get("/style")
def style() -> str | Response:
    """Show every piece of the pages side by side."""
    return require_teacher() or render_template("style.html")
