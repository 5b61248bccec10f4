"""The doctor's checks of what the box keeps: disk, clock, keys and memory."""

import os
import sqlite3
from datetime import datetime
from pathlib import Path

from appliance.clock import Clock
from appliance.config import Config
from appliance.domain.retention import doubt
from appliance.domain.room import Room
from appliance.i18n import _, hour, long_day_year
from appliance.jobs.findings import Finding, amber, green, red
from appliance.station.room_left import Space, measure
from appliance.store import settings
from appliance.store.database import FILE_NAME, Database
from appliance.vault.keys import RECOVERY_PUBLIC, KeyFolder

_SWAPS = Path("/proc/swaps")
_BLOCK = Path("/sys/block")


def disk(config: Config) -> Finding:
    """Say how full the data's disk is, in the steps that E14 fixes."""
    try:
        return disk_use(measure(config.data))
    except OSError:
        return red(
            "disk",
            _("Le dossier des données ({folder}) est absent ou illisible.").format(folder=config.data),
            _("Vérifiez que la carte ou le disque est bien branché, puis redémarrez la boîte."),
        )


def disk_use(space: Space) -> Finding:
    """Say what the room left means for the class."""
    full = _("Le disque est rempli à {percent} %").format(percent=int(space.percent_used))
    sort_out = _("Ouvrez la page de la boîte et effacez des traces anciennes.")
    if space.room is Room.FULL:
        return red("disk", full + _(" : plus rien ne peut être enregistré."), sort_out)
    if space.room is Room.AUDIO_ONLY:
        return red(
            "disk", full + _(" : les photos et les films sont arrêtés, les voix continuent."), sort_out
        )
    if space.room is Room.PROPOSE:
        return amber("disk", full + _(" : faites bientôt de la place."), sort_out)
    if space.room is Room.WARN:
        return amber("disk", full + ".", _("Rien d’urgent. Pensez à effacer des traces anciennes."))
    return green("disk", full + ".")


def clock(config: Config, clock: Clock) -> Finding:
    """Say whether the clock may decide deletions."""
    reading = clock.read()
    shown = _("{day}, {hour}").format(day=long_day_year(reading.now.date()), hour=hour(reading.now))
    why = doubt(reading, _high_water(config))
    if why is None:
        return green("clock", _("L’horloge est sûre : {shown}.").format(shown=shown))
    reasons = {
        "untrusted": _("Rien ne confirme l’heure de la boîte ({shown})."),
        "unset": _("L’horloge n’est pas réglée ({shown})."),
        "backwards": _("L’horloge a reculé ({shown})."),
        "leap": _("L’horloge a avancé de plus de quatre mois ({shown})."),
    }
    return amber(
        "clock",
        reasons[why].format(shown=shown) + " " + _("En attendant, rien n’est effacé."),
        _("Reliez la boîte au réseau, mettez une pile d’horloge, ou confirmez la date sur la page."),
    )


def _high_water(config: Config) -> datetime | None:
    path = config.data / FILE_NAME
    if not path.is_file():
        return None
    database = Database(path, read_only=True)
    try:
        return settings.high_water(database)
    except sqlite3.Error:
        return None
    finally:
        database.close()


def key(config: Config) -> Finding:
    """Say whether the class key and its two ways in are there; never opens one."""
    folder = config.data / "keys"
    try:
        os.listdir(folder if folder.is_dir() else config.data)
        lost = KeyFolder(folder).lost()
    except PermissionError:
        return amber(
            "key",
            _("La clé de la classe ne peut pas être vérifiée par ce compte."),
            _("Relancez la vérification par « sudo boite doctor »."),
        )
    if lost is None:
        return amber(
            "key",
            _("La clé de la classe n’est pas encore créée."),
            _("Ouvrez https://{host}.local et suivez le premier démarrage.").format(host=config.host),
        )
    if lost == [RECOVERY_PUBLIC]:
        return red(
            "key",
            _("La clé de secours manque : mots oubliés, traces perdues."),
            _("Gardez les sept mots en lieu sûr et appelez l’ERUN."),
        )
    if lost:
        return red(
            "key",
            _("Une partie de la clé de la classe manque."),
            _("N’effacez rien et appelez l’ERUN : la clé de secours ouvre encore les traces."),
        )
    return green("key", _("La clé de la classe et la clé de secours sont en place."))


def swap() -> Finding:
    """Say whether names in memory could be written to the disk (law.md §8.4: no swap, or zram)."""
    on_disk = [device for device in _swap_devices() if _reaches_disk(device)]
    if on_disk:
        return red(
            "swap",
            _(
                "La mémoire d’échange écrit sur le disque ({devices}) : des prénoms pourraient y rester."
            ).format(devices=", ".join(on_disk)),
            _("Relancez image-build/install.sh, qui l’arrête, puis redémarrez la boîte."),
        )
    return green("swap", _("La mémoire vive ne déborde pas sur le disque."))


def _swap_devices() -> list[str]:
    try:
        return [line.split()[0] for line in _SWAPS.read_text().splitlines()[1:] if line.strip()]
    except OSError:
        return []


def _reaches_disk(device: str) -> bool:
    name = os.path.basename(device)
    if not name.startswith("zram"):
        return True
    try:
        return (_BLOCK / name / "backing_dev").read_text().strip() != "none"
    except OSError:
        return False
