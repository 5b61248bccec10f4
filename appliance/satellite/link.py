"""A satellite's way to its hub: pinned HTTPS in its own name, wherever the hub has moved, without a storm."""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from appliance.pinned_http import WrongHub, request_pinned
from appliance.satellite import bond as bonds
from appliance.satellite.bond import Bond
from appliance.satellite.clock import HubClock
from appliance.satellite.finding import Place, find_hub
from appliance.satellite.patience import Patience
from appliance.unix_http import HubUnavailable, Response

log = logging.getLogger(__name__)

PREFIX = "/satellite"
NOT_LINKED = 401


class SatelliteLink:
    """A `station.link.HubLink` over the network, for any thread of the station."""

    def __init__(
        self,
        folder: Path,
        bond: Bond,
        clock: HubClock,
        cut_off: Callable[[], None],
        find: Callable[[bytes], Place | None] = find_hub,
        patience: Patience | None = None,
    ) -> None:
        """`cut_off` is called once the hub has said that it knows this station no more."""
        self._folder = folder
        self._bond = self._saved = bond
        self._clock = clock
        self._cut_off = cut_off
        self._find = find
        self._patience = patience or Patience(time.monotonic, random.random)
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
        if not self._patience.may_try():
            raise HubUnavailable("the hub was away a moment ago")
        try:
            answer = self._send(method, path, body, dict(headers or {}), timeout)
        except HubUnavailable as error:
            if isinstance(error, WrongHub):
                log.warning("%s:%d: %s", self._bond.address, self._bond.port, error)
            self._patience.failed()
            self._look_elsewhere()
            raise
        self._patience.succeeded()
        if answer.status == NOT_LINKED:
            log.warning("the hub has cut this station off: it has to be linked again")
            bonds.drop(self._folder)
            self._cut_off()
            raise HubUnavailable("not linked any more")
        self._remember_place()
        return answer

    def _send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], timeout: float
    ) -> Response:
        bond = self._bond
        own = {"X-Boite-Station": bond.station, "Authorization": f"Boite {bond.secret}"}
        sent = time.monotonic()
        answer = request_pinned(
            bond.address, bond.port, bond.pin, method, PREFIX + path, body, headers | own, timeout
        )
        observe(self._clock, sent, time.monotonic(), answer)
        return answer

    def _look_elsewhere(self) -> None:
        with self._moving:
            place = self._find(self._bond.pin)
            if place is None or place == Place(self._bond.address, self._bond.port):
                return
            log.info("the hub says that it is at %s:%d now", place.address, place.port)
            self._bond = replace(self._bond, address=place.address, port=place.port)
        self._patience.succeeded()

    def _remember_place(self) -> None:
        if self._bond is self._saved:
            return
        with self._moving:
            with suppress(OSError):
                bonds.save(self._folder, self._bond)
            self._saved = self._bond


def observe(clock: HubClock, sent: float, received: float, answer: Response) -> None:
    """Teach a clock what an answer says of the time, if it says anything."""
    try:
        hub = datetime.fromisoformat(answer.headers["x-boite-time"])
    except (KeyError, ValueError):
        return
    if hub.tzinfo is not None:
        clock.observe(sent, received, hub, trusted=answer.headers.get("x-boite-time-trusted") == "1")
