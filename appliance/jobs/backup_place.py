"""What a run of the backup asks of where it lies: a stick (`backup_folder`), the ENT (`backup_locker`)."""

from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from appliance.jobs.backup_folder import Snapshot
from appliance.vault.sealing import Sealer


class Place(Protocol):
    """Where one box's backup lies. Names are the box's own (`backup_folder.name_of`).

    A full place raises OSError with ENOSPC; one that gives back other bytes, Unreliable.
    """

    files: dict[str, str]
    """SHA-256 by name of the sealed files that are here."""
    recheck_runs: int
    """Every file is read again once in so many runs."""

    def clear_leftovers(self) -> None:
        """Remove what a cut left half written."""

    def names(self) -> Iterator[str]:
        """Yield the names of the sealed files that are listed or lie here, each once."""

    def holds(self, name: str, size: int, digest: str | None) -> bool:
        """Whether a sealed file is here with this size and, when it is known, this SHA-256."""

    def digest_of(self, name: str) -> str | None:
        """Return a sealed file's SHA-256 as it is read here, or None."""

    def copied_at(self, name: str) -> datetime | None:
        """Return when a sealed file came here, or None when nobody knows."""

    def room(self) -> int | None:
        """Return the bytes left, or None when nobody knows before it is full."""

    def carry(self, source: Path, name: str, expected: str | None) -> None:
        """Copy a sealed file here; it counts from the next `save`. Raises as `backup_files.copy`."""

    def doubt(self, name: str) -> None:
        """Trust a sealed file no more: it is copied again if the box still has it."""

    def forget(self, doomed: Collection[str]) -> None:
        """Erase sealed files, durably. The list no longer names them before they go."""

    def unlink(self, names: Collection[str]) -> None:
        """Erase sealed files while the list still names them: only to make room in a full place."""

    def save(self) -> None:
        """Write the list of the sealed files, once they are all here."""

    def tell(self, sealer: Sealer, since: Path) -> None:
        """Seal here what must hold whatever snapshot comes back."""

    def explain(self, text: str) -> None:
        """Leave a word for whoever finds it."""

    def snapshots(self) -> list[Snapshot]:
        """Return the snapshots, oldest first."""

    def key_of(self, snapshot: Snapshot) -> bytes:
        """Return the public key of the class that a snapshot is sealed for; empty when that is lost."""

    def begin(self, now: datetime) -> Snapshot:
        """Begin the next snapshot, which does not count before `publish`."""

    def seal_into(self, snapshot: Snapshot, sealer: Sealer, source: Path, name: str) -> str:
        """Seal a file into a new snapshot and return its SHA-256."""

    def copy_into(self, snapshot: Snapshot, source: Path, name: str) -> str:
        """Copy a file into a new snapshot and return its SHA-256."""

    def publish(self, snapshot: Snapshot, sums: dict[str, str]) -> None:
        """Let a snapshot whose files are all there appear."""

    def drop(self, snapshot: Snapshot) -> None:
        """Erase a snapshot; interrupted, the next run ends it."""
