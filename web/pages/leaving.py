"""*Ce qui partira et quand*, the school's calendar, and the durations that the direction chose."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.audit import Event
from appliance.domain.retention import UNSORTED_DAYS, UNSORTED_MOST, Rules, warning
from appliance.domain.roles import Act
from appliance.hub.office import paper_facts
from appliance.hub.retention import durations, lasting, purge, school_years
from appliance.hub.retention.forecast import forecast
from appliance.i18n import _, ngettext
from appliance.store import journal, settings
from web.context import box
from web.security import require

bp = Blueprint("leaving", __name__, url_prefix="/effacements")
bp.before_request(
    require(
        Act.SEE_CALENDAR,
        confirm=Act.CONFIRM_DATE,
        set_zone=Act.SET_CALENDAR,
        put_calendar=Act.SET_CALENDAR,
        drop_calendar=Act.SET_CALENDAR,
        set_durations=Act.SET_POLICY,
    )
)

MODEL = "calendrier.json"


@bp.get("")
def page() -> str:
    """Show what goes, by week and month, and why; what stays; and the last time that something went."""
    today = box().today()
    year = school_years.school_year(box(), today)
    return render_template(
        "leaving.html",
        forecast=forecast(box(), today),
        held=purge.held(box(), today),
        year=year,
        warning=warning(today, year.legal_end),
        days_left=(year.legal_end - today).days,
        last_run=journal.latest(box().database, Event.RETENTION_RUN),
        last_count=int(journal.last_detail(box().database, Event.RETENTION_RUN) or 0),
        rules=lasting.rules(box()),
        backup=paper_facts.has_backup(box()),
        today=today,
    )


@bp.post("/confirmer")
def confirm() -> AnyResponse:
    """Let go at once what the brake holds."""
    erased = purge.confirm(box())
    box().announce_change()
    if erased:
        said = ngettext("%(count)s trace est effacée.", "%(count)s traces sont effacées.", erased)
        flash(said % {"count": erased})
    else:
        flash(_("C’est noté : ces traces partent au prochain passage, cette nuit au plus tard."))
    return redirect(url_for("leaving.page"), 303)


@bp.get("/calendrier")
def calendar() -> str:
    """Show the dates of the school year, and how to change them."""
    return _calendar()


@bp.post("/calendrier/zone")
def set_zone() -> AnyResponse:
    """Set the school's zone."""
    try:
        durations.set_zone(box(), request.form.get("zone", ""))
    except ValueError:
        return _refused(zone_fault=_("Choisissez une des zones de la liste."))
    return _changed(_("La zone est notée."))


@bp.post("/calendrier/fichier")
def put_calendar() -> AnyResponse:
    """Put the school's own calendar."""
    sent = request.files.get("calendrier")
    if sent is None or not sent.filename:
        return _refused(file_fault=_("Choisissez d’abord un fichier, puis envoyez-le."))
    try:
        durations.set_calendar(box(), sent.stream.read(school_years.LARGEST_CALENDAR + 1))
    except ValueError as error:
        return _refused(file_fault=str(error))
    return _changed(_("Le calendrier de l’école est en place : chaque dernier jour est recompté."))


@bp.post("/calendrier/officiel")
def drop_calendar() -> AnyResponse:
    """Go back to the official calendar."""
    durations.drop_calendar(box())
    return _changed(_("Le calendrier officiel est de nouveau en place."))


@bp.get("/calendrier/modele")
def model() -> Response:
    """Return the calendar in place as a file, to change and send back."""
    answer = Response(school_years.calendar_file(box().config.data), mimetype="application/json")
    answer.headers["Content-Disposition"] = f"attachment; filename={MODEL}"
    return answer


@bp.post("/durees")
def set_durations() -> AnyResponse:
    """Set the durations that the controller may choose."""
    typed = request.form.get("essais", "").strip()
    days = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0
    if not UNSORTED_DAYS <= days <= UNSORTED_MOST:
        said = _("Écrivez un nombre de jours entre %(least)s et %(most)s.")
        return _refused(days_fault=said % {"least": UNSORTED_DAYS, "most": UNSORTED_MOST})
    chosen = Rules(days, short="courte" in request.form, works_next_year="travaux" in request.form)
    durations.choose(box(), chosen)
    return _changed(_("Les durées sont notées : chaque dernier jour est recompté."))


def _calendar(**faults: str) -> str:
    database, data = box().database, box().config.data
    return render_template(
        "calendar.html",
        year=school_years.school_year(box(), box().today()),
        zone=settings.get(database, school_years.ZONE) or "",
        zones=school_years.calendar(data).zones or {},
        own=school_years.has_own_calendar(data),
        rules=lasting.rules(box()),
        least=UNSORTED_DAYS,
        most=UNSORTED_MOST,
        faults=faults,
        typed=request.form,
    )


def _refused(**faults: str) -> AnyResponse:
    return Response(_calendar(**faults), 400)


def _changed(said: str) -> AnyResponse:
    flash(said)
    return redirect(url_for("leaving.calendar"), 303)
