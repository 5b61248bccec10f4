"""The first start: eight screens, each derived from the state of the box."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from appliance.domain.roles import Act
from appliance.hub import people
from appliance.hub.keys import first_start
from appliance.i18n import _
from appliance.vault.keys import FIRST_ADULT, AlreadyCreated
from web.context import box, desk, shared
from web.drawing import envelope
from web.forms import LEVELS, PupilForm, class_name_fault, save_list, save_station_titles, station_forms
from web.pages.home import next_page
from web.security import begin_session, require

bp = Blueprint("setup", __name__, url_prefix="/installation")

Page = str | tuple[str, int] | Response
_SHOWN = "shown"
_BEFORE_THE_KEY = ("welcome", "begin", "words", "recovery", "check", "confirm")
_guard = require(
    Act.SET_STATIONS,
    **dict.fromkeys(_BEFORE_THE_KEY),
    pupils=Act.SET_PUPILS,
    add_pupil=Act.SET_PUPILS,
    add_list=Act.SET_PUPILS,
)
bp.before_request(_guard)


@bp.before_request
def begin_once() -> Response | None:
    """Before there is a key, anyone at the box may make one; afterwards nobody."""
    before = _guard.act_of(request.endpoint or "") is None
    return redirect(url_for("home.index"), 303) if before and box().is_set_up else None


@bp.get("")
def welcome() -> Page:
    """Say what is going to happen."""
    return render_template("setup/welcome.html", step=1)


@bp.post("")
def begin() -> Page:
    """Make a key, for this browser to show."""
    try:
        draft = first_start.draft_key(box())
    except AlreadyCreated:
        return redirect(url_for("home.index"), 303)
    here = box()
    session[_SHOWN] = shared().showing.begin(
        draft.files, FIRST_ADULT, lambda _files: first_start.adopt(here, draft)
    )
    return redirect(url_for("setup.words"), 303)


@bp.get("/mots")
def words() -> Page:
    """Show the seven words."""
    found = shared().showing.words(_shown())
    if not found:
        return redirect(url_for("setup.welcome"), 303)
    return render_template("setup/words.html", step=2, words=found)


@bp.get("/secours")
def recovery() -> Page:
    """Show the sheet for the sealed envelope."""
    draft = shared().showing.draft(_shown())
    if draft is None:
        return redirect(url_for("setup.welcome"), 303)
    return render_template("setup/recovery.html", step=3, made_on=box().today(), **envelope(draft))


@bp.get("/verification")
def check() -> Page:
    """Ask for two of the words."""
    if not shared().showing.words(_shown()):
        return redirect(url_for("setup.welcome"), 303)
    return _check_page()


@bp.post("/verification")
def confirm() -> Page:
    """Make the key count and open the class, once the teacher has the words."""
    typed = (request.form.get("premier", ""), request.form.get("second", ""))
    if not shared().showing.words(_shown()):
        return redirect(url_for("setup.welcome"), 303)
    draft = shared().showing.confirm(_shown(), typed)
    if draft is None:
        return _check_page(
            _("Ce ne sont pas ces deux mots. Relisez votre papier, ou revoyez les sept mots.")
        ), 400
    begin_session(desk().open_class(draft.words[FIRST_ADULT]))
    return redirect(url_for(next_page(box())), 303)


@bp.route("/classe", methods=["GET", "POST"])
def class_name() -> Page:
    """Name the class."""
    name, fault = people.class_name(box()), ""
    if request.method == "POST":
        name = " ".join(request.form.get("nom", "").split())
        fault = class_name_fault(name)
        if not fault:
            people.set_class_name(box(), name)
            return redirect(url_for(next_page(box())), 303)
    return render_template("setup/class.html", step=5, name=name, fault=fault), 400 if fault else 200


@bp.route("/stations", methods=["GET", "POST"])
def stations() -> Page:
    """Say what is asked at each station."""
    forms = station_forms(box(), request.form)
    if request.method == "POST" and save_station_titles(box(), forms):
        return redirect(url_for(next_page(box())), 303)
    status = 400 if request.method == "POST" else 200
    return render_template("setup/stations.html", step=6, forms=forms), status


@bp.get("/eleves")
def pupils() -> Page:
    """Type the pupils in; each is stored at once."""
    return _pupils_page(PupilForm.like_the_last(request.args))


@bp.post("/eleves")
def add_pupil() -> Page:
    """Add one pupil."""
    form = PupilForm.read(request.form).checked(box())
    if form.save(box()):
        return redirect(url_for("setup.pupils", **form.repeated()), 303)
    return _pupils_page(form), 400


@bp.post("/eleves/liste")
def add_list() -> Page:
    """Add the first names of a pasted list."""
    text, level = request.form.get("liste", ""), request.form.get("niveau", "")
    fault = save_list(box(), text, level)
    if fault:
        return _pupils_page(PupilForm(level=level), pasted=text, list_fault=fault), 400
    return redirect(url_for("setup.pupils"), 303)


@bp.get("/fin")
def done() -> Page:
    """Say that all is ready, and where the badges are."""
    if next_page(box()) != "day.today":
        return redirect(url_for("home.index"), 303)
    return render_template("setup/done.html", step=8, count=len(people.every(box())))


def _pupils_page(form: PupilForm, pasted: str = "", list_fault: str = "") -> str:
    return render_template(
        "setup/pupils.html",
        step=7,
        form=form,
        pasted=pasted,
        list_fault=list_fault,
        pupils=people.every(box()),
        levels=LEVELS,
    )


def _check_page(fault: str = "") -> str:
    first, second = shared().showing.asked(_shown())
    return render_template("setup/check.html", step=4, first=first + 1, second=second + 1, fault=fault)


def _shown() -> str:
    secret: str = session.get(_SHOWN, "")
    return secret
