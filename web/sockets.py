"""What stations, the printer worker and the sync ask of the hub (docs/hub-socket.md): one app per role."""

import json
from datetime import timedelta
from typing import Any, BinaryIO, cast

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from appliance.config import ConfigError
from appliance.devices.ports import PaperState
from appliance.domain.captures import Facts
from appliance.domain.codes import parse_sticker
from appliance.hub import intake, parcels, printing, review, voices
from appliance.hub.box import Box, Locked
from appliance.hub.keys import rotation
from appliance.hub.shelf import Mismatch
from appliance.i18n import _
from appliance.store import outbox
from appliance.store import printing as print_queue
from appliance.vault.opening import NotForThisKey
from web.errors import status_of

LONGEST_WAIT = 25.0
LARGEST_CAPTURE = 64 * 1024 * 1024
LARGEST_COMPANION = 1024 * 1024
_TOO_LARGE = {
    "thumbnail": _("Cette vignette est trop grande."),
    "caption": _("Cette légende est trop longue."),
}


def station_app(box: Box) -> Flask:
    """Return what stations may ask."""
    app = _app(box)

    @app.get("/roster/<station>")
    def roster(station: str) -> ResponseReturnValue:
        try:
            found = intake.roster(box, station)
        except ConfigError as error:
            return _refusal(404, "unknown_station", str(error))
        overflows = request.headers.get("X-Boite-Overflows", 0, int)
        faults = tuple(filter(None, request.headers.get("X-Boite-Faults", "").split(",")))
        held = request.headers.get("X-Boite-Held", 1, int)
        rotation.heard(box, station, request.headers.get("X-Boite-Key", ""), held)
        box.reports[f"station:{station}"] = {"at": box.now(), "overflows": overflows, "faults": faults}
        return jsonify(found.to_json())

    @app.put("/captures/<capture>")
    def take_in(capture: str) -> ResponseReturnValue:
        try:
            facts = Facts.from_json(json.loads(request.headers["X-Boite-Facts"]))
        except (KeyError, TypeError, ValueError):
            return _refusal(400, "bad_facts", _("Les renseignements de cette trace sont incomplets."))
        if facts.id != capture or facts.size > LARGEST_CAPTURE:
            return _refusal(400, "bad_facts", _("Les renseignements de cette trace ne vont pas avec elle."))
        return _take_in(box, facts)

    @app.put("/captures/<capture>/<any(thumbnail, caption):companion>")
    def take_companion(capture: str, companion: str) -> ResponseReturnValue:
        size = request.content_length or 0
        if not 0 < size <= LARGEST_COMPANION:
            return _refusal(413, "too_large", _TOO_LARGE[companion])
        intake.take_companion(box, capture, companion, _body(), size)
        return "", 204

    @app.get("/heard/<station>/<code>")
    def heard(station: str, code: str) -> ResponseReturnValue:
        try:
            box.config.station(station)
        except ConfigError as error:
            return _refusal(404, "unknown_station", str(error))
        return _hear(box, code, request.args.get("pupil", ""))

    _serve_voices(app, box)
    return app


def _serve_voices(app: Flask, box: Box) -> None:
    @app.get("/voices/<station>")
    def voice_versions(station: str) -> ResponseReturnValue:
        try:
            box.config.station(station)
        except ConfigError as error:
            return _refusal(404, "unknown_station", str(error))
        known = voices.versions_for(box, station) if box.is_open else {}
        return jsonify({"open": box.is_open, "voices": known})

    @app.get("/voices/<station>/<path:key>")
    def voice(station: str, key: str) -> ResponseReturnValue:
        try:
            if key in voices.versions_for(box, station):
                return Response(voices.pcm(box, key), mimetype="audio/L16")
        except Locked:
            return _refusal(409, "locked", _("Cette voix attend l’ouverture de la classe."))
        except voices.NoVoice:
            pass
        return _refusal(404, "no_voice", _("Cette voix n’est pas enregistrée."))


