"""*Adultes et appareils*: who opens the box and how; words, cards, passwords, devices."""

from dataclasses import replace
from datetime import date, time

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from appliance.domain.retention import school_year_end
from appliance.domain.roles import KEYED, SHORTEST_PASSWORD, Act
from appliance.hub.keys import access, adults, devices
from appliance.hub.keys.adults import Adult
from appliance.i18n import _
from web.context import box, shared
from web.fresh import ask_before_showing, require_fresh, show_from_now
from web.role_words import ROLE_NAMES, ROLE_RIGHTS
from web.security import can, demand, present, require, session_secret
from web.showing import Sheet

bp = Blueprint("adults", __name__, url_prefix="/adultes")
bp.before_request(
    require(
        Act.SEE_ADULTS,
        add=Act.SET_ACCOUNTS,
        rename=Act.SET_ACCOUNTS,
        set_until=Act.SET_ACCOUNTS,
        set_password=Act.SET_ACCOUNTS,
        before_removal=Act.SET_ACCOUNTS,
        remove=Act.SET_ACCOUNTS,
        forget_device=Act.SET_ACCOUNTS,
        new_words=Act.SET_KEYS,
        sheets=Act.SET_KEYS,
        sheets_done=Act.SET_KEYS,
        set_lock_time=Act.SET_KEYS,
        set_voice=Act.RECORD_VOICE,
    )
)
bp.before_request(require_fresh(every=("add",), show=("new_words", "set_password", "set_until")))

Page = str | tuple[str, int] | Response
LONGEST_NAME = 60
_SHEETS = "sheets"


@bp.get("")
def every() -> str:
    """List who opens the box, and on which devices."""
    return _list()


@bp.post("")
def add() -> Page:
    """Add an adult; those who get the key of the class have their words printed at once."""
    name, fault = _name(request.form.get("nom", ""))
    role = next((role for role in ROLE_NAMES if role.value == request.form.get("role")), None)
    until, wrong_day = _day(request.form.get("jusqu", ""))
    fault = fault or (_("Choisissez un rôle.") if role is None else "") or wrong_day
    if fault or role is None:
        return _list(fault), 400
    if role in KEYED:
        demand(Act.SET_KEYS)
    adult, words = adults.add(box(), name, role, until)
    if words:
        return _print({adult: words})
    flash(_("C’est noté. Il reste à choisir son mot de passe."))
    return redirect(url_for("adults.show", adult=adult), 303)


@bp.get("/<adult>")
def show(adult: str) -> str:
    """Show one adult, and what can be changed."""
    return _one(_find(adult))


@bp.post("/<adult>/nom")
def rename(adult: str) -> Page:
    """Give an adult another name."""
    found = _find(adult)
    if found.role in KEYED:
        # Whoever holds no key does not read this name, and does not write it.
        demand(Act.SET_KEYS)
    name, fault = _name(request.form.get("nom", ""))
    if fault:
        return _one(found, fault), 400
    adults.rename(box(), found.id, name)
    return _back(found, _("Le nom est changé."))


@bp.post("/<adult>/jusqu")
def set_until(adult: str) -> Page:
    """Say which day is an adult's last."""
    found = _find(adult)
    until, fault = _day(request.form.get("jusqu", ""))
    if fault:
        return _one(found, fault), 400
    try:
        adults.set_until(box(), found.id, until)
    except adults.LastTeacher:
        return _one(found, _last_teacher()), 409
    return _back(found, _("C’est noté."))


@bp.post("/<adult>/mots")
def new_words(adult: str) -> Page:
    """Make other words for somebody, and print them."""
    found = _find(adult)
    try:
        words = adults.new_words(box(), found.id)
    except (adults.NoKey, LookupError):
        return _one(found, _("Cette personne n’ouvre pas la classe : elle n’a pas de mots.")), 409
    shared().desk.expel(found.id, besides=session_secret())
    return _print({found.id: words})


@bp.get("/feuilles")
def sheets() -> Page:
    """Show the words that were just made, to print."""
    found = shared().showing.sheets(session.get(_SHEETS, ""))
    if not found:
        return redirect(url_for("adults.every"), 303)
    if asking := ask_before_showing():
        return asking
    known = {adult.id: adult for adult in adults.every(box())}
    return render_template(
        "adults/sheets.html",
        sheets=[(known[sheet.adult], sheet) for sheet in found if sheet.adult in known],
        role_names=ROLE_NAMES,
        role_rights=ROLE_RIGHTS,
        address=f"https://{box().config.host}.local",
    )


@bp.post("/feuilles")
def sheets_done() -> Response:
    """Forget the words: they are on paper."""
    shared().showing.put_away(session.pop(_SHEETS, ""))
    return redirect(url_for("adults.every"), 303)


@bp.post("/<adult>/passe")
def set_password(adult: str) -> Page:
    """Choose the password of somebody who holds no key."""
    found = _find(adult)
    if found.role in KEYED:
        abort(404)
    try:
        adults.set_password(box(), found.id, request.form.get("passe", ""))
    except adults.WeakPassword:
        return _one(found, _("C’est trop court : douze caractères au moins, trois ou quatre mots.")), 400
    shared().desk.expel(found.id, besides=session_secret())
    return _back(found, _("Le mot de passe est enregistré. La boîte n’en garde qu’une empreinte."))


