"""*Le code du jour*: with the card of the register, it lets a substitute in until 18:00 (E18)."""

from flask import Blueprint, render_template

from appliance.domain.audit import Role
from appliance.domain.roles import Act
from appliance.hub.keys import adults
from web.context import box
from web.fresh import require_fresh
from web.security import present, require

bp = Blueprint("day_code", __name__, url_prefix="/adultes/code-du-jour")
bp.before_request(require(Act.MAKE_DAY_CODE))
bp.before_request(require_fresh(page=("make",)))


@bp.get("")
def page() -> str:
    """Say what the day's code is for, and whether there is one."""
    return _shown()


@bp.post("")
def make() -> str:
    """Make today's code and show it, once."""
    here = present()
    return _shown(adults.make_day_code(box(), here.role if here else Role.TEACHER))


def _shown(code: str = "") -> str:
    return render_template(
        "adults/day_code.html",
        code=code,
        exists=adults.has_day_code(box()),
        has_card=bool(adults.of_role(box(), Role.SUBSTITUTE)),
        today=box().today(),
    )
