"""Asking again for one's own secret before what hands out a way in: an open page may be anybody's.

The forms concerned show `own_secret` (templates/key_pieces.html), which is empty for whoever gave their words
here less than ten minutes ago (`desk.is_fresh`).
"""

from dataclasses import dataclass

from flask import Flask, current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from appliance.domain.roles import KEYED
from appliance.hub.keys import devices
from appliance.hub.keys.devices import Forgotten, Trusted
from appliance.hub.keys.throttle import TooManyTries
from appliance.i18n import _
from appliance.vault.keys import WrongPassphrase
from web import device_cookie
from web.context import box, desk
from web.desk import FRESH, Present
from web.role_words import wait_words
from web.security import present, session_secret

FIELD = "preuve"
UNCHANGED = _("Rien n’a été changé.")
_SHOWN_AT = "shown_at"


@dataclass(frozen=True)
class Asked:
    """What a form asks for again."""

    label: str
    fault: str = ""
    """Why what was given just now will not do."""


class FreshGuard:
    """What stands before the acts of a family that hand out a way in. Made by `require_fresh`."""

    def __init__(self, acts: dict[str, tuple[str, ...]]) -> None:
        self.pages = {act: page for page, found in acts.items() for act in found}
        """By the name of an act's view, that of the one which shows its form."""

    def __call__(self) -> Response | None:
        name = (request.endpoint or "").rpartition(".")[2]
        here = present()
        if name not in self.pages or here is None or desk().is_fresh(session_secret()):
            return None
        held = own_device(here)
        g.refused, status = _try(here, held, request.form.get(FIELD, ""))
        if not g.refused:
            return None
        endpoint = f"{request.blueprint}.{self.pages[name]}"
        page = current_app.ensure_sync(current_app.view_functions[endpoint])
        # The address of an act may name somebody, or some station, that its page does not.
        asks = next(current_app.url_map.iter_rules(endpoint)).arguments
        known = {name: value for name, value in (request.view_args or {}).items() if name in asks}
        answer = current_app.make_response(page(**known))
        answer.status_code = status
        return answer


def require_fresh(**acts: tuple[str, ...]) -> FreshGuard:
    """Return the guard of a page family: the views of its acts, under the view that shows their form.

    `bp.before_request(require_fresh(page=("trust",)))`, after `require`. Whoever did not give their own
    secret, or gave a wrong one, sees the form again and nothing is done.
    """
    return FreshGuard(acts)


def speak(app: Flask) -> None:
    """Let templates ask whether a form has to ask."""
    app.jinja_env.globals.update(asked_again=asked_again)


def show_from_now() -> None:
    """Note that this browser's person, known to be themself, is shown secrets from now on."""
    session[_SHOWN_AT] = box().now().timestamp()


def ask_before_showing() -> Response | None:
    """Return where to prove who reads secrets that were shown for ten minutes; None when they may show."""
    since = box().now().timestamp() - session.get(_SHOWN_AT, 0.0)
    if 0 <= since < FRESH.total_seconds() or desk().is_fresh(session_secret()):
        return None
    return redirect(url_for("again.ask", vers=request.path), 303)


def asked_again(endpoint: str, subject: str = "") -> Asked | None:
    """Return what the form of an act has to ask for again, or None when it has not.

    `subject` tells apart the forms of a page that shows one for each of several.
    """
    here = present()
    if here is None or desk().is_fresh(session_secret()):
        return None
    refused = request.endpoint == endpoint and (not subject or subject in (request.view_args or {}).values())
    return Asked(_label(here, own_device(here)), g.get("refused", "") if refused else "")


def _try(here: Present, held: Trusted | None, typed: str) -> tuple[str, int]:
    """Return why what was typed will not do, empty when it does, and the status of the answer."""
    if not typed.strip():
        return f"{_label(here, held)}{_(' :')} {_('la boîte vérifie que c’est bien vous.')} {UNCHANGED}", 403
    try:
        desk().prove(session_secret(), typed, held)
    except Forgotten:
        return f"{_('La boîte ne connaît plus cet appareil : tapez vos sept mots.')} {UNCHANGED}", 403
    except WrongPassphrase:
        return f"{_wrong(here, held)} {UNCHANGED}", 403
    except TooManyTries as error:
        return f"{wait_words(error.wait)} {UNCHANGED}", 429
    return "", 200


def own_device(here: Present) -> Trusted | None:
    """Return this browser's device when it is trusted by the very person who is here."""
    held = device_cookie.trusted()
    return held if held is not None and devices.owner(box(), held.device) == here.adult else None


def _label(here: Present, held: Trusted | None) -> str:
    if held is not None:
        return _("Votre mot de passe court actuel, ou vos sept mots")
    if here.role not in KEYED:
        return _("Votre mot de passe")
    return _("Vos sept mots") if here.adult else _("Le texte de la fiche de secours")


def _wrong(here: Present, held: Trusted | None) -> str:
    if held is not None:
        return _("Ce n’est ni votre mot de passe court ni vos sept mots.")
    if here.role not in KEYED:
        return _("Ce n’est pas votre mot de passe.")
    return _("Ce ne sont pas vos sept mots.") if here.adult else _("Ce n’est pas le texte de la fiche.")
