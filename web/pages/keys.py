"""*Changer les clés*, and new words after a loss: shown once, two words typed again, then they count."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from appliance.domain.key_changes import Rhythm
from appliance.domain.roles import Act
from appliance.hub.keys import access, rhythm, rotation
from appliance.hub.keys.rotation import State
from appliance.i18n import _
from appliance.vault.keys import Changed
from appliance.vault.ring import Draft
from web.context import box, desk, shared
from web.drawing import envelope
from web.findings_keys import overdue
from web.fresh import ask_before_showing, require_fresh, show_from_now
from web.pages.adults import hold_sheets
from web.security import present, require, session_secret

bp = Blueprint("keys", __name__, url_prefix="/cles")
bp.before_request(require(Act.SET_KEYS))
bp.before_request(require_fresh(page=("begin", "own_words")))

Page = str | tuple[str, int] | Response
_SHOWN = "shown"


@bp.get("")
def page() -> str:
    """Say what changing the keys does, and how far a change under way is."""
    return render_template(
        "keys/page.html",
        progress=rotation.progress(box()),
        State=State,
        rhythm=rhythm.rhythm(box()),
        Rhythm=Rhythm,
        since=rhythm.since(box()),
        overdue=overdue(box()),
        misses_periods=rhythm.rhythm(box()) is Rhythm.PERIOD and not rhythm.knows_periods(box()),
    )


@bp.post("/rythme")
def set_rhythm() -> Response:
    """Choose how often the keys are to be changed; a person always does it."""
    chosen = next((one for one in Rhythm if one.value == request.form.get("rythme")), None)
    if chosen is not None:
        rhythm.set_rhythm(box(), chosen)
        flash(_("C’est noté : la boîte vous dira quand changer les clés."))
    return redirect(url_for("keys.page"), 303)


@bp.get("/avancement")
def live() -> str:
    """Return the progress alone."""
    return render_template("keys/progress.html", progress=rotation.progress(box()), State=State)


@bp.post("")
def begin() -> Response:
    """Make everything new, and show it before it counts."""
    here = box()
    if rotation.progress(here).state is not State.NONE:
        return redirect(url_for("keys.page"), 303)
    draft = rotation.draft(here)
    own = _own()
    if own not in draft.words:
        flash(_("Rouvrez la classe avec vos sept mots : la boîte doit savoir à qui montrer les nouveaux."))
        return redirect(url_for("keys.page"), 303)
    return show_first(draft, own, lambda made: rotation.begin(here, made))


@bp.post("/stations-perdues")
def give_up() -> Response:
    """End without the stations that do not answer."""
    try:
        rotation.give_up_waiting(box())
    except rotation.NotRotating:
        flash(_("Le changement de clés était déjà terminé."))
    return redirect(url_for("keys.page"), 303)


@bp.post("/mes-mots")
def own_words() -> Response:
    """Make other words for oneself, and show them before they count."""
    here, own = box(), _own()
    if own not in here.keys.adults():
        flash(_("Rouvrez la classe avec vos sept mots, puis recommencez."))
        return redirect(url_for("keys.page"), 303)
    return show_first(access.draft_words(here, own), own, lambda made: access.adopt(here, made))


@bp.get("/mots")
def words() -> Page:
    """Show one's own new words."""
    draft = shared().showing.draft(_shown())
    if draft is None:
        return redirect(url_for("keys.page"), 303)
    if asking := ask_before_showing():
        return asking
    return render_template(
        "keys/words.html", words=shared().showing.words(_shown()), has_envelope=bool(draft.recovery_identity)
    )


@bp.get("/enveloppe")
def new_envelope() -> Page:
    """Show the sheet for the new sealed envelope."""
    draft = shared().showing.draft(_shown())
    if draft is None or not draft.recovery_identity:
        return redirect(url_for("keys.page"), 303)
    if asking := ask_before_showing():
        return asking
    return render_template("keys/envelope.html", made_on=box().today(), **envelope(draft))


@bp.get("/verification")
def check() -> Page:
    """Ask for two of the words."""
    return _check_page() if shared().showing.words(_shown()) else redirect(url_for("keys.page"), 303)


@bp.post("/verification")
def confirm() -> Page:
    """Let the new words count, once they are on paper."""
    if not shared().showing.words(_shown()):
        return redirect(url_for("keys.page"), 303)
    own = shared().showing.reader(_shown())
    try:
        typed = (request.form.get("premier", ""), request.form.get("second", ""))
        draft = shared().showing.confirm(_shown(), typed)
    except Changed:
        flash(_("Les clés ont changé entre-temps : recommencez. Vos mots d’avant ouvrent toujours."))
        return redirect(url_for("keys.page"), 303)
    if draft is None:
        return _check_page(
            _("Ce ne sont pas ces deux mots. Relisez votre papier, ou revoyez les sept mots.")
        ), 400
    desk().become(session_secret(), own)
    for adult in draft.words:
        # Who came in by words or a device that open no more comes in anew.
        desk().expel(adult, besides=session_secret())
    session.pop(_SHOWN, None)
    flash(_("Vos nouveaux mots ouvrent la classe ; les anciens n’ouvrent plus rien. Détruisez leur papier."))
    others = {adult: text for adult, text in draft.words.items() if adult != own}
    if others:
        hold_sheets(others)
        return redirect(url_for("adults.sheets"), 303)
    under_way = rotation.progress(box()).state is not State.NONE
    return redirect(url_for("keys.page" if under_way else "home.index"), 303)


def show_first(draft: Draft, own: str, adopt: Callable[[Draft], None]) -> Response:
    """Hold keys for this browser and show them."""
    session[_SHOWN] = shared().showing.begin(draft, own, adopt)
    show_from_now()
    return redirect(url_for("keys.words"), 303)


def _check_page(fault: str = "") -> str:
    first, second = shared().showing.asked(_shown())
    return render_template("keys/check.html", first=first + 1, second=second + 1, fault=fault)


def _own() -> str:
    here = present()
    return here.adult if here is not None else ""


def _shown() -> str:
    secret: str = session.get(_SHOWN, "")
    return secret
