"""*J’ai perdu mes mots*: the sealed envelope opens the class, then makes new words and a new envelope."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.domain.audit import Role
from appliance.domain.roles import Act
from appliance.hub.keys import access, adults
from appliance.hub.keys.throttle import TooManyTries
from appliance.i18n import _
from appliance.vault.keys import FIRST_ADULT, WrongPassphrase
from web.context import box, desk
from web.fresh import require_fresh
from web.pages.keys import show_first
from web.role_words import wait_words
from web.security import begin_session, end_session, require

bp = Blueprint("lost", __name__, url_prefix="/mots-perdus")
bp.before_request(require(Act.SET_KEYS, ask=None, try_envelope=None))
bp.before_request(require_fresh(who=("renew",)))

Page = str | tuple[str, int] | Response


@bp.get("")
def ask() -> Page:
    """Ask for the text of the envelope."""
    return _form() if box().is_set_up else redirect(url_for("home.index"), 303)


@bp.post("")
def try_envelope() -> Page:
    """Open the class by the envelope."""
    if not box().is_set_up:
        return redirect(url_for("home.index"), 303)
    try:
        secret = desk().open_by_envelope(request.form.get("secours", ""))
    except WrongPassphrase:
        said = _("Ce n’est pas le texte de la fiche. Vérifiez-le : quinze groupes après AGE-SECRET-KEY-1.")
        return _form(said), 403
    except TooManyTries as error:
        return _form(wait_words(error.wait)), 429
    end_session()
    begin_session(secret)
    return redirect(url_for("lost.who"), 303)


@bp.get("/qui")
def who() -> str:
    """Ask who gets new words."""
    return render_template("keys/who.html", teachers=_teachers())


@bp.post("/qui")
def renew() -> Page:
    """Make new words and a new envelope, and show them before they count."""
    here, adult = box(), request.form.get("adulte", "")
    if adult not in {teacher.id for teacher in _teachers()}:
        return redirect(url_for("lost.who"), 303)
    return show_first(access.draft_recovery(here, adult), adult, lambda made: access.adopt(here, made))


def _teachers() -> list[adults.Adult]:
    allowed = adults.openers(box())
    found = [adult for adult in adults.every(box()) if allowed.get(adult.id) is Role.TEACHER]
    return found or [adult for adult in adults.every(box()) if adult.id == FIRST_ADULT]


def _form(fault: str = "") -> str:
    return render_template("keys/lost.html", fault=fault)
