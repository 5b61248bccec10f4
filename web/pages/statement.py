"""« Que sait la boîte de mon enfant ? »: the page that a family may ask for at the door."""

from dataclasses import dataclass, replace
from datetime import date

from flask import Blueprint, abort, render_template

from appliance.domain.permissions import Nature, PermissionState, Scope
from appliance.domain.roles import Act
from appliance.hub import people
from appliance.hub.rights import family_words, statement
from appliance.hub.rights.family_file import Answered
from appliance.hub.rights.projects import Project
from appliance.hub.rights.statement import Statement
from appliance.i18n import _
from web.context import box
from web.security import require
from web.wording import choice, choice_words

bp = Blueprint("statement", __name__, url_prefix="/eleves/<pupil_id>/page-famille")
bp.before_request(require(Act.ANSWER_REQUESTS))


@dataclass(frozen=True)
class Line:
    """What the family answered for one nature, in the words of the pupil's page."""

    nature: Nature
    said: str
    until: date | None
    """Of what is allowed."""
    latest: Answered | None
    """None when nobody has answered."""


@bp.get("")
def show(pupil_id: str) -> str:
    """Show the page, to print; the journal says once a day that it was made."""
    pupil = people.find(box(), pupil_id)
    if pupil is None:
        abort(404)
    statement.note(box(), pupil.id)
    said = statement.of_pupil(box(), pupil)
    asked = [(project, list(_lines(said, project))) for project in said.projects]
    return render_template("statement.html", said=said, asked=asked, words=family_words)


def _lines(said: Statement, project: Project) -> list[Line]:
    given = [one for one in said.answers if one.permission.project == project.id]
    now = tuple(replace(p, state=p.state_on(said.on)) for p in (one.permission for one in given))
    # As answered, last year's too: it is in the box, and expired.
    pupil = replace(said.pupil, permissions=now)
    known = {*project.natures, *(permission.nature for permission in now)}
    return [_line(pupil, project.id, nature, given) for nature in Nature if nature in known]


def _line(pupil: people.Pupil, project: str, nature: Nature, given: list[Answered]) -> Line:
    inside = pupil.answer(nature, Scope.CLASS, project)
    chosen = choice_words(choice(pupil, nature, project))
    if inside is not None and inside.state is PermissionState.WITHDRAWN:
        chosen = _("{answer}, autorisation retirée").format(answer=chosen)
    allowed = inside is not None and inside.state is PermissionState.GRANTED
    latest = max(
        (one for one in given if one.permission.nature is nature),
        key=lambda one: one.recorded_on,
        default=None,
    )
    return Line(nature, chosen, inside.until if inside and allowed else None, latest)
