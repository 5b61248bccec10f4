"""Where a demo lives: the box's data, what is outside of the box, what is only in memory, and its ports."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

STATIONS = ("A", "B")
ENT_USER = "ecole"


@dataclass(frozen=True)
class Ports:
    """Five ports in a row on 127.0.0.1, from the panel's."""

    panel: int

    @property
    def https(self) -> int:
        """The teacher's pages."""
        return self.panel + 1

    @property
    def http(self) -> int:
        """The hub's plain door, which only sends to the other."""
        return self.panel + 2

    @property
    def ent(self) -> int:
        """The WebDAV server that stands for the ENT."""
        return self.panel + 3

    @property
    def paper(self) -> int:
        """The printer, as a network printer would listen."""
        return self.panel + 4

    def all(self) -> tuple[int, ...]:
        """Every port that must be free."""
        return (self.panel, self.https, self.http, self.ent, self.paper)


@dataclass(frozen=True)
class Places:
    """The folders of one demo."""

    data: Path
    """The box's own folder: sealed, as on its card."""

    @property
    def outside(self) -> Path:
        """What is not on the box: the envelope, the ENT's files, the paper, what devices are given."""
        return self.data.with_name(f"{self.data.name}.outside")

    @property
    def config(self) -> Path:
        """The box's configuration."""
        return self.data / "boite.toml"

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.data / "logs"

    @property
    def envelope(self) -> Path:
        """What the first start shows once, and a school keeps in a sealed envelope."""
        return self.outside / "enveloppe"

    @property
    def passphrase(self) -> Path:
        """The seven words."""
        return self.envelope / "passphrase.txt"

    @property
    def recovery(self) -> Path:
        """An identity file for the ordinary `age` command."""
        return self.envelope / "recovery.txt"

    @property
    def ent(self) -> Path:
        """What the ENT stores."""
        return self.outside / "ent"

    @property
    def ent_password(self) -> Path:
        """The school's password at the ENT."""
        return self.outside / "ent-mot-de-passe.txt"

    @property
    def papers(self) -> Path:
        """The stickers that came out, as pictures."""
        return self.outside / "papier"

    @property
    def material(self) -> Path:
        """What each station hears and sees."""
        return self.outside / "ateliers"

    @property
    def clock(self) -> Path:
        """The simulated time; like a clock with a battery, it goes on while the demo is stopped."""
        return self.outside / "horloge.json"

    @property
    def run(self) -> Path:
        """Sockets and the run key, in RAM. Short, because a UNIX socket's path holds 107 bytes."""
        name = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return _memory_folder() / f"boite-demo-{os.getuid()}-{name}"

    @property
    def link(self) -> Path:
        """Where station processes find their devices."""
        return self.run / "link.sock"


def _memory_folder() -> Path:
    asked = os.environ.get("XDG_RUNTIME_DIR")
    candidates = ([Path(asked)] if asked else []) + [Path("/run"), Path("/dev/shm")]  # noqa: S108
    for folder in candidates:
        if _is_memory(folder) and len(os.fsencode(folder)) < 60 and os.access(folder, os.W_OK | os.X_OK):
            return folder
    return Path(tempfile.gettempdir())


def _is_memory(folder: Path) -> bool:
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    holding = [(len(point), kind) for _, point, kind, *_ in mounts if folder.is_relative_to(point)]
    return bool(holding) and max(holding)[1] == "tmpfs"
