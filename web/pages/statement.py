"""« Que sait la boîte de mon enfant ? »: the page that a family may ask for at the door."""

from flask import Blueprint, abort, render_template

from appliance.domain.roles import Act
from appliance.hub import people
from appliance.hub.rights import family_words, statement
from web.context import box
from web.security import require

bp = Blueprint("statement", __name__, url_prefix="/eleves/<pupil_id>/page-famille")
bp.before_request(require(Act.ANSWER_REQUESTS))


@bp.get("")
def show(pupil_id: str) -> str:
    """Show the page, to print; the journal says once a day that it was made."""
    pupil = people.find(box(), pupil_id)
    if pupil is None:
        abort(404)
    statement.note(box(), pupil.id)
    return render_template("statement.html", said=statement.of_pupil(box(), pupil), words=family_words)
