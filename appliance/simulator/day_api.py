"""The calls behind the page's day: processes, evening jobs, opening the class, the family's phone."""

import subprocess
import sys
from urllib.parse import quote

from appliance.ent.ports import EntError
from appliance.i18n import _
from appliance.simulator.http_types import Answer, Refusal, Request, as_json
from appliance.simulator.hub_door import HubAway
from appliance.simulator.station_api import Call
from appliance.simulator.world import World

JOBS = ("sync", "retention")
JOB_SECONDS = 300.0
_TYPES = {"mp3": "audio/mpeg", "jpg": "image/jpeg"}
_PASSED_TO_HUB = ("range", "accept", "accept-language")
_PASSED_BACK = ("content-range", "accept-ranges", "content-disposition", "cache-control")


def kill(world: World, _request: Request, found: dict[str, str]) -> Answer:
    """`POST /sim/processes/<name>/kill`: pull the plug of one process."""
    try:
        killed = world.supervisor.kill(found["name"])
    except KeyError as error:
        raise Refusal(404, "no_process", _("Il n’y a pas de programme de ce nom.")) from error
    return as_json({"killed": killed})


def open_class(world: World, _request: Request, _found: dict[str, str]) -> Answer:
    """`POST /sim/class/open`: type the passphrase of the envelope on the hub's page."""
    try:
        is_open = world.open_class()
    except HubAway as error:
        raise _hub_away() from error
    if not is_open:
        raise Refusal(409, "still_locked", _("La classe ne s’est pas ouverte. Attendez un peu, réessayez."))
    return as_json({"open": True})


def run_job(world: World, _request: Request, found: dict[str, str]) -> Answer:
    """`POST /sim/jobs/<job>`: run the evening's sync or the night's retention now, and wait for its end."""
    if found["job"] not in JOBS:
        raise Refusal(404, "no_job", _("Les travaux de la boîte sont « sync » et « retention »."))
    command = [sys.executable, "-m", "appliance", found["job"], "--config", str(world.places.config)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=JOB_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Refusal(
            504, "too_long", _("Ce travail n’a pas fini à temps. Il reprendra plus tard.")
        ) from error
    world.touch()
    return as_json({"code": done.returncode, "said": (done.stdout + done.stderr).strip().splitlines()[-6:]})


def ent_list(world: World, _request: Request, _found: dict[str, str]) -> Answer:
    """`GET /sim/ent`: what families find in their ENT space tonight."""
    try:
        paths = world.ent.files()
    except EntError as error:
        raise Refusal(503, "ent_away", _("L’ENT ne répond pas ce soir. Réessayez plus tard.")) from error
    return as_json({"files": [{"path": path, "link": _ent_link(path)} for path in paths]})


def ent_file(world: World, _request: Request, found: dict[str, str]) -> Answer:
    """`GET /sim/ent/files/<path>`: one of those files."""
    try:
        content = world.ent.read(f"/{found['path']}")
    except EntError as error:
        raise Refusal(404, "not_there", _("Ce fichier n’est pas à l’ENT.")) from error
    kind = _TYPES.get(found["path"].rpartition(".")[2].lower(), "application/octet-stream")
    return Answer(content, kind)


def hub_page(world: World, request: Request, found: dict[str, str]) -> Answer:
    """`GET /e/…` and `GET /static/…`: the hub's own answer, so that the phone fits in the panel page."""
    headers = {name: request.headers[name] for name in _PASSED_TO_HUB if name in request.headers}
    query = (
        f"?{'&'.join(f'{quote(k)}={quote(v)}' for k, v in request.query.items())}" if request.query else ""
    )
    try:
        page = world.hub.request("GET", quote(request.path) + query, headers)
    except HubAway as error:
        raise _hub_away() from error
    passed = {name: page.headers[name] for name in _PASSED_BACK if name in page.headers}
    policy = page.headers.get("content-security-policy", "default-src 'none'")
    passed["content-security-policy"] = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    return Answer(
        page.body, page.headers.get("content-type", "application/octet-stream"), page.status, passed
    )


def _ent_link(path: list[str]) -> str:
    return "/sim/ent/files/" + "/".join(quote(name) for name in path)


def _hub_away() -> Refusal:
    return Refusal(503, "hub_away", _("La boîte redémarre. Réessayez dans un instant."))


DAY_CALLS: tuple[tuple[str, str, Call], ...] = (
    ("POST", "/sim/processes/<name>/kill", kill),
    ("POST", "/sim/class/open", open_class),
    ("POST", "/sim/jobs/<job>", run_job),
    ("GET", "/sim/ent", ent_list),
    ("GET", "/sim/ent/files/<path:path>", ent_file),
    ("GET", "/e/<path:page>", hub_page),
    ("GET", "/static/<path:page>", hub_page),
)
"""What the panel page adds to the interface."""