def printer_app(box: Box) -> Flask:
    """Return what the printer worker may ask."""
    app = _app(box)

    @app.get("/next")
    def next_sticker() -> ResponseReturnValue:
        wait = min(float(request.args.get("wait", "0")), LONGEST_WAIT)
        handed = printing.next_sticker(box, wait)
        if handed is None:
            return "", 204
        return jsonify({**handed.text.to_json(), "job": handed.job, "attempt": handed.attempt})

    @app.post("/jobs/<int:job>")
    def job_done(job: int) -> ResponseReturnValue:
        said = _json()
        if said.get("state") == "printed":
            print_queue.printed(box.database, job, box.now())
            # It prints: that it fell silent is no sign of anything any more.
            box.reports.get("printer", {}).pop("talks", None)
        else:
            print_queue.hand_back(box.database, job, untouched=not said.get("touched", True))
        box.announce_change()
        return "", 204

    @app.post("/status")
    def status() -> ResponseReturnValue:
        said = _json()
        paper, before = said.get("paper"), box.reports.get("printer", {})
        talks = before.get("talks", False) or paper not in (None, PaperState.UNKNOWN)
        box.reports["printer"] = {
            "paper": paper,
            "fault": said.get("fault"),
            "talks": talks,
            "at": box.now(),
        }
        return "", 204

    return app


def sync_app(box: Box) -> Flask:
    """Return what the sync may ask."""
    app = _app(box)

    @app.get("/plan")
    def plan() -> ResponseReturnValue:
        actions, waiting = parcels.plan(box)
        listed = [{"id": a.id, "verb": a.verb, "code": a.code, "attempts": a.attempts} for a in actions]
        return jsonify({"key": box.run_key, "actions": listed, "waiting_for_unlock": waiting})

    @app.get("/actions/<int:action>/parcel")
    def parcel(action: int) -> ResponseReturnValue:
        try:
            return Response(parcels.fetch(box, action), mimetype="application/octet-stream")
        except parcels.NoLonger:
            return _refusal(404, "no_longer", _("Cette trace n’est plus à envoyer."))
        except parcels.Waiting:
            return _refusal(409, "locked", _("Cette trace attend l’ouverture de la classe."))

    @app.post("/actions/<int:action>")
    def action_done(action: int) -> ResponseReturnValue:
        said = _json()
        if said.get("state") == "verified":
            parcels.finish(box, action, said.get("size"))
        else:
            outbox.failed(box.database, action, box.now(), str(said.get("fault") or "unknown"))
        return "", 204

    @app.post("/runs")
    def run_done() -> ResponseReturnValue:
        said = _json()
        put, deleted, failed = (int(said.get(name, 0)) for name in ("put", "deleted", "failed"))
        outbox.record_run(box.database, outbox.SyncRun(box.now(), put, deleted, failed, said.get("message")))
        return "", 204

    return app


def _app(box: Box) -> Flask:
    app = Flask(__name__, static_folder=None, template_folder=None)
    app.permanent_session_lifetime = timedelta(0)

    @app.get("/health")
    def health() -> ResponseReturnValue:
        return jsonify({"locked": not box.is_open})

    @app.errorhandler(HTTPException)
    def known(error: HTTPException) -> ResponseReturnValue:
        return _refusal(error.code or 500, "bad_request", _("La boîte n’a pas compris cette demande."))

    @app.errorhandler(Mismatch)
    def damaged(_error: Mismatch) -> ResponseReturnValue:
        return _refusal(422, "mismatch", _("Cette trace est arrivée abîmée. Elle sera renvoyée."))

    @app.errorhandler(Exception)
    def other(error: Exception) -> ResponseReturnValue:
        return _refusal(status_of(error), "unexpected", _("La boîte n’y est pas arrivée. Elle réessaiera."))

    return app


def _take_in(box: Box, facts: Facts) -> ResponseReturnValue:
    try:
        new = intake.take_in(box, facts, _body())
    except intake.Erased:
        return _refusal(410, "erased", _("Cette trace a été effacée."))
    except intake.NotAllowed:
        return _refusal(403, "no_permission", _("Pas d’autorisation : cette trace n’est pas gardée."))
    return "", 201 if new else 200


def _hear(box: Box, code: str, pupil: str) -> ResponseReturnValue:
    try:
        content, media_type = review.hear_at_station(box, parse_sticker(code) or "", pupil)
    except Locked:
        return _refusal(409, "locked", _("Cette étiquette attend l’ouverture de la classe."))
    except (LookupError, FileNotFoundError, NotForThisKey):
        return _refusal(404, "nothing_to_hear", _("Cette étiquette n’ouvre rien."))
    except review.NotForThem:
        return _refusal(403, "not_for_them", _("Cette trace s’écoute avec le badge de son auteur."))
    return Response(content, mimetype=media_type, headers={"Cache-Control": "no-store"})


def _body() -> BinaryIO:
    return cast(BinaryIO, request.stream)


def _json() -> dict[str, Any]:
    said = request.get_json(silent=True)
    return said if isinstance(said, dict) else {}


def _refusal(status: int, error: str, message: str) -> ResponseReturnValue:
    return jsonify({"error": error, "message": message}), status
