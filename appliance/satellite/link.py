"""A satellite's way to its hub: pinned HTTPS in its own name, wherever the hub has moved, without a storm."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from appliance.pinned_http import BrokeOff, WrongHub, request_pinned
from appliance.satellite import bond as bonds
from appliance.satellite.bond import Bond
from appliance.satellite.clock import HubClock
from appliance.satellite.finding import Place, find_hub
from appliance.satellite.patience import Patience
from appliance.unix_http import HubUnavailable, Response

log = logging.getLogger(__name__)

PREFIX = "/satellite"
NOT_LINKED = 401
FAULTS = "X-Boite-Faults"
_UPLOAD = "PUT"


def _patience() -> Patience:
    return Patience(time.monotonic, random.random)


class SatelliteLink:
    """A `station.link.HubLink` over the network, for any thread of the station."""

    def __init__(
        self,
        folder: Path,
        bond: Bond,
        clock: HubClock,
        cut_off: Callable[[], None],
        find: Callable[[bytes], Place | None] = find_hub,
        patience: Callable[[], Patience] = _patience,
        own_faults: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        """`cut_off` is called once the hub has said that it knows this station no more.

        `own_faults` names what this machine suffers from, which a hub cannot see for itself.
        """
        self._folder = folder
        self._bond = self._saved = bond
        self._clock = clock
        self._cut_off = cut_off
        self._find = find
        self._own_faults = own_faults
        self._patience = patience()
        # Apart: on a link that carries little and breaks, withdrawals still come while no take gets through.
        self._upload_patience = patience()
        self._moving = threading.Lock()

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10.0,
    ) -> Response:
        """See `HubLink`; while a hub that was away is left in peace, HubUnavailable comes at once."""
        patiences = [self._patience] + [self._upload_patience] * (method == _UPLOAD)
        if not all(patience.may_try() for patience in patiences):
            raise HubUnavailable("the hub was away a moment ago")
        bond = self._bond
        try:
            answer = self._send(bond, method, path, body, dict(headers or {}), timeout)
        except BrokeOff:
            patiences[-1].failed()
            raise
        except HubUnavailable as error:
            if isinstance(error, WrongHub):
                log.warning("%s:%d: %s", bond.address, bond.port, error)
            for patience in patiences:
                patience.failed()
            self._look_elsewhere(bond)
            raise
        for patience in patiences:
            patience.succeeded()
        if answer.status == NOT_LINKED:
            log.warning("the hub has cut this station off: it has to be linked again")
            try:
                bonds.drop(self._folder)
            finally:
                self._cut_off()
            raise HubUnavailable("not linked any more")
        self._remember_place(bond)
        return answer

    def _send(
        self, bond: Bond, method: str, path: str, body: bytes | None, headers: dict[str, str], timeout: float
    ) -> Response:
        if FAULTS in headers:
            headers[FAULTS] = ",".join(filter(None, (headers[FAULTS], *self._own_faults())))
        own = {"X-Boite-Station": bond.station, "Authorization": f"Boite {bond.secret}"}
        sent = time.monotonic()
        answer = request_pinned(
            bond.address, bond.port, bond.pin, method, PREFIX + path, body, headers | own, timeout
        )
        observe(self._clock, sent, time.monotonic(), answer)
        return answer

    def _look_elsewhere(self, failed: Bond) -> None:
        with self._moving:
            if self._bond is not failed:
                return
            if failed is not self._saved:
                # Whoever said that it was there has proved nothing: back to where the hub was.
                self._bond = self._saved
                return
            place = self._find(failed.pin)
            if place is None or place == Place(failed.address, failed.port):
                return
            log.info("the hub says that it is at %s:%d now", place.address, place.port)
            self._bond = replace(failed, address=place.address, port=place.port)
        self._patience.succeeded()
        self._upload_patience.succeeded()

    def _remember_place(self, proved: Bond) -> None:
        if proved is self._saved:
            return
        with self._moving:
            with suppress(OSError):
                bonds.save(self._folder, proved)
            self._saved = proved


def observe(clock: HubClock, sent: float, received: float, answer: Response) -> None:
    """Teach a clock what an answer says of the time, if it says anything."""
    try:
        hub = datetime.fromisoformat(answer.headers["x-boite-time"])
    except (KeyError, ValueError):
        return
    if hub.tzinfo is not None:
        clock.observe(sent, received, hub, trusted=answer.headers.get("x-boite-time-trusted") == "1")
