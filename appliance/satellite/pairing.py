"""Linking a station to a hub: a press, the code in front of the badge camera, one exchange, a bond."""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from appliance import systemd
from appliance.devices.ports import Camera, CameraStream, DeviceError, LightState, LumaFrame, StationDevices
from appliance.domain.pairing import SECRET_BYTES, PairingCode, parse_pairing
from appliance.i18n import _
from appliance.pinned_http import request_pinned
from appliance.satellite import bond as bonds
from appliance.satellite.bond import Bond
from appliance.satellite.finding import Place, find_hub
from appliance.satellite.link import PREFIX
from appliance.station.lamp import Lamp
from appliance.station.prompts import Voice
from appliance.unix_http import HubUnavailable

log = logging.getLogger(__name__)

LOOK_SECONDS = 20.0
"""Rule 1: a camera looks for so long after a press, at most."""
FRAME_TIMEOUT = 2.0
EXCHANGE_SECONDS = 6.0
TRIES = 3
HEARTBEAT_SECONDS = 1.0


class PairingRefused(Exception):
    """The hub does not take this code. The text is French."""


def exchange(code: PairingCode, station: str, secret: bytes) -> Bond:
    """Give the hub this station's own secret for the code's one-time one, and return the bond.

    The station chooses the secret: an answer lost on the way is asked for again, and the hub that has
    taken the first knows it. Raises PairingRefused, or HubUnavailable when no answer came at all.
    """
    body = json.dumps({"station": station, "one_time": code.one_time.hex(), "secret": secret.hex()}).encode()
    place, pin = Place(code.address, code.port), code.fingerprint
    away = HubUnavailable("nobody was asked")
    for _turn in range(TRIES):
        systemd.alive()
        try:
            answer = request_pinned(
                place.address, place.port, pin, "POST", f"{PREFIX}/link", body, timeout=EXCHANGE_SECONDS
            )
        except HubUnavailable as error:
            away = error
            place = find_hub(pin) or place
            continue
        if answer.status != 204:
            raise PairingRefused(_reason(answer.body))
        return Bond(station, place.address, place.port, pin.hex(), secret.hex())
    raise away


def read_pairing(frame: LumaFrame) -> PairingCode | None:
    """Return the pairing code in a grey picture, or None."""
    import numpy as np
    import zxingcpp

    grey = np.frombuffer(frame.data, np.uint8).reshape(frame.height, frame.width)
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    codes = (parse_pairing(barcode.text) for barcode in zxingcpp.read_barcodes(grey, formats=formats))
    return next((code for code in codes if code is not None), None)


class PairingPanel:
    """The panel of a station that knows no hub: it says *attends* and asks for the code, nothing else."""

    def __init__(
        self,
        station: str,
        devices: StationDevices,
        folder: Path,
        observer: Callable[[str, dict[str, object]], None],
    ) -> None:
        self._station = station
        self._devices = devices
        self._folder = folder
        self._lamp = Lamp(devices.light)
        self._observer = observer
        self._voice = Voice(devices.loudspeaker, lambda name: observer("prompt", {"name": name}))
        self._pressed = threading.Event()

    def run(self, stop: threading.Event) -> Bond | None:
        """Wait for a code and return the bond made with it, kept on disk; None when asked to stop."""
        for button in self._devices.buttons.values():
            button.when_pressed(self._pressed.set)
        self._say(LightState.WAIT, "needs_pairing")
        systemd.ready()
        while not stop.is_set():
            systemd.alive()
            if self._pressed.wait(HEARTBEAT_SECONDS):
                bond = self._attempt(stop)
                if bond is not None:
                    return bond
        return None

    def _attempt(self, stop: threading.Event) -> Bond | None:
        try:
            code = self._look(stop)
            if code is None:
                self._say(LightState.WAIT, "needs_pairing")
                return None
            self._say(LightState.WAIT, "wait")
            bond = exchange(code, self._station, secrets.token_bytes(SECRET_BYTES))
            # Nothing of what another hub let in serves with this one.
            bonds.drop(self._folder)
            bonds.save(self._folder, bond)
        except (DeviceError, HubUnavailable, PairingRefused, OSError) as error:
            log.warning("not linked: %s", error)
            self._say(LightState.CANNOT, "not_ready")
            return None
        finally:
            # What was pressed meanwhile was impatience, not a second wish.
            self._pressed.clear()
        log.info("linked to the hub at %s:%d", bond.address, bond.port)
        self._lamp.show(LightState.KEPT)
        # To its end: the station's own voice comes next, on the same loudspeaker.
        self._voice.signal("paired")
        return bond

    def _look(self, stop: threading.Event) -> PairingCode | None:
        camera: Camera | None = self._devices.badge_camera
        if camera is None:
            raise DeviceError(_("Cette station n’a pas de caméra pour lire le code. Branchez-en une."))
        self._observer("panel", {"state": "pairing_look"})
        with self._lamp.streaming(LightState.LOOKING), camera.open() as stream:
            return _first_code(stream, stop)

    def _say(self, light: LightState, prompt: str) -> None:
        self._lamp.show(light)
        self._observer("panel", {"state": f"pairing_{light}"})
        self._voice.say(prompt)


def _first_code(stream: CameraStream, stop: threading.Event) -> PairingCode | None:
    deadline = time.monotonic() + LOOK_SECONDS
    while not stop.is_set() and time.monotonic() < deadline:
        systemd.alive()
        code = read_pairing(stream.luma(FRAME_TIMEOUT))
        if code is not None:
            return code
    return None


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (KeyError, TypeError, ValueError):
        return _("La boîte n’a pas accepté ce code. Faites-en un autre sur sa page.")
