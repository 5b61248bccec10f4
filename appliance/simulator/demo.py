"""`./boite demo`: a whole classroom on this machine, with the box's own processes and fictitious pupils."""

import contextlib
import fcntl
import logging
import os
import secrets
import shutil
import socket
import sqlite3
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path

from appliance.config import load_config
from appliance.i18n import _
from appliance.simulator.demo_class import DemoError, make_class, refuse_foreign_folder
from appliance.simulator.demo_config import demo_config
from appliance.simulator.hub_door import HubAway
from appliance.simulator.places import ENT_USER, STATIONS, Places, Ports
from appliance.simulator.server import PanelServer
from appliance.simulator.supervisor import Job, Supervisor
from appliance.simulator.world import World
from appliance.stopping import when_asked_to_stop
from appliance.vault.files import make_folder

CERTIFICATE = "tls/certificate.pem"
"""Where the hub leaves its public certificate, in the data folder (`web/tls.py`)."""
READY_SECONDS = 60.0
_PANEL = Path(__file__).parent / "panel"
_MATERIAL = (
    ("A", "microphone", "voices/chat.wav"),
    ("B", "camera", "trays/24.jpg"),
    ("B", "microphone", "voices/cubes.wav"),
)
_EX_CANNOT = 1

_log = logging.getLogger(__name__)


def main(port: int, data: Path, *, browser: bool, locked: bool = False) -> int:
    """Run the demo until Ctrl-C or SIGTERM; 1, after one French line, when it cannot start."""
    places, ports = Places(data.absolute()), Ports(port)
    try:
        with _alone(places):
            _check_ports(ports)
            return _run(places, ports, browser=browser, locked=locked)
    except DemoError as error:
        _say(str(error))
    except (OSError, sqlite3.Error) as error:
        _say(
            _(
                "La démo ne peut pas démarrer ({reason}). Vérifiez la place libre et les droits de {folder}."
            ).format(reason=error, folder=places.data)
        )
    return _EX_CANNOT


def _run(places: Places, ports: Ports, *, browser: bool, locked: bool) -> int:
    supervisor = prepare(places, ports)
    _log_to(places.outside / "simulateur.log")
    world = World(places, ports, supervisor, CERTIFICATE)
    supervisor.changed = world.processes_changed
    server = PanelServer(ports.panel, world)
    world.start()
    when_asked_to_stop(supervisor.stop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Thread(target=_welcome, args=(world, browser, locked), daemon=True).start()
    supervisor.run()
    world.stop()
    server.shutdown()
    server.server_close()
    return 0


def prepare(places: Places, ports: Ports) -> Supervisor:
    """Make what is missing of a demo, write its configuration, and return its processes, not started.

    DemoError when the data folder is something else, or its envelope is lost.
    """
    refuse_foreign_folder(places)
    make_folder(places.outside)
    draft = places.outside / "boite.toml"
    draft.write_text(demo_config(places, ports))
    make_class(load_config(draft), places)
    shutil.copyfile(draft, places.config)
    if not places.ent_password.is_file():
        places.ent_password.write_text(f"{secrets.token_urlsafe(12)}\n")
        places.ent_password.chmod(0o600)
    for folder in (places.ent, places.logs):
        make_folder(folder)
    for station, device, material in _MATERIAL:
        given = places.material / station / device
        if not given.is_file():
            make_folder(given.parent)
            shutil.copyfile(_PANEL / material, given)
    return Supervisor(_jobs(places, ports))


def _jobs(places: Places, ports: Ports) -> list[Job]:
    config = str(places.config)
    commands = {
        "hub": ["web", "--config", config],
        **{
            f"station-{station}": [
                *("appliance.simulator.station", "--config", config),
                *("--station", station, "--link", str(places.link)),
            ]
            for station in STATIONS
        },
        "printer": ["appliance", "printer", "--config", config],
        "ent": [
            *("appliance.simulator.ent_server", "--root", str(places.ent), "--port", str(ports.ent)),
            *("--user", ENT_USER, "--password-file", str(places.ent_password)),
            *("--faults", str(places.run / "ent-faults.json")),
        ],
    }
    return [
        Job(name, [sys.executable, "-m", *command], places.logs / f"{name}.log")
        for name, command in commands.items()
    ]


def _welcome(world: World, browser: bool, locked: bool) -> None:
    """Wait for every process, open the class, and say where things are."""
    ready = world.wait_for(world.hub_answers, READY_SECONDS) and (locked or _open_class(world))
    if not (ready and world.wait_for(world.is_up, READY_SECONDS)):
        _say(_("La démo démarre mal. Regardez les journaux dans {folder}.").format(folder=world.places.logs))
        return
    panel = f"http://127.0.0.1:{world.ports.panel}/"
    for line in (
        _("La classe est prête."),
        _("  Le panneau : {address}").format(address=panel),
        _("  La page de l’enseignant·e : https://127.0.0.1:{port}/").format(port=world.ports.https),
        _("  Les sept mots : {passphrase}").format(passphrase=world.places.passphrase.read_text().strip()),
        _("  Ctrl-C pour tout arrêter."),
    ):
        _say(line)
    if browser:
        _open_browser(panel)


def _open_class(world: World) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if world.open_class():
                return True
        except HubAway:
            world.wait_for(lambda: False, 0.2)
    return False


def _open_browser(address: str) -> None:
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(address)


@contextlib.contextmanager
def _alone(places: Places) -> Iterator[None]:
    """Make the run folder, hold it, and empty it at the end: two demos on one folder would fight over it."""
    places.run.mkdir(mode=0o700, exist_ok=True)
    if places.run.stat().st_uid != os.getuid():
        raise DemoError(_("Le dossier {folder} est à quelqu’un d’autre.").format(folder=places.run))
    lock = os.open(places.run / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _hold(lock, places)
        try:
            yield
        finally:
            shutil.rmtree(places.run, ignore_errors=True)
    finally:
        os.close(lock)


def _hold(lock: int, places: Places) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DemoError(
            _(
                "Une démo tourne déjà sur {folder}. Arrêtez-la, ou choisissez un autre dossier avec --data."
            ).format(folder=places.data)
        ) from error


def _check_ports(ports: Ports) -> None:
    for port in ports.all():
        if not 0 < port < 65536:
            raise DemoError(
                _("Le port {port} n’existe pas. Choisissez --port entre 1 et 65531.").format(port=port)
            )
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise DemoError(
                    _(
                        "Le port {port} est déjà pris ({reason}). "
                        "Choisissez-en un autre, par exemple : --port {other}."
                    ).format(port=port, reason=error.strerror, other=ports.panel + 100)
                ) from error


def _log_to(file: Path) -> None:
    logging.basicConfig(
        filename=file,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        force=True,
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
