"""*La voix de la boîte*: what the panels say, pupils' first names, in the teacher's own voice."""

from collections import defaultdict
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain.retention import school_year_end
from appliance.domain.roles import Act
from appliance.hub import people, voices
from appliance.hub.keys import adults
from appliance.i18n import _
from appliance.station.levelling import level
from appliance.station.phrases import PHRASES, Moment, Phrase
from appliance.station.prompts import sound_file
from web.context import box
from web.security import is_live, local_path, present, require

bp = Blueprint("voices", __name__, url_prefix="/voix")
bp.before_request(require(Act.RECORD_VOICE))

PROMPT = "prompt/"


@bp.get("")
def every() -> str:
    """List what the panels say, by moment."""
    by_moment: dict[Moment, dict[str, Phrase]] = defaultdict(dict)
    for name, phrase in PHRASES.items():
        by_moment[phrase.moment][name] = phrase
    return render_template(
        "voices.html", phrases=by_moment, Moment=Moment, own=voices.listing(box()), **_consent()
    )


@bp.get("/prenoms")
def names() -> str:
    """List the pupils, to record each first name."""
    everybody, own = people.every(box()), voices.listing(box())
    return render_template("voice_names.html", pupils=everybody, own=own, **_consent())


@bp.get("/boite/<name>.wav")
def shipped(name: str) -> Response:
    """Return a phrase in the box's own voice."""
    if name not in PHRASES:
        abort(404)
    return _played(sound_file(name))


@bp.get("/<path:key>")
def listen(key: str) -> Response:
    """Return a recording of the teacher's."""
    try:
        return _played(voices.wav(box(), key))
    except voices.NoVoice:
        abort(404)


@bp.post("/<path:key>")
def save(key: str) -> AnyResponse:
    """Take the sound of a form, or of the page's own recorder."""
    sent = request.files.get("son")
    try:
        if not _may_be_recorded(key):
            abort(404)
        voices.save(box(), key, sent.read() if sent else b"", level, lent_by=_who())
    except voices.NoVoice:
        abort(404)
    except voices.NotLent:
        return _back(_("Donnez d’abord votre accord, en haut de la page « La voix de la boîte »."), 403)
    except ValueError as error:
        return _back(str(error), 422)
    return _back(_("C’est enregistré. La boîte le dira avec votre voix."))


@bp.post("/<path:key>/oublier")
def forget(key: str) -> AnyResponse:
    """Go back to the box's own voice."""
    voices.forget(box(), key)
    return _back(_("Votre enregistrement est effacé."))


def _who() -> str:
    here = present()
    return here.adult if here is not None else ""


def _consent() -> dict[str, Any]:
    """Return what asks the person here whether their own voice may be kept."""
    today = box().today()
    return {
        "adult": adults.find(box(), _who()),
        "lent": adults.may_lend_voice(box(), _who()),
        "today": today,
        "longest_voice": today + adults.VOICE_LONGEST,
        "usual_voice": school_year_end(today),
    }


def _may_be_recorded(key: str) -> bool:
    if not key.startswith(PROMPT):
        return True
    phrase = PHRASES.get(key.removeprefix(PROMPT))
    return phrase is not None and phrase.own_voice


def _played(wav: bytes) -> Response:
    response = send_file(BytesIO(wav), mimetype=voices.MEDIA_TYPE, conditional=True)
    response.headers["Cache-Control"] = "no-store"
    return response


def _back(said: str, status: int = 200) -> AnyResponse:
    if is_live():
        return Response(said, status, mimetype="text/plain")
    flash(said)
    asked = request.form.get("retour", "")
    return redirect(local_path(asked) if asked else url_for("voices.every"), 303)
