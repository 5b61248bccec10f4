"""The doctor's checks of what is plugged in: each station's devices, and the printer."""

import errno
import json
import subprocess
import sys
from collections.abc import Sequence

from appliance.config import Config, StationConfig
from appliance.devices.ports import DeviceError, PaperState
from appliance.devices.printer import printer_from_config
from appliance.i18n import _
from appliance.jobs.findings import Finding, Level, amber, green, red
from appliance.jobs.probe import planned, told
from appliance.satellite import bond as bonds
from appliance.store.database import FILE_NAME

_PROBE = (sys.executable, "-m", "appliance.jobs.probe")
_PROBE_SECONDS = 40.0
"""picamera2 takes seconds to load on a cold card; past this something is frozen."""


def stations(config: Config) -> list[Finding]:
    """Look at the devices of each station."""
    if config.simulated_clock is not None:
        return [
            green(
                f"station-{station.id}",
                _("Station {station} : simulée, sur la page de démonstration.").format(station=station.id),
            )
            for station in config.stations
        ]
    if not config.stations:
        return [
            red(
                "stations",
                _("Aucune station n’est configurée."),
                _("Ajoutez une partie [[stations]] dans {file}.").format(file=config.path),
            )
        ]
    only_satellites = holds_no_hub(config)
    looks = (
        station_devices(config, station) if station.satellite is only_satellites else [_elsewhere(station)]
        for station in config.stations
    )
    return [finding for look in looks for finding in look]


def holds_no_hub(config: Config) -> bool:
    """Whether this machine only holds stations of another box: it never had a database."""
    if not config.stations or not all(station.satellite for station in config.stations):
        return False
    return not (config.data / FILE_NAME).exists()


def _elsewhere(station: StationConfig) -> Finding:
    said = _("Station {station} : sur une autre carte. « Tout va bien » dit comment elle va.")
    return green(f"station-{station.id}", said.format(station=station.id))


def links(config: Config) -> list[Finding]:
    """Say of each station of a machine without a hub whether it is linked to one. Asks nobody."""
    return [_link(station, bonds.load(config.spool(station.id))) for station in config.stations]


def _link(station: StationConfig, bond: bonds.Bond | None) -> Finding:
    name = f"link-{station.id}"
    if bond is None:
        return amber(
            name,
            _("Station {station} : elle n’est reliée à aucune boîte.").format(station=station.id),
            _("Sur la page de la boîte, ouvrez « Stations », puis « Relier une autre station »."),
        )
    said = _("Station {station} : reliée à la boîte, à l’adresse {address}.")
    return green(name, said.format(station=station.id, address=bond.address))


def station_devices(
    config: Config,
    station: StationConfig,
    probe: Sequence[str] = _PROBE,
) -> list[Finding]:
    """Look at one station's devices in another process, which may freeze on one of them."""
    command = [*probe, str(config.path), station.id]
    try:
        said = subprocess.run(command, capture_output=True, timeout=_PROBE_SECONDS, check=False).stdout
    except subprocess.TimeoutExpired as late:
        said = late.stdout or b""
    return complete(station, [_finding(line) for line in said.decode().splitlines()])


def complete(station: StationConfig, seen: list[Finding]) -> list[Finding]:
    """Add a finding for the device at which the look stopped, if it did."""
    devices = list(planned(station).items())
    if len(seen) >= len(devices):
        return seen
    device, words = devices[len(seen)]
    frozen = red(
        f"station-{station.id}.{device}",
        _("Station {station}, {device} : ne répond plus.").format(station=station.id, device=words),
        _("Éteignez la boîte, vérifiez ce branchement, puis rallumez."),
    )
    return [*seen, frozen]


def _finding(line: str) -> Finding:
    raw = json.loads(line)
    return Finding(raw["name"], Level(raw["level"]), raw["sentence"], raw["remedy"])


def printer(config: Config) -> Finding:
    """Ask the printer for its paper. The worker may be printing: a printer in use is not a fault."""
    try:
        device = printer_from_config(config.printer)
        if device is None:
            return green("printer", _("Aucune imprimante n’est configurée : pas d’étiquettes."))
        paper = device.status()
    except DeviceError as error:
        if _is_in_use(error):
            return green("printer", _("L’imprimante est en train de servir."))
        happened, remedy = told(error)
        return red("printer", _("Imprimante : {happened}").format(happened=happened), remedy)
    return printer_paper(paper)


def printer_paper(paper: PaperState) -> Finding:
    """Say what the printer's answer means for the stickers."""
    roll = _("Mettez un rouleau neuf, puis refermez le capot.")
    if paper is PaperState.OUT:
        return red("printer", _("L’imprimante n’a plus de papier. Les étiquettes attendent."), roll)
    if paper is PaperState.LOW:
        return amber("printer", _("Le rouleau de l’imprimante est presque fini."), roll)
    if paper is PaperState.UNKNOWN:
        return green("printer", _("L’imprimante est branchée ; elle ne sait pas dire s’il reste du papier."))
    return green("printer", _("L’imprimante répond et elle a du papier."))


def _is_in_use(error: DeviceError) -> bool:
    return isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EBUSY
