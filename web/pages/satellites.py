"""Linking stations on other machines, and cutting them off."""

import ipaddress

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.announce import lan_addresses
from appliance.domain.pairing import FINGERPRINT_BYTES, LIFETIME
from appliance.domain.roles import Act
from appliance.hub import satellites
from appliance.i18n import _
from appliance.stickers.qr import Level, encode
from web.context import box
from web.drawing import qr_drawing
from web.fresh import require_fresh
from web.security import require
from web.tls import certificate_digest

bp = Blueprint("satellites", __name__, url_prefix="/stations/relier")
bp.before_request(require(Act.SET_STATIONS))
# A linked machine hears what the stickers open, while the class is open.
bp.before_request(require_fresh(every=("code",)))


@bp.get("")
def every() -> str:
    """List the stations on other machines, linked or not."""
    return render_template("satellites.html", satellites=satellites.every(box()))


@bp.post("/<station>/code")
def code(station: str) -> str | Response:
    """Make a code and show it, to hold in front of the station. It stands in no address and no history."""
    _known(station)
    address = _own_address()
    if address is None:
        flash(_("La boîte n’est sur aucun réseau. Branchez-la, ou vérifiez son Wi-Fi, puis recommencez."))
        return redirect(url_for("satellites.every"), 303)
    config = box().config
    pin = certificate_digest(config.data)[:FINGERPRINT_BYTES]
    made = satellites.invite(box(), station, address, config.hub.https_port, pin)
    return render_template(
        "satellite_code.html",
        station=station,
        drawing=qr_drawing(encode(made.text(), Level.M)),
        until=box().now() + LIFETIME,
    )


@bp.post("/<station>/couper")
def cut_off(station: str) -> Response:
    """Know the station no more."""
    _known(station)
    satellites.cut_off(box(), station)
    flash(_("C’est coupé : la boîte ne répond plus à la station %(name)s.") % {"name": station})
    return redirect(url_for("satellites.every"), 303)


def _known(station: str) -> None:
    if station not in {satellite.station for satellite in satellites.every(box())}:
        abort(404)


def _own_address() -> str | None:
    """Return the address by which this browser came, if it is one; else one of the box's on a network."""
    own = lan_addresses()
    name = request.host.rsplit(":", 1)[0]
    try:
        came_by = str(ipaddress.IPv4Address(name))
    except ValueError:
        came_by = ""
    return came_by if came_by in own else next(iter(own), None)
