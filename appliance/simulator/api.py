"""The simulator's JSON interface (docs/simulator.md): each call is a function here, and in `CALLS`."""

import io
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import zxingcpp
from PIL import Image

from appliance.clock import PARIS
from appliance.devices.ports import ButtonName
from appliance.i18n import _
from appliance.simulator.desk import BUTTONS, FROZEN, STUCK, UNPLUGGED, Desk
from appliance.simulator.ent_door import FAULTS as ENT_FAULTS
from appliance.simulator.http_types import Answer, Refusal, Request, as_json
from appliance.simulator.paper import Fault
from appliance.simulator.station_api import STATION_CALLS, Call, no_such_sticker
from appliance.simulator.world import World
from appliance.stickers.badges import badge_image

LONGEST_WAIT = 25.0
_YEARS = re.compile(r"(19[7-9]|20)\d")


def get_state(world: World, request: Request, _found: dict[str, str]) -> Answer:
    """`GET /sim/state`, with `?wait=<seconds>&since=<version>` to be answered at the next change."""
    wait, since = request.number("wait", 0.0), request.number("since", 0.0)
    if wait > 0:
        world.wait_beyond(int(since), min(wait, LONGEST_WAIT))
    return as_json(world.state())


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


def _paper(world: World, found: dict[str, str]) -> bytes:
    picture = world.sticker(int(found["n"])) if found["n"].isdecimal() else None
    if picture is None:
        raise no_such_sticker()
    return picture


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
    known = _known_faults(desk, device) if desk else ()
    if desk is None or not known:
        raise Refusal(400, "no_such_thing", _("« {thing} » n’est pas dans cette classe.").format(thing=thing))
    _check_fault(thing, fault, known)
    return lambda: desk.set_fault(desk.device(device) or device, fault)


def _known_faults(desk: Desk, thing: str) -> tuple[str, ...]:
    """Return how a device or the buttons can be, `ok` first; nothing for what is not here."""
    if thing == BUTTONS:
        return ("ok", *(f"{button}{STUCK}" for button in ButtonName))
    device = desk.device(thing)
    if device in desk.cameras:
        return ("ok", UNPLUGGED, FROZEN)
    return ("ok", UNPLUGGED) if device else ()


def _check_fault(thing: str, fault: Any, known: Any) -> None:
    if fault not in known:
        raise Refusal(
            400,
            "no_such_fault",
            _("« {thing} » peut être : {known}.").format(thing=thing, known=", ".join(known)),
        )


CALLS: tuple[tuple[str, str, Call], ...] = (
    ("GET", "/sim/state", get_state),
    *STATION_CALLS,
    ("GET", "/sim/paper", paper),
    ("GET", "/sim/paper/<n>.png", paper_picture),
    ("GET", "/sim/paper/<n>/link", paper_link),
    ("GET", "/sim/badges/<code>.png", badge_card),
    ("POST", "/sim/faults", faults),
    ("POST", "/sim/clock", clock),
)
"""What the stations, the paper, the faults and the clock answer."""
