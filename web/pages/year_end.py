"""*Fin d'année*: what goes with the families, then a box left blank; or put out of service for good."""

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.roles import Act
from appliance.hub import people
from appliance.hub.errands import Busy, Report
from appliance.hub.retention import blank, school_years, year_end
from appliance.hub.rights import keepsakes
from appliance.i18n import _
from web.context import box, desk, shared
from web.security import require

bp = Blueprint("year_end", __name__, url_prefix="/fin-annee")
bp.before_request(require(Act.CLOSE_YEAR))

Page = str | tuple[str, int] | AnyResponse
CLOSING = "year_end"
"""The name of the closing under way (`box.errands`)."""
_COPIES = "copies"


@bp.get("")
def page() -> str:
    """Show what is done of the closing, and what comes next."""
    here = box()
    found = year_end.balance(here)
    names = {pupil.id: pupil.shown for pupil in people.every(here)}
    return render_template(
        "year_end/page.html",
        balance=found,
        half_done=year_end.is_half_done(here),
        closed=year_end.last_closing(here),
        year=school_years.school_year(here, here.today()),
        today=here.today(),
        copies=keepsakes.ready(here),
        without_copy=sorted(names[pupil] for pupil in found.without_copy if pupil in names),
        errand=here.errands.of(keepsakes.ERRAND),
        erasing=here.errands.of(CLOSING),
    )


@bp.post("/copies")
def make_copies() -> Page:
    """Start a copy for each family; the words that open them come next."""
    try:
        made = keepsakes.begin(box())
    except Busy:
        return _busy()
    session[_COPIES] = shared().showing.show_copies(made)
    return redirect(url_for("year_end.words"), 303)


@bp.get("/copies")
def words() -> Page:
    """Show the words that open the copies, until the class is locked: read again, they are the same."""
    made = shared().showing.copies(session.get(_COPIES, ""))
    if not made:
        return redirect(url_for("year_end.page"), 303)
    return render_template("year_end/words.html", made=made, today=box().today())


@bp.get("/copies.zip")
def parcel() -> AnyResponse:
    """Send every copy in one file."""
    name = f"copies-{box().today().isoformat()}.zip"
    return Response(
        keepsakes.parcel(box()),
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@bp.post("/copies/remises")
def hand_copies() -> AnyResponse:
    """Record that the families have their copies."""
    keepsakes.hand_all(box())
    shared().showing.put_copies_away()
    flash(_("C’est noté : les copies sont remises."))
    return redirect(url_for("year_end.page"), 303)


@bp.get("/fermer")
def confirm() -> str:
    """Show what closing the year erases, before it does."""
    return _confirmation()


@bp.post("/fermer")
def close() -> Page:
    """Erase the year, in the background."""
    here = box()
    if "vu" not in request.form:
        return _confirmation(_("Cochez d’abord : ce qui est effacé ne revient pas.")), 400
    if year_end.balance(here).put_aside:
        return redirect(url_for("year_end.page"), 303)

    def work(report: Report) -> None:
        year_end.close(here, report)

    try:
        here.errands.begin(CLOSING, work)
    except Busy:
        return _busy()
    return redirect(url_for("year_end.page"), 303)


@bp.get("/avancement")
def live() -> str:
    """Return the progress alone."""
    of = box().errands.of
    return render_template("year_end/progress.html", errand=of(keepsakes.ERRAND), erasing=of(CLOSING))


@bp.get("/hors-service")
def out_of_service() -> str:
    """Say what putting the box out of service does."""
    return render_template("year_end/out_of_service.html", fault="")


@bp.post("/hors-service")
def condemn() -> Page:
    """Destroy the keys now; the hub erases the rest as it starts again."""
    if " ".join(request.form.get("mot", "").casefold().split()) != "hors service":
        fault = _("Écrivez « hors service » pour confirmer.")
        return render_template("year_end/out_of_service.html", fault=fault), 400
    desk().lock_class()
    blank.condemn(box())
    return render_template("year_end/gone.html")


def _confirmation(fault: str = "") -> str:
    return render_template("year_end/confirm.html", balance=year_end.balance(box()), fault=fault)


def _busy() -> AnyResponse:
    flash(_("La boîte finit d’abord un autre travail. Réessayez dans un instant."))
    return redirect(url_for("year_end.page"), 303)
