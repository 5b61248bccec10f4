"""Faults as pages: what happened, what to do. Never a trace of the program."""

import errno
import logging
import sqlite3
import traceback
from dataclasses import dataclass

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException, RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response

from appliance.hub.box import Locked
from appliance.hub.office.checklist import NotReal
from appliance.i18n import _
from appliance.vault.opening import NotForThisKey
from web.role_words import refusal
from web.security import NotYourRole, is_live, present

log = logging.getLogger(__name__)

_FULL = sqlite3.SQLITE_FULL

Answer = tuple[str, int] | Response | HTTPException


@dataclass(frozen=True)
class Fault:
    """One page: a title, what happened, what to do."""

    title: str
    what: str
    remedy: str


def _faults() -> dict[int, Fault]:
    return {
        400: Fault(
            _("Cette page a attendu trop longtemps"),
            _("La boîte ne reconnaît plus le formulaire : elle a redémarré, ou la classe a été verrouillée."),
            _("Revenez à la page précédente, rechargez-la, puis recommencez. Rien n’a été changé."),
        ),
        401: Fault(
            _("La classe est verrouillée"),
            _("Cette page demande que la classe soit ouverte sur cet appareil. Rien n’a été changé."),
            _("Ouvrez la classe, puis recommencez."),
        ),
        403: Fault(
            _("Cette demande ne vient pas de la boîte"),
            _("Un autre site a essayé d’agir à votre place. La boîte a refusé et n’a rien changé."),
            _("Fermez l’autre page et revenez à la boîte par son adresse."),
        ),
        404: Fault(
            _("Il n’y a rien à cette adresse"),
            _("L’adresse est incomplète, ou la trace a été effacée depuis."),
            _("Vérifiez l’adresse, ou repartez de la première page."),
        ),
        405: Fault(
            _("Cette adresse ne s’ouvre pas ainsi"),
            _("Elle sert à un bouton d’une page. Rien n’a été changé."),
            _("Repartez de la première page."),
        ),
        413: Fault(
            _("C’est trop long pour la boîte"),
            _("Le texte envoyé dépasse ce qu’une page accepte. Rien n’a été enregistré."),
            _("Recommencez en plusieurs fois."),
        ),
        416: Fault(
            _("Ce passage n’existe pas"),
            _("L’appareil a demandé un passage au-delà de la fin du son."),
            _("Rechargez la page et relancez l’écoute."),
        ),
        421: Fault(
            _("Ce n’est pas l’adresse de la boîte"),
            _("La boîte ne répond qu’à son nom sur le réseau de la classe."),
            _("Tapez l’adresse écrite sur la boîte."),
        ),
        429: Fault(
            _("Trop d’essais"),
            _("Plusieurs codes inconnus viennent d’être essayés depuis cet appareil."),
            _("Attendez une minute, puis lisez à nouveau l’étiquette."),
        ),
        503: Fault(
            _("La boîte ne peut rien enregistrer"),
            _("Ses données viennent d’un programme plus récent : elle les montre sans y toucher."),
            _("Prévenez l’ERUN : il faut réinstaller la version récente."),
        ),
        507: Fault(
            _("La carte mémoire est pleine"),
            _("La boîte n’a pas pu enregistrer cela. Ce qui était enregistré est à l’abri."),
            _("Effacez des essais dont vous n’avez plus besoin, puis recommencez, ou prévenez l’ERUN."),
        ),
    }


def _unexpected() -> Fault:
    return Fault(
        _("La boîte n’y est pas arrivée"),
        _("Quelque chose d’imprévu s’est produit. Ce qui est enregistré est à l’abri."),
        _("Recommencez. Si cela se reproduit, éteignez et rallumez la boîte, puis prévenez l’ERUN."),
    )


def handle_faults(app: Flask) -> None:
    """Give every fault its page."""

    @app.errorhandler(HTTPException)
    def known(error: HTTPException) -> Answer:
        if error.code is not None and error.code < 400:
            return error
        if isinstance(error, RequestedRangeNotSatisfiable):
            return error.get_response()
        return fault_page(error.code or 500)

    @app.errorhandler(Locked)
    def locked(_error: Locked) -> Answer:
        if is_live() or present() is not None:
            return fault_page(401)
        return redirect(url_for("access.unlock"), 303)

    @app.errorhandler(NotYourRole)
    def not_theirs(error: NotYourRole) -> Answer:
        return _page(403, Fault(_("Cette page n’est pas pour vous"), *refusal(error.role, error.act)))

    @app.errorhandler(NotReal)
    def on_trial(_error: NotReal) -> Answer:
        return _page(
            409,
            Fault(
                _("La boîte est en essai"),
                _("Elle ne retient encore aucun oui d’une famille. Rien n’a été changé."),
                _("Faites les étapes qui manquent, sur la page « Papiers », puis recommencez."),
            ),
        )

    @app.errorhandler(NotForThisKey)
    def damaged(_error: NotForThisKey) -> Answer:
        log.warning("a sealed file could not be opened, at %s", request.endpoint)
        return _page(
            500,
            Fault(
                _("Cette trace ne s’ouvre pas"),
                _("Son fichier est abîmé, ou il a été scellé avec une autre clé de classe."),
                _("Les autres traces ne sont pas touchées. Prévenez l’ERUN s’il y en a plusieurs."),
            ),
        )

    @app.errorhandler(Exception)
    def other(error: Exception) -> Answer:
        return fault_page(status_of(error))


def status_of(error: Exception) -> int:
    """Return the HTTP status of an unplanned fault, logged: 503 read-only data, 507 a full disk, else 500."""
    if isinstance(error, sqlite3.OperationalError) and "readonly" in str(error):
        log.warning("read-only data, at %s", request.endpoint)
        return 503
    if getattr(error, "errno", None) == errno.ENOSPC or getattr(error, "sqlite_errorcode", None) == _FULL:
        log.error("no space left, at %s", request.endpoint)
        return 507
    # The message of an error may quote what a person typed: only places go to the log.
    places = " < ".join(f"{f.filename}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)[::-1])
    log.error("%s at %s: %s", type(error).__name__, request.endpoint, places)
    return 500


def fault_page(code: int) -> tuple[str, int]:
    """Return the page of an HTTP status, or one sentence for a page's own script."""
    return _page(code, _faults().get(code) or _unexpected())


def _page(code: int, fault: Fault) -> tuple[str, int]:
    if is_live():
        return f"{fault.what} {fault.remedy}", code
    return render_template("fault.html", fault=fault), code
