"""The hub's memory: the open database, the shelf, and the private key while the class is open."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pyrage import x25519

from appliance.clock import Clock
from appliance.config import Config
from appliance.domain.audit import Role
from appliance.domain.ids import new_id
from appliance.hub.errands import Errands
from appliance.hub.shelf import Shelf
from appliance.store import settings
from appliance.store.database import Database, open_database
from appliance.vault.files import make_folder, write_durably
from appliance.vault.keys import KeyFolder
from appliance.vault.opening import Opener
from appliance.vault.sealing import Sealer

_LAST_WORDS = 10.0
"""Seconds given to what is at work when the hub stops."""
_acting: ContextVar[Role | None] = ContextVar("acting", default=None)
"""Who the present request acts for."""


class Locked(Exception):
    """The class is locked: nothing sealed can be opened before the teacher unlocks it."""


class Box:
    """Everything the hub's use cases share. One per process."""

    def __init__(
        self, config: Config, clock: Clock, random_bytes: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        make_folder(config.data)
        make_folder(config.run)
        self.config = config
        self.clock = clock
        self.random_bytes = random_bytes
        self.shelf = Shelf(config.data)
        self.database: Database = open_database(config.data, clock.read().now)
        self.keys = KeyFolder(config.data / "keys")
        self.keys.settle()
        self.changed = threading.Condition()
        self.errands = Errands()
        self.closing = False
        """Nobody waits any more: the hub is stopping."""
        self.trial_sticker: datetime | None = None
        """When somebody wanted to see that the printer prints."""
        self.names: dict[bytes, dict[str, Any]] = {}
        """Opened names by their sealed form; empty while locked."""
        self.needs: dict[str, tuple[str, bool]] = {}
        """Language and slowness of the pupils, as of the last opening: a lock keeps them, for the stations;
        a loss of power does not."""
        self.reports: dict[str, dict[str, Any]] = {}
        """What each process last said of itself: `station:A`, `printer`, `boot`. In memory only: a card
        wears out with each write, and a process that lives says it again within seconds."""
        self.opened_by = Role.TEACHER
        """Who opened the class last."""
        self.opened_at: datetime | None = None
        """Since when the class is open; None while it is locked."""
        self.background: threading.Thread | None = None
        """What works with the key beside the pages; it stops when the class is locked."""
        self.coming_in = threading.Lock()
        """Two who open at the same moment open one class."""
        self._opener: Opener | None = None
        self._sealer: Sealer | None = None
        self._sealing = threading.Lock()
        self._run_key = _run_key(config.run / "parcels.key")
        self.shelf.forget_other_parcels(self.run_key_name)
        self.shelf.clear_incoming()

    def now(self) -> datetime:
        """The time now."""
        return self.clock.read().now

    def today(self) -> date:
        """The day to judge by: a clock set back never gives life back (law.md §2.5)."""
        high_water = settings.high_water(self.database)
        now = self.now()
        return max(now, high_water).date() if high_water else now.date()

    def new_id(self) -> str:
        """Return a fresh UUIDv7."""
        return new_id(self.now(), self.random_bytes(10))

    @property
    def is_set_up(self) -> bool:
        """Whether the class key exists."""
        return self.keys.exists()

    @property
    def is_open(self) -> bool:
        """Whether the class is open: the private key is in memory."""
        return self._opener is not None

    @property
    def opener(self) -> Opener:
        """The private key; Locked when it is not in memory."""
        opener = self._opener
        if opener is None:
            raise Locked
        return opener

    @property
    def adult(self) -> str:
        """Id of the adult who opened the class; empty while locked, or opened with the envelope."""
        opener = self._opener
        return opener.adult if opener is not None else ""

    @property
    def actor(self) -> Role:
        """Who acts: whoever the present request is for, or else who opened the class."""
        return _acting.get() or self.opened_by

    @contextmanager
    def acting_as(self, role: Role) -> Iterator[None]:
        """Let what is done inside be this role's, in this thread: the journal says so."""
        token = _acting.set(role)
        try:
            yield
        finally:
            _acting.reset(token)

    @property
    def sealer(self) -> Sealer:
        """The public keys of the class."""
        # Under a lock: keys read just before they changed must not be kept just after.
        with self._sealing:
            if self._sealer is None:
                self._sealer = self.keys.sealer()
            return self._sealer

    def keys_changed(self) -> None:
        """Seal for the keys that the folder holds now, and let the stations know."""
        with self._sealing:
            self._sealer = None
        self.announce_change()

    @property
    def run_key(self) -> str:
        """The age identity of this power-on, in RAM; what waits for the ENT is sealed to it."""
        return self._run_key

    @property
    def run_key_name(self) -> str:
        """A name for it that tells nothing."""
        return str(x25519.Identity.from_str(self._run_key).to_public())[4:20]

    def set_opener(self, opener: Opener | None, role: Role = Role.TEACHER) -> None:
        """Open the class, or lock it with None; `role` says who opens."""
        if opener is None:
            self.names = {}
            self.opened_at = None
        else:
            self.opened_by, self.opened_at = role, self.now()
        self._opener = opener
        self.announce_change()

    def forget_opener(self) -> Opener | None:
        """Lock the class and return the key that was in memory, or None when it was locked already."""
        opener = self._opener
        if opener is not None:
            self.set_opener(None)
        return opener

    def announce_change(self) -> None:
        """Wake whoever waits for something to print or show."""
        with self.changed:
            self.changed.notify_all()

    def stop_waiting(self) -> None:
        """Let every wait for a change end at once, now and from now on."""
        self.closing = True
        self.announce_change()

    def close(self) -> None:
        """Lock, and close the database. Whoever waits for a change is woken first."""
        self.stop_waiting()
        self.set_opener(None)
        if self.background is not None:
            self.background.join(_LAST_WORDS)
        self.database.close()


def _run_key(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        identity = str(x25519.Identity.generate())
    write_durably(path, identity.encode(), mode=0o600)
    return identity
