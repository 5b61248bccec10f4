"""A copy for each family at the end of the year: one encrypted ZIP a pupil, and all of them in one parcel."""

import io
import secrets
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.errands import Report
from appliance.hub.rights import access_file, export_files
from appliance.store import exports, year_end
from appliance.store.exports import ExportRow
from appliance.vault.passphrase import make_passphrase

ERRAND = "keepsakes"
_BLOCK = 256 * 1024


@dataclass(frozen=True)
class Keepsake:
    """One family's copy, as the sheet for the teacher says it."""

    number: int
    """From 1: the place in the class list, and the name of the file."""
    pupil: people.Pupil
    words: str
    """Seven words that open it; nothing keeps them."""


def begin(box: Box) -> list[Keepsake]:
    """Start making a copy for each pupil with traces, and return what opens them: shown once.

    Locked when the class is; `errands.Busy` while another work goes on.
    """
    owners = set(year_end.owners(box.database))
    made = [
        Keepsake(number, pupil, make_passphrase(secrets.randbelow))
        for number, pupil in enumerate(people.every(box), 1)
        if pupil.id in owners
    ]

    def work(report: Report) -> None:
        for done, keepsake in enumerate(made):
            report(done, len(made))
            choice = access_file.Choice()
            access_file.build(box, keepsake.pupil, keepsake.words, choice, lambda _done, _total: None)
        report(len(made), len(made))

    box.errands.begin(ERRAND, work)
    return made


def ready(box: Box) -> dict[int, ExportRow]:
    """Return the latest copy of each pupil by their place in the class list; Locked when the class is."""
    newest: dict[str, ExportRow] = {}
    for row in exports.every(box.database):
        newest.setdefault(row.pupil, row)
    return {n: newest[p.id] for n, p in enumerate(people.every(box), 1) if p.id in newest}


def parcel(box: Box) -> Iterator[bytes]:
    """Yield one ZIP that holds every copy, each under its number, as it is sent; nothing is written.

    What is inside is encrypted already, and named by numbers only.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for number, row in ready(box).items():
            with (
                export_files.path_of(box, row.id).open("rb") as source,
                archive.open(f"{number:02d}.zip", "w", force_zip64=True) as target,
            ):
                while block := source.read(_BLOCK):
                    target.write(block)
                    yield sink.take()
            yield sink.take()
    yield sink.take()


def hand_all(box: Box) -> int:
    """Record that every copy was handed over today; return how many were."""
    waiting = [row for row in ready(box).values() if row.handed_on is None]
    for row in waiting:
        access_file.hand(box, row)
    return len(waiting)


class _Sink(io.RawIOBase):
    """Where a ZIP is written without a place to go back to: it is taken away block by block."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, block: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._blocks.append(bytes(block))
        return len(block)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self._blocks)
        self._blocks.clear()
        return taken
