"""What a linked station remembers of its hub: where it was last, its certificate, and their secret."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from appliance.vault.files import remove_durably, write_durably

FILE_NAME = "hub.json"
ROSTER_NAME = "roster.json"


@dataclass(frozen=True)
class Bond:
    """One link. It can send sealed captures to one hub in one station's name, and open nothing."""

    station: str
    address: str
    port: int
    fingerprint: str
    """Hexadecimal: the beginning of the SHA-256 of the hub's certificate."""
    secret: str
    """Hexadecimal."""

    @property
    def pin(self) -> bytes:
        """The fingerprint's bytes."""
        return bytes.fromhex(self.fingerprint)


def load(folder: Path) -> Bond | None:
    """Return the bond kept in a station's folder, or None when there is none that can be read."""
    try:
        return Bond(**json.loads((folder / FILE_NAME).read_bytes()))
    except (OSError, TypeError, ValueError):
        return None


def save(folder: Path, bond: Bond) -> None:
    """Write a bond, durably, for this process's account alone."""
    write_durably(folder / FILE_NAME, json.dumps(asdict(bond)).encode(), mode=0o600)


def drop(folder: Path) -> None:
    """Forget whom the hub let in, then the hub; the sealed spool stays.

    In this order: without a roster the hub is asked, and says again that it knows this station no more.
    """
    remove_durably(folder / ROSTER_NAME)
    remove_durably(folder / FILE_NAME)
