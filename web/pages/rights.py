"""*Dossier et droits* of a pupil: the copy for the family, corrections, erasing all, leaving, coming back."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.captures import Capture, Quarantine
from appliance.domain.permissions import Nature
from appliance.domain.roles import Act
from appliance.hub import people, traces
from appliance.hub.errands import Busy
from appliance.hub.rights import (
    access_file,
    corrections,
    departures,
    export_files,
    family_words,
    pupil_erasure,
    requests,
)
from appliance.hub.rights.access_file import Choice
from appliance.i18n import _, ngettext
from appliance.media.passages import Passage
from appliance.store import captures, exports
from appliance.store.exports import ExportRow
from web.context import box
from web.forms import LEVELS, PupilForm
from web.security import require

bp = Blueprint("rights", __name__, url_prefix="/eleves/<pupil_id>/droits")
bp.before_request(
    require(
        Act.ANSWER_REQUESTS,
        export=Act.EXPORT,
        make=Act.EXPORT,
        progress=Act.EXPORT,
        download=Act.EXPORT,
        hand=Act.EXPORT,
        correct=Act.SET_PUPILS,
    )
)

Page = str | tuple[str, int] | AnyResponse


@bp.get("")
def show(pupil_id: str) -> str:
    """Show all that can be done for a family."""
    pupil = _find(pupil_id)
    return render_template(
        "rights.html",
        pupil=pupil,
        asked=requests.of_pupil(box(), pupil.id),
        words=family_words,
        copies=access_file.of_pupil(box(), pupil.id),
        today=box().today(),
        last=departures.last_day_of(box(), pupil.id),
    )


@bp.get("/copie")
def export(pupil_id: str) -> str:
    """Show what a copy would hold, let the teacher choose the traces of groups, and list the copies made."""
    pupil = _find(pupil_id)
    held = captures.of_pupil(box().database, pupil.id)
    shown = [c for c in held if c.quarantine is not Quarantine.PROTECTED]
    doubtful = [c for c in shown if len(c.pupils) > 1 or c.quarantine is Quarantine.LIMITATION]
    return render_template(
        "rights_export.html",
        pupil=pupil,
        own=len(shown) - len(doubtful),
        doubtful=traces.describe(box(), doubtful),
        copies=access_file.of_pupil(box(), pupil.id),
        errand=box().errands.of(access_file.errand(pupil.id)),
    )


@bp.post("/copie")
def make(pupil_id: str) -> Page:
    """Begin a copy, and show the seven words that open it: once, here."""
    pupil = _find(pupil_id)
    held = captures.of_pupil(box().database, pupil.id)
    passages = {c.id: heard for c in held if (heard := _passage(c)) is not None}
    if any(passage.start >= passage.end for passage in passages.values()):
        flash(_("Un passage finit avant d’avoir commencé : corrigez ses secondes. Rien n’est copié."))
        return redirect(url_for("rights.export", pupil_id=pupil.id), 303)
    choice = Choice(frozenset(request.form.getlist("trace")), passages, "autorite" in request.form)
    try:
        words = access_file.begin(box(), pupil, choice)
    except Busy:
        flash(_("Une autre tâche longue est en cours : recommencez dans une minute."))
        return redirect(url_for("rights.export", pupil_id=pupil.id), 303)
    return render_template("rights_words.html", pupil=pupil, words=words.split())


@bp.get("/copie/avancement")
def progress(pupil_id: str) -> str:
    """Return how far a copy is, alone: asked every second."""
    pupil = _find(pupil_id)
    return render_template(
        "rights_progress.html",
        pupil=pupil,
        copies=access_file.of_pupil(box(), pupil.id),
        errand=box().errands.of(access_file.errand(pupil.id)),
    )


@bp.get("/copie/<export_id>.zip")
def download(pupil_id: str, export_id: str) -> Response:
    """Return a copy, under a name that tells nothing; it is sealed by its words."""
    row = _copy(pupil_id, export_id)
    path = export_files.path_of(box(), row.id)
    if not path.is_file():
        abort(404)
    name = f"copie-{row.made_on:%Y-%m-%d}.zip"
    answer = send_file(path, mimetype="application/zip", as_attachment=True, download_name=name, etag=False)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/copie/<export_id>/remise")
def hand(pupil_id: str, export_id: str) -> AnyResponse:
    """Write down that a copy was handed over."""
    access_file.hand(box(), _copy(pupil_id, export_id))
    flash(_("C’est noté : copie remise aujourd’hui."))
    return redirect(url_for("rights.export", pupil_id=pupil_id), 303)


@bp.route("/corriger", methods=["GET", "POST"])
def correct(pupil_id: str) -> Page:
    """Correct a first name, an initial or a level."""
    pupil = _find(pupil_id)
    form, fault = PupilForm(pupil.first_name, pupil.initial, pupil.level), ""
    if request.method == "POST":
        form = PupilForm.read(request.form)
        fault = form.fault
        if not fault:
            try:
                return _corrected(pupil, form)
            except corrections.Taken:
                fault = _("Un élève porte déjà ce nom : ajoutez l’initiale, ou changez-la.")
    page = render_template("rights_correct.html", pupil=pupil, form=form, fault=fault, levels=LEVELS)
    return page, 400 if fault else 200


@bp.get("/effacer")
def before_erasing(pupil_id: str) -> str:
    """Show all that would go."""
    pupil = _find(pupil_id)
    extent = pupil_erasure.extent(box(), pupil.id)
    return render_template(
        "rights_erase.html", pupil=pupil, extent=extent, shared=traces.describe(box(), list(extent.shared))
    )


@bp.post("/effacer")
def erase(pupil_id: str) -> AnyResponse:
    """Erase everything, and show the receipt."""
    pupil = _find(pupil_id)
    done = pupil_erasure.carry_out(box(), pupil.id, frozenset(request.form.getlist("reste")))
    return redirect(url_for("family_requests.show", request_id=done), 303)


@bp.get("/depart")
def before_leaving(pupil_id: str) -> str:
    """Show what leaving means, or what is left to decide once they have left."""
    pupil = _find(pupil_id)
    shared = departures.shared(box(), pupil.id)
    return render_template(
        "rights_leave.html",
        pupil=pupil,
        held=len(captures.of_pupil(box().database, pupil.id)),
        shared=traces.describe(box(), shared),
        last=departures.last_day_of(box(), pupil.id),
    )


@bp.post("/depart")
def leave(pupil_id: str) -> AnyResponse:
    """Take a pupil off the class."""
    pupil = _find(pupil_id)
    try:
        departures.leave(box(), pupil.id)
    except departures.NotHere:
        flash(_("Cet élève a déjà quitté la classe."))
    return redirect(url_for("rights.before_leaving", pupil_id=pupil.id), 303)


@bp.post("/depart/<capture_id>")
def take_out(pupil_id: str, capture_id: str) -> AnyResponse:
    """Leave a trace of a group to the others."""
    pupil = _find(pupil_id)
    capture = next((c for c in departures.shared(box(), pupil.id) if c.id == capture_id), None)
    if capture is None:
        abort(404)
    if pupil_erasure.take_out(box(), capture, pupil.id):
        flash(_("Elle reste aux autres élèves, avec une nouvelle étiquette."))
    else:
        flash(_("Les autorisations des autres élèves ne suffisent pas : elle partira avec le reste."))
    return redirect(url_for("rights.before_leaving", pupil_id=pupil.id), 303)


@bp.post("/retour")
def come_back(pupil_id: str) -> AnyResponse:
    """Undo a departure."""
    pupil = _find(pupil_id)
    try:
        departures.come_back(box(), pupil.id)
        flash(_("De retour dans la classe. L’ancien badge reste annulé : imprimez le nouveau."))
    except departures.NotGone:
        flash(_("Cet élève est déjà dans la classe."))
    return redirect(url_for("rights.show", pupil_id=pupil.id), 303)


def _corrected(pupil: people.Pupil, form: PupilForm) -> AnyResponse:
    recalled = corrections.rename(
        box(),
        pupil,
        form.first_name,
        initial=form.initial,
        level=form.level,
        recall="reprendre" in request.form,
    )
    flash(_("C’est corrigé, ici et sur les prochaines étiquettes."))
    if recalled:
        said = ngettext(
            "%(count)s trace est reprise de l’ENT : libérez-la de nouveau pour le bon dossier.",
            "%(count)s traces sont reprises de l’ENT : libérez-les de nouveau pour le bon dossier.",
            recalled,
        )
        flash(said % {"count": recalled})
    return redirect(url_for("rights.show", pupil_id=pupil.id), 303)


def _passage(capture: Capture) -> Passage | None:
    """Return the passage of a group's sound that the teacher gave, or None; an empty one when it is wrong."""
    typed = [request.form.get(f"{name}-{capture.id}", "").strip() for name in ("de", "a")]
    shared = len(capture.pupils) > 1 and capture.quarantine is Quarantine.NO
    if capture.nature is not Nature.VOICE or not shared or not any(typed):
        return None
    try:
        start, end = (float(text.replace(",", ".")) if text else None for text in typed)
    except ValueError:
        return Passage(0, 0)
    whole = capture.duration_ms / 1000
    return Passage(max(0.0, start or 0.0), min(whole, end if end is not None else whole))


def _copy(pupil_id: str, export_id: str) -> ExportRow:
    row = exports.find(box().database, export_id)
    if row is None or row.pupil != pupil_id:
        abort(404)
    return row


def _find(pupil_id: str) -> people.Pupil:
    pupil = people.find(box(), pupil_id)
    if pupil is None:
        abort(404)
    return pupil
