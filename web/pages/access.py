"""Who opens: words, a trusted device, the card with the day's code, an office's password; locking."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.domain.audit import Role
from appliance.domain.roles import KEYED, Act
from appliance.hub.keys import devices
from appliance.hub.keys.access import NeedsDayCode, NoLongerAllowed
from appliance.hub.keys.devices import Forgotten
from appliance.hub.keys.throttle import TooManyTries
from appliance.i18n import _
from appliance.vault.keys import WrongPassphrase
from web import device_cookie
from web.context import box, desk
from web.pages.home import next_page
from web.role_words import ROLE_NAMES, ROLE_RIGHTS, wait_words
from web.security import begin_session, can, end_session, local_path, offer_trust, present, require

bp = Blueprint("access", __name__)
bp.before_request(require(None))

Page = str | tuple[str, int] | Response
DEVICE = "appareil"
DOORS: dict[str, tuple[Role, str]] = {
    "enseignant": (Role.TEACHER, "key-round"),
    "classe": (Role.ASSISTANT, "users"),
    "remplacant": (Role.SUBSTITUTE, "id-card"),
    "direction": (Role.DIRECTION, "mailbox"),
    "erun": (Role.ERUN, "heart-pulse"),
}
"""Doors by their name in an address."""


@bp.get("/ouvrir")
def unlock() -> Page:
    """Ask for what opens the chosen door."""
    if not box().is_set_up or present() is not None:
        return redirect(url_for("home.index"), 303)
    return _form(_door())


@bp.post("/ouvrir")
def try_words() -> Page:
    """Open a door; the class, here too when another device opened it before."""
    if not box().is_set_up:
        return redirect(url_for("home.index"), 303)
    door = _door()
    try:
        secret = _open(door)
    except Forgotten:
        answer = Response(_form("enseignant", _forgotten()), 403, mimetype="text/html")
        device_cookie.take_back(answer)
        return answer
    except WrongPassphrase as error:
        return _form(door, _wrong(door, error)), 403
    except TooManyTries as error:
        return _form(door, wait_words(error.wait)), 429
    end_session()
    begin_session(secret)
    if door != DEVICE and not request.cookies.get(device_cookie.COOKIE):
        offer_trust()
    target = request.form.get("vers", "")
    return redirect(local_path(target) if target else url_for(next_page(box())), 303)


@bp.post("/verrouiller")
def lock() -> Response:
    """Lock the class; every device's session ends."""
    if can(Act.OPEN_CLASS):
        desk().lock_class()
        end_session()
        flash(_("La classe est verrouillée. Les élèves peuvent continuer à enregistrer."))
    return redirect(url_for("access.unlock"), 303)


@bp.post("/quitter")
def leave() -> Response:
    """Let this browser's person go; an open class stays open for the others."""
    end_session()
    return redirect(url_for("access.unlock"), 303)


@bp.post("/ouvrir/oublier")
def forget_device() -> Response:
    """Trust this browser no more."""
    held = device_cookie.trusted()
    if held is not None:
        devices.forget(box(), held.device)
        desk().expel_device(held.device)
        flash(_("La boîte ne connaît plus cet appareil. Vos sept mots ouvrent toujours la classe."))
    answer = redirect(url_for("access.unlock"), 303)
    device_cookie.take_back(answer)
    return answer


def _door() -> str:
    asked = request.values.get("qui", "")
    if asked in DOORS:
        return asked
    # Whoever posts the seven words says so; a known device is asked first for its short password.
    return DEVICE if "mots" not in request.form and device_cookie.trusted() else "enseignant"


def _open(door: str) -> str:
    form = request.form
    held = device_cookie.trusted() if door == DEVICE else None
    if held is not None:
        return desk().open_by_device(held, form.get("court", ""))
    role = DOORS.get(door, DOORS["enseignant"])[0]
    if role is Role.SUBSTITUTE:
        return desk().open_for_the_day(form.get("mots", ""), form.get("code", ""))
    if role in KEYED:
        return desk().open_class(form.get("mots", ""))
    return desk().enter(role, form.get("passe", ""))


def _form(door: str, fault: str = "") -> str:
    role = DOORS[door][0] if door in DOORS else Role.TEACHER
    return render_template(
        "unlock.html",
        door=door,
        doors=[(slug, ROLE_NAMES[of], icon) for slug, (of, icon) in DOORS.items()],
        keyed_door=role in KEYED,
        rights=ROLE_RIGHTS[role],
        fault=fault,
        target=request.values.get("vers", ""),
        already_open=box().is_open,
    )


def _wrong(door: str, error: WrongPassphrase) -> str:
    if isinstance(error, NoLongerAllowed):
        return _("Ces mots ont été retirés, ou leur dernier jour est passé. Voyez l’enseignant·e.")
    if isinstance(error, NeedsDayCode):
        return _("Ces mots sont ceux de la carte : choisissez « Remplaçant·e », avec le code du jour.")
    if door == DEVICE:
        return _("Ce n’est pas ce mot de passe court. Après dix essais, il faudra les sept mots.")
    if door == "remplacant":
        return _("Les mots de la carte ou le code du jour ne vont pas. Le code vaut un jour, jusqu’à 18 h.")
    if door in ("direction", "erun"):
        return _("Ce n’est pas ce mot de passe. Vérifiez aussi que vous avez choisi la bonne porte.")
    return _("Ce ne sont pas les sept mots. Vérifiez l’ordre et l’orthographe, puis recommencez.")


def _forgotten() -> str:
    return _("La boîte ne connaît plus cet appareil : ouvrez avec vos sept mots.")
