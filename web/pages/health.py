"""*Tout va bien*: what is here, by which right, until when, and what needs a hand."""

from importlib.metadata import version

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from appliance.domain.roles import Act
from appliance.hub import printing
from appliance.hub.retention import lasting
from appliance.i18n import _
from appliance.store import captures, outbox
from web.context import box
from web.findings import findings
from web.security import require

bp = Blueprint("health", __name__, url_prefix="/tout-va-bien")
bp.before_request(require(Act.SEE_HEALTH, confirm_date=Act.CONFIRM_DATE))


@bp.post("/date")
def confirm_date() -> Response:
    """Take the teacher's word for the date: a clock in doubt is believed again."""
    try:
        lasting.confirm_date(box())
        flash(_("La boîte croit de nouveau son horloge."))
    except ValueError as error:
        flash(str(error))
    return redirect(url_for("health.page"), 303)


@bp.post("/etiquette-d-essai")
def try_printer() -> Response:
    """Have a sticker printed that is nobody's."""
    printing.try_printer(box())
    flash(_("Une étiquette d’essai sort de l’imprimante. Si rien ne vient, regardez ici ce qui ne va pas."))
    return redirect(url_for("health.page"), 303)


@bp.get("")
def page() -> str:
    """Show the state of the box."""
    found = findings(box())
    counts = outbox.counts(box().database)
    return render_template(
        "health.html",
        overview=captures.overview(box().database),
        troubles=[finding for finding in found if finding.remedy],
        fine=[finding for finding in found if not finding.remedy],
        last_run=outbox.last_run(box().database),
        to_send=counts.get((outbox.PUT, outbox.QUEUED), 0),
        to_erase=counts.get((outbox.DELETE, outbox.QUEUED), 0),
        today=box().today(),
        version=version("boite-a-traces"),
    )
