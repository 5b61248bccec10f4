"""*Élèves*: who is in the class and what families allowed; adding, answering, withdrawing."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.domain.captures import Capture
from appliance.domain.permissions import Nature
from appliance.hub import groups, people
from appliance.i18n import _
from appliance.store import captures, glance
from web.context import box
from web.forms import LEVELS, PupilForm, answered_natures
from web.security import require_teacher
from web.wording import CHOICES, LANGUAGES, choice, scopes

bp = Blueprint("pupils", __name__, url_prefix="/eleves")
bp.before_request(require_teacher)

Page = str | tuple[str, int] | Response
_ORDER = ("pending", *CHOICES)


@dataclass(frozen=True)
class Change:
    """A family's new answer for one nature, and what it takes away."""

    field: str
    nature: Nature
    before: str
    after: str
    erased: Sequence[Capture]
    """Erased from the box and from the ENT: nobody allows them any more."""
    recalled: Sequence[Capture]
    """Taken back from the ENT; they stay in class."""
    silenced: Sequence[Capture]
    """Photos that lose their spoken caption."""
    unclaimed: int
    """Captures of nobody yet: the pupil may be in one of them."""

    @property
    def withdraws(self) -> bool:
        """Whether something that was allowed no longer is."""
        return self.before in ("class", "home") and _ORDER.index(self.after) < _ORDER.index(self.before)


@bp.get("")
def every() -> str:
    """List the pupils with their permissions in words."""
    return _list(PupilForm.like_the_last(request.args))


@bp.post("")
def add() -> Page:
    """Add a pupil."""
    form = PupilForm.read(request.form).checked(box())
    if not form.save(box()):
        return _list(form), 400
    flash(_("L’élève est dans la liste. Imprimez son badge quand vous voulez."))
    return redirect(url_for("pupils.every", **form.repeated()), 303)


@bp.get("/<pupil_id>")
def show(pupil_id: str) -> str:
    """Show a pupil's permissions, needs and badge, to change them."""
    pupil = _find(pupil_id)
    return render_template(
        "pupil.html",
        pupil=pupil,
        fields=answered_natures(box()),
        choices=CHOICES,
        groups=[group.name for group in groups.every(box()) if pupil.id in group.pupils],
    )


@bp.post("/<pupil_id>")
def answer(pupil_id: str) -> Page:
    """Record the family's answers; a withdrawal is shown first with all that it erases."""
    pupil = _find(pupil_id)
    changes = _changes(pupil)
    withdrawals = [change for change in changes if change.withdraws]
    if withdrawals and "confirme" not in request.form:
        return render_template("withdrawal.html", pupil=pupil, changes=changes, withdrawals=withdrawals)
    for change in changes:
        people.answer(box(), pupil.id, change.nature, scopes(change.after))
    if withdrawals:
        return render_template("receipt.html", pupil=pupil, withdrawals=withdrawals, now=box().now())
    flash(_("Les autorisations sont enregistrées.") if changes else _("Rien n’a changé."))
    return redirect(url_for("pupils.every"), 303)


@bp.post("/<pupil_id>/station")
def needs(pupil_id: str) -> Response:
    """Record how stations speak to a pupil, and at which pace."""
    pupil = _find(pupil_id)
    language = request.form.get("langue", "")
    people.set_needs(
        box(),
        pupil.id,
        language=language if language in LANGUAGES else pupil.language,
        slow="double" in request.form,
    )
    flash(_("C’est enregistré : les stations le savent dans quelques secondes."))
    return redirect(url_for("pupils.show", pupil_id=pupil.id), 303)


@bp.post("/<pupil_id>/badge")
def replace_badge(pupil_id: str) -> Response:
    """Cancel a lost badge. Another page shows the new one: loading that again cancels nothing more."""
    people.replace_badge(box(), _find(pupil_id).id)
    return redirect(url_for("pupils.new_badge", pupil_id=pupil_id), 303)


@bp.get("/<pupil_id>/badge")
def new_badge(pupil_id: str) -> str:
    """Show where to print a badge that was made anew."""
    return render_template("badge_replaced.html", pupil=_find(pupil_id))


def _list(form: PupilForm) -> str:
    return render_template(
        "pupils.html",
        pupils=people.every(box()),
        form=form,
        levels=LEVELS,
        choices=CHOICES,
        groups=groups.every(box()),
    )


def _changes(pupil: people.Pupil) -> list[Change]:
    found = []
    for field, nature in answered_natures(box()).items():
        before, after = choice(pupil, nature), request.form.get(field, "")
        if after in CHOICES and after != before:
            found.append(_change(pupil, field, nature, before, after))
    return found


def _change(pupil: people.Pupil, field: str, nature: Nature, before: str, after: str) -> Change:
    held = captures.of_pupil(box().database, pupil.id, nature)
    withdrawn = before in ("class", "home") and after == "none"
    gone = held if withdrawn else []
    back = [c for c in held if c.released_at is not None] if (before, after) == ("home", "class") else []
    silent = people.captioned(box(), pupil.id) if withdrawn and nature is Nature.VOICE else []
    unclaimed = glance.count_of_nobody(box().database, nature) if withdrawn else 0
    return Change(field, nature, before, after, gone, back, silent, unclaimed)


def _find(pupil_id: str) -> people.Pupil:
    pupil = people.find(box(), pupil_id)
    if pupil is None:
        abort(404)
    return pupil
