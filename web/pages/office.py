"""*Le bureau*: what is done less often than every day, each for who may do it."""

from flask import Blueprint, render_template

from appliance.domain.roles import Act
from web.nav import office_entries
from web.role_words import ROLE_RIGHTS
from web.security import can_reach, present, require

bp = Blueprint("office", __name__, url_prefix="/bureau")
bp.before_request(require(Act.USE_OFFICE))


@bp.get("")
def page() -> str:
    """Show the doors that this person may open."""
    found = present()
    return render_template(
        "office.html",
        entries=[entry for entry in office_entries() if can_reach(entry.endpoint)],
        rights=ROLE_RIGHTS[found.role] if found else "",
    )
