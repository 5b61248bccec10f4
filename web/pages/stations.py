"""*Ateliers*: opening and closing the stations, what is asked at each, its consignes and its hours."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.config import ConfigError
from appliance.domain.opening import Opening
from appliance.domain.roles import Act
from appliance.hub import groups, openings, people, pictures, stations, voices
from appliance.hub.box import Box
from appliance.hub.rights import projects
from appliance.i18n import _
from appliance.stickers.pictograms import STATION_PICTOGRAMS
from web import media
from web.context import box
from web.forms import StationForm, save_station_titles, station_forms
from web.scenario_form import LIMITS, HoursForm, ScenarioForm
from web.security import require
from web.wording import LANGUAGES

bp = Blueprint("stations", __name__, url_prefix="/stations")
bp.before_request(
    require(Act.SET_STATIONS, every=Act.RUN_STATIONS, order=Act.RUN_STATIONS, board=Act.RUN_STATIONS)
)

Page = str | tuple[str, int] | AnyResponse
LENGTHS = (20, 40, 60, 90)
"""Minutes for which a teacher opens stations."""
_CONSIGNE = "consigne"


@dataclass(frozen=True)
class Door:
    """A station as the top of the page shows it."""

    id: str
    title: str
    pictogram: str
    opening: Opening
    is_open: bool
    opens_at: datetime | None
    """When the hours open it next, if it is closed."""


@bp.get("")
def every() -> str:
    """Show the stations: whether they are open, and what each asks."""
    return _every_page(station_forms(box(), request.form))


@bp.post("")
def rename() -> Page:
    """Change what each station asks; earlier traces keep their title."""
    forms = station_forms(box(), request.form)
    spoken = _spoken_of_before(forms)
    if not save_station_titles(box(), forms):
        return _every_page(forms), 400
    flash(_("C’est enregistré. Les prochaines étiquettes le porteront."))
    for station in spoken:
        said = _("La station {name} dit encore la consigne d’avant : écoutez-la dans « Préparer ».")
        flash(said.format(name=station))
    return redirect(url_for("stations.every"), 303)


@bp.post("/ouverture")
def order() -> AnyResponse:
    """Open, end or close one station, or all of them."""
    known = [station.id for station in box().config.stations]
    asked = request.form.get("station", "")
    if asked and asked not in known:
        abort(404)
    chosen = [asked] if asked else known
    minutes = request.form.get("minutes", openings.USUAL_LENGTH.seconds // 60, int)
    length = timedelta(minutes=min(max(1, minutes), openings.LONGEST_LENGTH.seconds // 60))
    match request.form.get("ordre"):
        case "ouvrir":
            openings.open_now(box(), chosen, length)
        case "finir":
            if openings.end_workshop(box(), chosen):
                flash(_("Les élèves sont prévenus : les ateliers ferment dans une minute."))
            else:
                flash(_("Les ateliers étaient déjà fermés."))
        case "fermer":
            openings.close_now(box(), chosen)
        case "horaires":
            openings.follow_hours(box(), chosen)
        case _:
            abort(400)
    return redirect(url_for("stations.every", _anchor=f"station-{asked}" if asked else None), 303)


@bp.route("/<station>", methods=["GET", "POST"])
def prepare(station: str) -> Page:
    """Show and change all that one station asks."""
    if request.method == "GET":
        return _prepare_page(_stored(station))
    _stored(station)
    form = ScenarioForm.read(box(), station, request.form)
    if not form.save(box()):
        return _prepare_page(form), 400
    flash(_("C’est enregistré : la station le sait dans quelques secondes."))
    return redirect(url_for("stations.prepare", station=station), 303)


@bp.route("/<station>/horaires", methods=["GET", "POST"])
def hours(station: str) -> Page:
    """Show and change the week of one station, or of all."""
    form = HoursForm.read(request.form) if request.method == "POST" else HoursForm.stored(box(), station)
    title = _stored(station).words.title
    if request.method == "POST" and form.save(box(), station):
        flash(_("Les horaires sont enregistrés."))
        return redirect(url_for("stations.every"), 303)
    status = 400 if form.fault else 200
    return render_template("station_hours.html", station=station, title=title, form=form), status


@bp.post("/<station>/image")
def picture(station: str) -> AnyResponse:
    """Take the image of a consigne, or take it away when no file comes."""
    form = _stored(station)
    if not form.row.id:
        abort(404)
    sent = request.files.get("image")
    content = sent.read() if sent else b""
    try:
        shown = stations.add_picture(box(), pictures.as_jpeg(content)) if content else None
    except ValueError as error:
        flash(str(error))
    else:
        stations.save(box(), replace(form.row, picture=shown), form.words, is_new=False)
        flash(_("L’image est enregistrée.") if shown else _("L’image est retirée."))
    return redirect(url_for("stations.prepare", station=station, _anchor="image"), 303)


@bp.get("/<station>/image.jpg")
def shown_picture(station: str) -> Response:
    """Return the image of a consigne."""
    content = stations.picture(box(), _stored(station).row)
    if content is None:
        abort(404)
    return media.send(content, "image/jpeg")


@bp.get("/<station>/tableau")
def board(station: str) -> str:
    """Show a consigne to the class: three things, legible at four metres."""
    form = _stored(station)
    own = voices.listing(box())
    spoken = [code for code in LANGUAGES if f"{_CONSIGNE}/{form.row.id}/{code}" in own]
    return render_template("station_board.html", form=form, station=station, spoken=spoken[:1])


def _every_page(forms: list[StationForm]) -> str:
    return render_template(
        "stations.html",
        forms=forms,
        doors=[_door(box(), station.id) for station in box().config.stations],
        now=box().now(),
        lengths=LENGTHS,
        usual_length=openings.USUAL_LENGTH.seconds // 60,
    )


def _spoken_of_before(forms: list[StationForm]) -> list[str]:
    """Return the stations whose title was typed anew, and whose recorded consigne may say otherwise."""
    own = voices.listing(box())
    renamed = [form for form in forms if form.title != stations.title(box(), form.id)]
    keys = {form.id: f"{_CONSIGNE}/{stations.scenario(box(), form.id).id}/" for form in renamed}
    return [station for station, key in keys.items() if any(known.startswith(key) for known in own)]


def _stored(station: str) -> ScenarioForm:
    try:
        return ScenarioForm.stored(box(), station)
    except ConfigError:
        abort(404)


def _prepare_page(form: ScenarioForm) -> str:
    own = voices.listing(box())
    keys = {code: f"{_CONSIGNE}/{form.row.id}/{code}" for code in LANGUAGES}
    heard = {pupil.language for pupil in people.every(box())} | {"fr"}
    first = [code for code in LANGUAGES if code in heard or keys[code] in own]
    return render_template(
        "station.html",
        form=form,
        signs=STATION_PICTOGRAMS,
        natures=stations.natures(box().config.station(form.row.station)),
        limits=sorted({*LIMITS, form.row.limit_seconds}),
        largest_group=stations.LARGEST_GROUP,
        groups=groups.every(box()),
        projects=projects.current(box()),
        consignes=keys,
        own=own,
        first_languages=first,
        other_languages=[code for code in LANGUAGES if code not in first],
    )


def _door(of: Box, station: str) -> Door:
    form, now, opening = ScenarioForm.stored(of, station), of.now(), openings.of(of, station)
    is_open = opening.is_open(now)
    return Door(
        station,
        form.words.title,
        form.row.pictogram,
        opening,
        is_open,
        None if is_open else openings.opens_at(opening, now),
    )
