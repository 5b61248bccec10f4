"""*Faire confiance à cet appareil*: a short password every morning, on a device of one's own."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.domain.roles import SHORTEST_DEVICE_PASSWORD, Act
from appliance.hub.keys import devices
from appliance.i18n import _
from appliance.vault.keys import ShortPassword
from web import device_cookie
from web.context import box
from web.fresh import own_device, require_fresh
from web.security import present, require

bp = Blueprint("device", __name__, url_prefix="/cet-appareil")
bp.before_request(require(Act.TRUST_DEVICE))
bp.before_request(require_fresh(page=("trust",)))

Page = str | tuple[str, int] | Response
LONGEST_LABEL = 40
NOBODY = "nobody"
"""No adult's id."""


@bp.get("")
def page() -> str:
    """Say what trusting this device means, and ask for a short password."""
    return _form()


@bp.post("")
def trust() -> Page:
    """Trust this device."""
    here, before = present(), device_cookie.trusted()
    label = " ".join(request.form.get("nom", "").split())[:LONGEST_LABEL]
    if not label:
        return _form(_("Donnez un nom à cet appareil : « tablette de la classe », « mon ordinateur ».")), 400
    # Who came by the envelope gave no words of their own: nobody's, and not those of who opened before them.
    adult = here.adult if here and here.adult else NOBODY
    try:
        held = devices.trust(box(), label, request.form.get("court", ""), adult)
    except ShortPassword:
        return _form(_("C’est trop court : six caractères au moins.")), 400
    except LookupError:
        return _form(_("Verrouillez la classe, rouvrez-la avec vos sept mots, puis revenez ici.")), 409
    if before is not None:
        devices.forget(box(), before.device)
    flash(_("La boîte connaît cet appareil : demain, votre mot de passe court suffira."))
    answer = redirect(url_for("home.index"), 303)
    device_cookie.give(answer, held)
    return answer


def _form(fault: str = "") -> str:
    here, held = present(), device_cookie.trusted()
    own = own_device(here) if here is not None else None
    return render_template(
        "device.html",
        fault=fault,
        known=own is not None,
        another_s=held is not None and own is None,
        label=request.form.get("nom", ""),
        shortest=SHORTEST_DEVICE_PASSWORD,
    )
