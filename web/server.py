"""The hub's process: HTTPS for people, a redirection from HTTP, and one UNIX socket per other process."""

import ipaddress
import logging
import socket
import threading
from collections.abc import Callable

from flask import Flask

from appliance import systemd
from appliance.announce import Announcer
from appliance.config import Config
from appliance.domain.audit import Event
from appliance.hub import audit, intake, voices
from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.hub.retention import blank
from appliance.store import settings
from web import create_app, desk_of
from web.doors import Door, TlsAdapter, redirection, tcp_socket, unix_socket
from web.satellite_door import with_satellites
from web.sockets import printer_app, station_app, sync_app
from web.tls import certificate_digest, ensure_certificate, server_context

log = logging.getLogger(__name__)

PEOPLE_THREADS = 16
"""Browsers hold idle connections open; each takes a thread for a while."""
SOCKET_THREADS = 4
HEARTBEAT_SECONDS = 5.0
ROLES: dict[str, Callable[[Box], Flask]] = {"station": station_app, "printer": printer_app, "sync": sync_app}


class HubServer:
    """Every listening door of the hub."""

    def __init__(self, config: Config) -> None:
        self._config = config
        if blank.finish(config.data):
            log.warning("this box was put out of service: its data is erased")
        self.box = Box(config, config.clock())
        self._servers: list[Door] = []
        self._announcer: Announcer | None = None
        self._app = create_app(self.box, hosts=self._is_ours)

    def start(self) -> None:
        """Reconcile, listen, announce; PortTaken when a port is."""
        counts = intake.reconcile(self.box)
        voices.sweep(self.box)
        self.box.reports["boot"] = dict(counts)
        self._note_absence()
        audit.try_note(self.box, Event.BOX_STARTED)
        if any(counts.values()):
            log.warning("files and rows differ: %s", counts)
        given = systemd.listen_sockets()
        self._serve_people(given)
        for role, make_app in ROLES.items():
            sock = given.get(role) or unix_socket(self._config.socket(role))
            self._serve(Door(sock, make_app(self.box), SOCKET_THREADS))
        if self._config.hub.announce:
            hub = self._config.hub
            self._announcer = Announcer(
                self._config.host,
                hub.https_port,
                hub.http_port,
                fingerprint=certificate_digest(self._config.data),
            )
            self._announcer.start()

    def wait(self, stop: threading.Event) -> None:
        """Serve until `stop`, or until the box is put out of service: the next start erases what is left."""
        systemd.ready()
        while not stop.wait(HEARTBEAT_SECONDS):
            # A database that no longer answers lets the watchdog restart the hub.
            settings.get(self.box.database, settings.HIGH_WATER)
            desk_of(self._app).lock_if_idle()
            if blank.is_condemned(self._config.data):
                return
            if self._announcer is not None:
                self.box.reports["name"] = {"announced": self._announcer.name}
            systemd.alive()

    def close(self) -> None:
        """Withdraw from the network, end every request, lock."""
        self.box.stop_waiting()
        if self._announcer is not None:
            self._announcer.close()
        for server in self._servers:
            server.stop()
        self.box.close()

    def _note_absence(self) -> None:
        away = access.absence(self.box)
        if away is not None:
            self.box.reports["absence"] = {"days": away.days, "at": self.box.now()}

    def _is_ours(self, host: str) -> bool:
        """Whether a Host header names this box: another name is a page that tries to speak for a visitor."""
        name = host.rsplit(":", 1)[0].strip("[]").lower().removesuffix(".local")
        announced = self._announcer.name if self._announcer else None
        return name in {self._config.host, announced, "localhost"} or _is_address(name)

    def _serve_people(self, given: dict[str, socket.socket]) -> None:
        hub = self._config.hub
        folder = ensure_certificate(self._config.data, self._config.host, self.box.now())
        https = given.get("https") or tcp_socket(hub.bind, hub.https_port)
        server = Door(https, with_satellites(self._app, self.box), PEOPLE_THREADS)
        server.ssl_adapter = TlsAdapter(server_context(folder))
        self._serve(server)
        if hub.http_port:
            http = given.get("http") or tcp_socket(hub.bind, hub.http_port)
            self._serve(Door(http, redirection(hub.https_port), 2))

    def _serve(self, server: Door) -> None:
        server.open()
        self._servers.append(server)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
