"""The way to the hub: rosters come, takes go, each exactly once; the hub may be away as long as it likes."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path

from appliance.domain.roster import Roster
from appliance.station.link import HubLink
from appliance.station.recordings import Recordings, refresh
from appliance.station.spool import Spool, Take
from appliance.unix_http import HubUnavailable, Response
from appliance.vault.files import write_durably

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
"""How often the roster is asked for: a withdrawal reaches the buttons within 5 s (E21)."""
FIRST_POLL_SECONDS = 0.2
"""The same until the first answer: hub and stations start together."""
REWRITE_AFTER = timedelta(hours=1)
"""An unchanged roster is written this often: a card wears out with each write."""
NAMES_SECONDS = 600.0
"""How long a station whose hub is away may still say first names: a lock would not reach it."""
TIMEOUT = 20.0
TAKEN = (200, 201)
NOT_WANTED = (403, 410)
"""No permission any more, or erased since: the station's copy goes too."""


class Uplink:
    """Runs in a thread of its own, so that a slow hub never delays a button."""

    def __init__(
        self,
        link: HubLink,
        station: str,
        spool: Spool,
        roster_file: Path,
        faults: Callable[[], Iterable[str]] = tuple,
        recordings: Recordings | None = None,
    ) -> None:
        """`faults` names the devices that are missing; the hub is told at each roster.

        `recordings` are kept up to date with the teacher's voice.
        """
        self._link = link
        self._faults = faults
        self._recordings = recordings
        self._station = station
        self._spool = spool
        self._roster_file = roster_file
        self._roster = self._on_disk = _load(roster_file)
        self._wake = threading.Event()
        self._answered = threading.Event()
        self._overflows = 0
        self._voices_at = time.monotonic()

    @property
    def roster(self) -> Roster | None:
        """The latest roster; None before the first."""
        return self._roster

    def wait_for_roster(self, seconds: float) -> bool:
        """Wait for the first roster since this station started; whether it came."""
        return self._answered.wait(seconds)

    def count_overflows(self, count: int) -> None:
        """Add to the times that the microphone lost samples since this station started."""
        if count:
            log.warning("the microphone lost samples %d time(s) in one take", count)
            self._overflows += count

    def wake(self) -> None:
        """Deliver now."""
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Fetch and deliver until `stop`."""
        while not stop.is_set():
            self._wake.clear()
            # Apart: a take that does not get through must not keep a withdrawal from coming.
            self._attempt(self.deliver)
            self._attempt(self.refresh)
            self._attempt(self.refresh_voices)
            self._wake.wait(POLL_SECONDS if self._answered.is_set() else FIRST_POLL_SECONDS)

    def _attempt(self, step: Callable[[], None]) -> None:
        try:
            step()
        except HubUnavailable:
            log.debug("the hub is away")
        except (OSError, KeyError, TypeError, ValueError) as error:
            log.warning("the hub or the disk answered oddly: %s", type(error).__name__)

    def refresh(self) -> None:
        """Fetch the roster; HubUnavailable when the hub is away."""
        response = self._link.request(
            "GET",
            f"/roster/{self._station}",
            headers={
                "X-Boite-Overflows": str(self._overflows),
                "X-Boite-Faults": ",".join(self._faults()),
                # Once nothing from before is held, the hub may destroy a former class key.
                "X-Boite-Key": self._roster.recipients[0] if self._roster and self._roster.recipients else "",
                "X-Boite-Held": str(self._spool.held()),
            },
            timeout=TIMEOUT,
        )
        if response.status != 200:
            log.warning("no roster: the hub answered %d", response.status)
            return
        roster = Roster.from_json(json.loads(response.body))
        # In force before it is written: a full disk must not put off a withdrawal.
        self._roster = roster
        self._answered.set()
        kept = roster.for_disk()
        if self._on_disk is None or _differs(kept, self._on_disk):
            write_durably(self._roster_file, json.dumps(kept.to_json()).encode())
            self._on_disk = kept

    def refresh_voices(self) -> None:
        """Fetch what the teacher recorded since; HubUnavailable when the hub is away."""
        if self._recordings is None or not self._answered.is_set():
            return
        try:
            refresh(self._recordings, self._station, partial(self._link.request, "GET", timeout=TIMEOUT))
        except HubUnavailable:
            if time.monotonic() - self._voices_at > NAMES_SECONDS:
                self._recordings.forget_names()
            raise
        self._voices_at = time.monotonic()

    def deliver(self) -> None:
        """Hand over every take that leaves; HubUnavailable when the hub is away."""
        for take in self._spool.leaving():
            try:
                response = self._send(take)
            except OSError as error:
                # One unreadable take must not hold up the others.
                log.warning("take %s cannot be read: %s", take.id, error.strerror)
                continue
            if response.status in TAKEN:
                log.info("take %s handed over", take.id)
                self._spool.discard(take.id)
            elif response.status in NOT_WANTED:
                log.warning("take %s erased: the hub answered %d", take.id, response.status)
                self._spool.discard(take.id)
            else:
                log.warning("take %s waits: the hub answered %d", take.id, response.status)

    def _send(self, take: Take) -> Response:
        beside = {"thumbnail": self._spool.thumbnail(take), "caption": self._spool.caption(take)}
        for name, path in beside.items():
            if not path.is_file():
                continue
            response = self._link.request(
                "PUT", f"/captures/{take.id}/{name}", body=path.read_bytes(), timeout=TIMEOUT
            )
            if response.status >= 500:
                return response
        facts = self._spool.facts(take)
        return self._link.request(
            "PUT",
            f"/captures/{take.id}",
            body=self._spool.media(take).read_bytes(),
            headers={"X-Boite-Facts": json.dumps(facts.to_json())},
            timeout=TIMEOUT,
        )


def _differs(new: Roster, old: Roster) -> bool:
    """Whether a roster is worth a write: after a restart without the hub it serves for 12 hours."""
    same = {**new.to_json(), "issued_at": None} == {**old.to_json(), "issued_at": None}
    return not same or abs(new.issued_at - old.issued_at) > REWRITE_AFTER


def _load(path: Path) -> Roster | None:
    try:
        return Roster.from_json(json.loads(path.read_bytes()))
    except (OSError, KeyError, TypeError, ValueError):
        return None
