"""The simulator's JSON interface (docs/simulator.md): each call is a function here, and in `CALLS`."""

import io
import random
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import zxingcpp
from PIL import Image

from appliance.clock import PARIS
from appliance.devices.ports import ButtonName
from appliance.devices.wav import read_wav
from appliance.i18n import _
from appliance.simulator.desk import Desk, NotThere
from appliance.simulator.ent_door import FAULTS as ENT_FAULTS
from appliance.simulator.http_types import Answer, Refusal, Request, as_json
from appliance.simulator.paper import Fault
from appliance.simulator.scene import checked_picture
from appliance.simulator.world import World
from appliance.stickers.badges import badge_image

LONGEST_PRESS = 60_000
LONGEST_WAIT = 25.0
_BYTES_PER_MS = 48
_BADGE_TEXT = re.compile(r"[0-9A-Z]{8}")

Call = Callable[[World, Request, dict[str, str]], Answer]
_YEARS = re.compile(r"(19[7-9]|20)\d")


def get_state(world: World, request: Request, _found: dict[str, str]) -> Answer:
    """`GET /sim/state`, with `?wait=<seconds>&since=<version>` to be answered at the next change."""
    wait, since = _number(request, "wait", 0.0), _number(request, "since", 0.0)
    if wait > 0:
        world.wait_beyond(int(since), min(wait, LONGEST_WAIT))
    return as_json(world.state())


def press(world: World, request: Request, found: dict[str, str]) -> Answer:
    """`POST /sim/stations/<id>/press`: answers after the release."""
    said = request.json()
    button, ms = said.get("button"), said.get("ms", 200)
    if button not in list(ButtonName):
        raise Refusal(400, "bad_button", _("Le bouton est « red », « green » ou « blue »."))
    if not isinstance(ms, int) or isinstance(ms, bool) or not 1 <= ms <= LONGEST_PRESS:
        raise Refusal(400, "bad_ms", _("La durée de l’appui est un nombre de millisecondes, de 1 à 60000."))
    desk = _desk(world, found)
    try:
        desk.press(button, ms)
    except NotThere as error:
        raise Refusal(
            409, "not_running", _("Cet atelier ne tourne pas en ce moment. Attendez qu’il revienne.")
        ) from error
    return as_json(desk.state())


def badge(world: World, request: Request, found: dict[str, str]) -> Answer:
    """`POST /sim/stations/<id>/badge`: hold a badge up, or take it away with null."""
    desk, said = _desk(world, found), request.json()
    if "code" not in said:
        raise Refusal(400, "bad_code", _("Il manque « code » : huit signes, ou null pour retirer le badge."))
    if said["code"] is None:
        desk.hide_badge()
        return as_json({"code": None})
    code = str(said["code"]).upper().replace("-", "").replace(" ", "")
    if not _BADGE_TEXT.fullmatch(code):
        raise Refusal(400, "bad_code", _("Un code de badge a huit signes, des chiffres et des lettres."))
    desk.show_badge(code, world.pictogram(code), random.Random())  # noqa: S311  only how it is held
    return as_json({"code": code})


