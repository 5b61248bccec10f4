"""One TOML file says where things are: `/etc/boite/boite.toml` on a box, made by `boite demo` on a PC.

It holds no secret and no name: secrets are files that it points to, names are sealed in the database.
"""

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.clock import Clock, ConfirmedClock, SimulatedClock, SystemClock
from appliance.domain.permissions import Nature

DEFAULT_PATH = Path("/etc/boite/boite.toml")


class ConfigError(Exception):
    """The configuration is missing or wrong. Its text is French and names the file and the remedy."""


@dataclass(frozen=True)
class HubConfig:
    """The hub's addresses."""

    bind: str = "0.0.0.0"  # noqa: S104  the teacher's page is for the class network
    https_port: int = 443
    http_port: int = 80
    """Answers only with a redirection to HTTPS; 0 for none."""
    announce: bool = True
    """Tell the LAN by zeroconf."""
    link_base: str = ""
    """What stickers begin with; empty for `https://<host>.local`."""


@dataclass(frozen=True)
class StationConfig:
    """One panel. Device names are stable names (ALSA card id, camera number), never changing indexes."""

    id: str
    nature: Nature
    """What it captures: a voice, or a picture of a production."""
    microphone: str = ""
    loudspeaker: str = ""
    badge_camera: int | None = None
    tray_camera: int | None = None
    volume: float = 1.0
    """Of the loudspeaker or headphones, from 0 (soft, yet heard) to 1 (never above a safe cap)."""
    badge_reader: str = ""
    """A reader that types what it reads: `/dev/input/by-id/…-event-kbd`; empty for none."""
    limit_seconds: int = 180
    """Longest take (requirements §3.1, L-READ)."""
    satellite: bool = False
    """It runs on another Raspberry Pi than the hub and reaches it by the network."""


@dataclass(frozen=True)
class PrinterConfig:
    """How to reach the printer."""

    connection: str = "file"
    """`file` (a device node), `network` (host:port) or `none`."""
    address: str = "/dev/boite-printer"
    profile: str = "NT-5890K"
    """A python-escpos profile name."""
    timeout_seconds: float = 5.0


@dataclass(frozen=True)
class EntConfig:
    """The ENT the school configured; `none` leaves everything else working."""

    kind: str = "none"
    """`webdav` or `none`."""
    url: str = ""
    user: str = ""
    password_file: Path | None = None
    timeout_seconds: float = 30.0


@dataclass(frozen=True)
class BackupConfig:
    """Where the nightly copy of the box goes."""

    folder: Path | None = None
    """A folder of another disk, such as a USB stick; None for no backup."""
    same_disk: bool = False
    """Let it lie on the box's own disk: a demonstration, never a class."""
    ent_folder: str = ""
    """A folder of the space in `[ent]`, with slashes between names; empty for no copy there."""


@dataclass(frozen=True)
class Config:
    """Everything a process needs to know to start."""

    path: Path
    data: Path
    """What survives a power loss: sealed, always."""
    run: Path
    """Sockets and secrets that must not survive one: a RAM file system."""
    host: str = "boite"
    """Single label: `<host>.local` (dotted labels do not resolve everywhere)."""
    watermark: str = ""
    """Printed and shown everywhere when not empty: DÉMO."""
    simulated_clock: Path | None = None
    hub: HubConfig = field(default_factory=HubConfig)
    stations: tuple[StationConfig, ...] = ()
    printer: PrinterConfig = field(default_factory=PrinterConfig)
    ent: EntConfig = field(default_factory=EntConfig)
    backup: BackupConfig = field(default_factory=BackupConfig)

    @property
    def link_base(self) -> str:
        """What every sticker's link begins with, without a final slash."""
        return self.hub.link_base or f"https://{self.host}.local"

    def station(self, station_id: str) -> StationConfig:
        """Return one station's configuration, or raise ConfigError."""
        for station in self.stations:
            if station.id == station_id:
                return station
        raise ConfigError(f"{self.path} : pas de station « {station_id} ». Ajoutez-la dans [[stations]].")

    def spool(self, station_id: str) -> Path:
        """Where a station keeps what the hub has not taken in yet."""
        return self.data / "spool" / station_id

    def socket(self, role: str) -> Path:
        """The hub's UNIX socket for `station`, `printer` or `sync`."""
        return self.run / f"hub-{role}.sock"

    def clock(self) -> Clock:
        """The clock of this box."""
        clock = SimulatedClock(self.simulated_clock) if self.simulated_clock else SystemClock()
        return ConfirmedClock(clock, self.run)


def find_config(explicit: Path | None = None) -> Path:
    """Return the configuration to use: the one asked for, `$BOITE_CONFIG`, the box's, then the demo's.

    Raises ConfigError when there is none.
    """
    if explicit is not None:
        path = explicit / "boite.toml" if explicit.is_dir() else explicit
        candidates = [path]
    else:
        candidates = [DEFAULT_PATH, Path(".demo/boite.toml")]
        if "BOITE_CONFIG" in os.environ:
            candidates.insert(0, Path(os.environ["BOITE_CONFIG"]))
    for path in candidates:
        if path.is_file():
            return path.resolve()
    raise ConfigError(
        f"Pas de configuration ({candidates[0]}). Installez la boîte, ou lancez d’abord « ./boite demo »."
    )


def load_config(path: Path) -> Config:
    """Read a configuration file; ConfigError names the line or the key that is wrong."""
    try:
        with path.open("rb") as file:
            raw = tomllib.load(file)
        return _parse(path, raw)
    except OSError as error:
        raise ConfigError(
            f"{path} : illisible ({error.strerror}). Vérifiez le fichier et ses droits."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} : ce n’est pas du TOML ({error}). Corrigez cette ligne.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{path} : réglage manquant ou inconnu ({error}). Voir docs/configuration.md."
        ) from error


def _parse(path: Path, raw: dict[str, Any]) -> Config:
    box = raw["box"]
    ent = dict(raw.get("ent", {}))
    if "password_file" in ent:
        ent["password_file"] = Path(ent["password_file"])
    backup = dict(raw.get("backup", {}))
    if "folder" in backup:
        backup["folder"] = Path(backup["folder"])
    stations = tuple(
        StationConfig(**{**station, "nature": Nature(station["nature"])})
        for station in raw.get("stations", [])
    )
    clock = box.get("simulated_clock")
    return Config(
        path=path,
        data=Path(box["data"]),
        run=Path(box["run"]),
        host=box.get("host", "boite"),
        watermark=box.get("watermark", ""),
        simulated_clock=Path(clock) if clock else None,
        hub=HubConfig(**raw.get("hub", {})),
        stations=stations,
        printer=PrinterConfig(**raw.get("printer", {})),
        ent=EntConfig(**ent),
        backup=BackupConfig(**backup),
    )
