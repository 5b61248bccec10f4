"""Opening and locking the class."""

import math
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from appliance.hub.access import TooManyTries
from appliance.i18n import _, ngettext
from appliance.vault.keys import WrongPassphrase
from web.context import box, desk
from web.pages.home import next_page
from web.security import begin_session, local_path

bp = Blueprint("access", __name__)

Page = str | tuple[str, int] | Response


@bp.get("/ouvrir")
def unlock() -> Page:
    """Ask for the seven words."""
    if not box().is_set_up or desk().knows(session.get("teacher", "")):
        return redirect(url_for("home.index"), 303)
    return _form()


@bp.post("/ouvrir")
def try_words() -> Page:
    """Open the class, here too when another device opened it before."""
    if not box().is_set_up:
        return redirect(url_for("home.index"), 303)
    try:
        secret = desk().open_class(request.form.get("mots", ""))
    except WrongPassphrase:
        return _form(
            _("Ce ne sont pas les sept mots. Vérifiez l’ordre et l’orthographe, puis recommencez.")
        ), 403
    except TooManyTries as error:
        return _form(_wait(error.wait)), 429
    begin_session(secret)
    target = request.form.get("vers", "")
    return redirect(local_path(target) if target else url_for(next_page(box())), 303)


@bp.post("/verrouiller")
def lock() -> Response:
    """Lock the class; every device's session ends."""
    if desk().knows(session.get("teacher", "")):
        desk().lock_class()
        session.clear()
        flash(_("La classe est verrouillée. Les élèves peuvent continuer à enregistrer."))
    return redirect(url_for("access.unlock"), 303)


def _form(fault: str = "") -> str:
    target = request.values.get("vers", "")
    return render_template("unlock.html", fault=fault, target=target, already_open=box().is_open)


def _wait(wait: timedelta) -> str:
    seconds = math.ceil(wait.total_seconds())
    if seconds < 60:
        text = ngettext(
            "Trop d’essais. Attendez %(count)s seconde, puis recommencez.",
            "Trop d’essais. Attendez %(count)s secondes, puis recommencez.",
            seconds,
        )
        return text % {"count": seconds}
    minutes = math.ceil(seconds / 60)
    text = ngettext(
        "Trop d’essais. Attendez %(count)s minute, puis recommencez.",
        "Trop d’essais. Attendez %(count)s minutes, puis recommencez.",
        minutes,
    )
    return text % {"count": minutes}