def microphone(world: World, request: Request, found: dict[str, str]) -> Answer:
    """`PUT /sim/stations/<id>/microphone`: a WAV, what it will hear."""
    desk = _desk(world, found)
    if not desk.has_microphone:
        raise Refusal(404, "no_microphone", _("Cet atelier n’a pas de micro."))
    try:
        pcm = read_wav(request.body)
    except ValueError as error:
        raise Refusal(400, "bad_wav", str(error)) from error
    desk.hear(request.body)
    return as_json({"ms": len(pcm) // _BYTES_PER_MS})


def camera(world: World, request: Request, found: dict[str, str]) -> Answer:
    """`PUT /sim/stations/<id>/camera`: a JPEG or PNG, what it sees."""
    desk = _desk(world, found)
    try:
        width, height = checked_picture(request.body)
    except ValueError as error:
        raise Refusal(400, "bad_picture", str(error)) from error
    desk.see(request.body)
    return as_json({"width": width, "height": height})


def camera_view(world: World, _request: Request, found: dict[str, str]) -> Answer:
    """`GET /sim/stations/<id>/camera`: what lies before the tray's camera."""
    picture = _desk(world, found).picture()
    if picture is None:
        raise Refusal(404, "no_picture", _("Rien n’est posé devant cette caméra."))
    return Answer(picture, "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg")


def badge_view(world: World, _request: Request, found: dict[str, str]) -> Answer:
    """`GET /sim/stations/<id>/badge`: what the badge camera sees while a badge is held up."""
    view = _desk(world, found).badge_view()
    if view is None:
        raise Refusal(404, "no_badge", _("Aucun badge n’est devant la caméra."))
    return Answer(view, "image/jpeg")


def speaker(world: World, request: Request, found: dict[str, str]) -> Answer:
    """`GET /sim/stations/<id>/speaker.wav?n=`: one of the last sounds of the loudspeaker."""
    sound = _desk(world, found).sound(int(_number(request, "n", 0.0)))
    if sound is None:
        raise Refusal(404, "no_sound", _("Ce son n’est plus là."))
    return Answer(sound.wav(), "audio/wav")


def paper(world: World, _request: Request, _found: dict[str, str]) -> Answer:
    """`GET /sim/paper`: the stickers that came out, oldest first."""
    papers = [
        {
            "n": int(path.stem),
            "printed_at": datetime.fromtimestamp(path.stat().st_mtime, PARIS).isoformat(),
            "picture": f"/sim/paper/{path.stem}.png",
        }
        for path in world.printer.papers()
    ]
    return as_json({"papers": papers, "fault": world.printer.fault.value})


def paper_picture(world: World, _request: Request, found: dict[str, str]) -> Answer:
    """`GET /sim/paper/<n>.png`: exactly the dots sent, at 203 dpi."""
    return Answer(_paper(world, found), "image/png")


def paper_link(world: World, _request: Request, found: dict[str, str]) -> Answer:
    """`GET /sim/paper/<n>/link`: what a phone reads on that sticker."""
    with Image.open(io.BytesIO(_paper(world, found))) as image:
        codes = zxingcpp.read_barcodes(
            image.convert("L"), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        )
    if not codes:
        raise Refusal(404, "no_code", _("Le téléphone ne lit aucun code sur cette étiquette."))
    return as_json({"text": codes[0].text})


def badge_card(world: World, _request: Request, found: dict[str, str]) -> Answer:
    """`GET /sim/badges/<code>.png`: the badge as it is printed, flat."""
    file = io.BytesIO()
    badge_image(found["code"], world.pictogram(found["code"]), 8).save(file, "PNG")
    return Answer(file.getvalue(), "image/png")


def faults(world: World, request: Request, _found: dict[str, str]) -> Answer:
    """`POST /sim/faults`: break or mend things; all of them or, when one is wrong, none."""
    changes = [_fault(world, str(thing), fault) for thing, fault in request.json().items()]
    for change in changes:
        change()
    world.touch()
    return as_json(world.faults())


def clock(world: World, request: Request, _found: dict[str, str]) -> Answer:
    """`POST /sim/clock`: set the time of every process, and whether it is vouched for."""
    said = request.json()
    now, trusted = said.get("now"), said.get("trusted")
    if now is not None and not _YEARS.match(str(now)):
        raise Refusal(400, "bad_now", _("« now » est une date entre 1970 et 2099, ou null."))
    if trusted is not None and not isinstance(trusted, bool):
        raise Refusal(400, "bad_trusted", _("« trusted » vaut true ou false."))
    try:
        moment = None if now is None else datetime.fromisoformat(str(now))
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=PARIS)
        reading = world.clock.set(moment, trusted)
    except (ValueError, OverflowError) as error:
        raise Refusal(
            400, "bad_now", _("« now » est une date comme 2027-01-12T08:40, ou null pour ne pas y toucher.")
        ) from error
    world.touch()
    return as_json({"now": reading.now.isoformat(), "trusted": reading.trusted})


def _desk(world: World, found: dict[str, str]) -> Desk:
    try:
        return world.desks[found["station"]]
    except KeyError as error:
        raise Refusal(404, "no_station", _("Il n’y a pas d’atelier de ce nom.")) from error


def _paper(world: World, found: dict[str, str]) -> bytes:
    path = world.places.papers / f"{found['n']}.png"
    if not found["n"].isdecimal() or not path.is_file():
        raise Refusal(404, "no_paper", _("Cette étiquette n’est pas sortie."))
    return path.read_bytes()


def _number(request: Request, name: str, default: float) -> float:
    try:
        return float(request.query.get(name, default))
    except ValueError as error:
        raise Refusal(400, "bad_number", _("« {name} » doit être un nombre.").format(name=name)) from error


def _fault(world: World, thing: str, fault: Any) -> Callable[[], None]:
    """Return what makes a fault; Refusal when there is no such thing, or when it cannot fail so."""
    if thing == "printer":
        _check_fault(thing, fault, [known.value for known in Fault])
        return lambda: world.printer.set_fault(fault)
    if thing == "ent":
        _check_fault(thing, fault, ENT_FAULTS)
        return lambda: world.ent.set_fault(fault)
    device, _colon, station = thing.partition(":")
    desk = world.desks.get(station)
    device = desk.device(device) if desk else ""
    if desk is None or not device:
        raise Refusal(400, "no_such_thing", _("« {thing} » n’est pas dans cette classe.").format(thing=thing))
    _check_fault(thing, fault, ("ok", "unplugged"))
    return lambda: desk.plug(device, fault == "ok")


def _check_fault(thing: str, fault: Any, known: Any) -> None:
    if fault not in known:
        raise Refusal(
            400,
            "no_such_fault",
            _("« {thing} » peut être : {known}.").format(thing=thing, known=", ".join(known)),
        )


CALLS: tuple[tuple[str, str, Call], ...] = (
    ("GET", "/sim/state", get_state),
    ("POST", "/sim/stations/<station>/press", press),
    ("POST", "/sim/stations/<station>/badge", badge),
    ("GET", "/sim/stations/<station>/badge", badge_view),
    ("PUT", "/sim/stations/<station>/microphone", microphone),
    ("PUT", "/sim/stations/<station>/camera", camera),
    ("GET", "/sim/stations/<station>/camera", camera_view),
    ("GET", "/sim/stations/<station>/speaker.wav", speaker),
    ("GET", "/sim/paper", paper),
    ("GET", "/sim/paper/<n>.png", paper_picture),
    ("GET", "/sim/paper/<n>/link", paper_link),
    ("GET", "/sim/badges/<code>.png", badge_card),
    ("POST", "/sim/faults", faults),
    ("POST", "/sim/clock", clock),
)
"""What the stations, the paper, the faults and the clock answer."""