@bp.get("/<adult>/retirer")
def before_removal(adult: str) -> str:
    """Say what removing somebody does, and ask."""
    return render_template("adults/removal.html", adult=_find(adult), role_names=ROLE_NAMES)


@bp.post("/<adult>/retirer")
def remove(adult: str) -> Page:
    """Take every way in away from somebody."""
    found = _find(adult)
    try:
        adults.remove(box(), found.id)
    except adults.LastTeacher:
        return _one(found, _last_teacher()), 409
    shared().desk.expel(found.id)
    flash(_("C’est fait : cette personne n’entre plus. Les autres gardent leurs mots."))
    return redirect(url_for("adults.every"), 303)


@bp.post("/voix")
def set_voice() -> Response:
    """Note whether the person here lets their own voice be kept."""
    here = present()
    if here is None or adults.find(box(), here.adult) is None:
        abort(404)
    until, fault = _day(request.form.get("jusqu", ""))
    if request.form.get("accord") != "oui":
        adults.refuse_voice(box(), here.adult)
        flash(_("C’est noté : votre voix n’est pas enregistrée."))
    elif fault or until is None or until < box().today():
        flash(_("Choisissez jusqu’à quand votre voix peut être gardée : deux ans au plus."))
    else:
        adults.allow_voice(box(), here.adult, until)
        flash(_("C’est noté. Vous pouvez changer d’avis quand vous voulez."))
    own = url_for("adults.show", adult=here.adult)
    return redirect(url_for("voices.every") if request.form.get("retour") == "voix" else own, 303)


@bp.post("/verrouillage")
def set_lock_time() -> Page:
    """Choose when the class locks unless somebody is at work."""
    try:
        access.set_lock_time(box(), time.fromisoformat(request.form.get("heure", "")))
    except ValueError:
        return _list(_("Choisissez une heure entre midi et 18 h.")), 400
    flash(_("C’est noté : la classe se verrouille à cette heure si personne n’y travaille."))
    return redirect(url_for("adults.every"), 303)


@bp.post("/appareils/<device>/oublier")
def forget_device(device: str) -> Response:
    """Trust a device no more."""
    if not devices.forget(box(), device):
        abort(404)
    shared().desk.expel_device(device)
    flash(_("Cet appareil ne s’ouvre plus par le mot de passe court."))
    return redirect(url_for("adults.every", _anchor="appareils"), 303)


def _list(fault: str = "") -> str:
    everybody, known = _everybody(), devices.every(box())
    return render_template(
        "adults/list.html",
        adults=[adult for adult in everybody if not adult.is_gone],
        gone=[adult for adult in everybody if adult.is_gone],
        devices=known if _reads_names() else [replace(device, label="") for device in known],
        owners={adult.id: adult for adult in everybody},
        roles=[role for role in ROLE_NAMES if role not in KEYED or can(Act.SET_KEYS)],
        role_names=ROLE_NAMES,
        role_rights=ROLE_RIGHTS,
        typed=request.form,
        lock_time=access.lock_time(box()),
        today=box().today(),
        fault=fault,
    )


def _one(adult: Adult, fault: str = "") -> str:
    here = present()
    return render_template(
        "adults/one.html",
        adult=adult,
        own=here is not None and here.adult == adult.id,
        devices=[device for device in devices.every(box()) if device.adult == adult.id],
        reads_names=_reads_names(),
        role_names=ROLE_NAMES,
        role_rights=ROLE_RIGHTS,
        keyed_role=adult.role in KEYED,
        shortest=SHORTEST_PASSWORD,
        today=box().today(),
        longest_voice=box().today() + adults.VOICE_LONGEST,
        usual_voice=school_year_end(box().today()),
        fault=fault,
    )


def hold_sheets(words: dict[str, str]) -> None:
    """Hold adults' seven words, by their ids, for this browser to print."""
    made = [Sheet(adult, tuple(text.split()), box().today()) for adult, text in words.items()]
    session[_SHEETS] = shared().showing.show_sheets(made)
    show_from_now()


def _print(words: dict[str, str]) -> Response:
    hold_sheets(words)
    return redirect(url_for("adults.sheets"), 303)


def _everybody() -> list[Adult]:
    found = adults.every(box())
    return found if _reads_names() else [replace(adult, name="") for adult in found]


def _reads_names() -> bool:
    """Whether the person here may see names: those without a key may not, even while the class is open."""
    here = present()
    return box().is_open and here is not None and here.role in KEYED


def _find(adult: str) -> Adult:
    found = next((one for one in _everybody() if one.id == adult), None)
    if found is None:
        abort(404)
    return found


def _back(adult: Adult, said: str) -> Response:
    flash(said)
    return redirect(url_for("adults.show", adult=adult.id), 303)


def _name(typed: str) -> tuple[str, str]:
    name = " ".join(typed.split())
    if not name:
        return "", _("Écrivez un nom, tel que l’école le connaît : « Mme Durand ».")
    return name, _("Ce nom est trop long : 60 lettres au plus.") if len(name) > LONGEST_NAME else ""


def _day(typed: str) -> tuple[date | None, str]:
    if not typed.strip():
        return None, ""
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        return None, _("Cette date ne se lit pas. Choisissez-la dans le calendrier.")
    return day, _("Ce jour est déjà passé.") if day < box().today() else ""


def _last_teacher() -> str:
    return _("C’est la dernière personne qui ouvre la classe. Ajoutez d’abord qui la remplace.")
