"""The demo's ENT: a real WebDAV server with a teacher's view of the folders, and faults on demand.

`python -m appliance.simulator.ent_server --root DIR --port N --user U --password-file F --faults FILE`
serves DIR on 127.0.0.1. FILE holds `{"ent": "ok|down|slow|full"}` and is obeyed within a quarter of a
second; beside it, `<name>.requests.json` counts the requests by method since the start.
"""

import argparse
import errno
import json
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from cheroot import wsgi
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from appliance.i18n import _
from appliance.stopping import asked_to_stop

HOST = "127.0.0.1"
LOOK_SECONDS = 0.2
SLOW_SECONDS = 3.0
"""What a request waits for when the ENT is slow; its answer then drips at about 40 kB/s."""
_PAGES = Path(__file__).parent / "ent_pages"
_DRIP = 2048

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def fault_in(faults: Path) -> str:
    """Return what the faults file asks of the ENT; `ok` when there is no file or no such line in it."""
    try:
        return str(json.loads(faults.read_text()).get("ent", "ok"))
    except (OSError, ValueError):
        return "ok"


def counts_beside(faults: Path) -> Path:
    """Return where the requests are counted."""
    return faults.with_name(f"{faults.stem}.requests.json")


def dav_app(root: Path, user: str, password: str) -> WsgiApp:
    """Return the WebDAV application for a folder and one account."""
    app: WsgiApp = WsgiDAVApp(
        {
            "provider_mapping": {"/": FilesystemProvider(str(root))},
            "http_authenticator": {
                "accept_basic": True,
                "accept_digest": False,
                "default_to_digest": False,
            },
            "simple_dc": {"user_mapping": {"*": {user: {"password": password}}}},
            "dir_browser": {"enable": True, "htdocs_path": str(_PAGES), "davmount": False},
            "suppress_version_info": True,
            "verbose": 0,
            "logging": {"enable": False},
        }
    )
    return app


class Faulty:
    """Counts the requests and plays the fault of the moment before the real server answers."""

    def __init__(self, app: WsgiApp, faults: Path, slow_seconds: float = SLOW_SECONDS) -> None:
        """Take the real application and the file that names the fault."""
        self._app = app
        self._slow_seconds = slow_seconds
        self._faults = faults
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._write()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        self._count(method)
        fault = fault_in(self._faults)
        if fault == "down":
            # cheroot closes the connection without a word, as a machine that dies does.
            raise ConnectionResetError(errno.ECONNRESET, "the demo's ENT is down")
        if fault == "full" and method in ("PUT", "MKCOL"):
            _drain(environ)
            start_response("507 Insufficient Storage", [("Content-Length", "0")])
            return []
        if fault == "slow":
            self._linger()
            return _drip(self._app(environ, start_response))
        return self._app(environ, start_response)

    def _linger(self) -> None:
        end = time.monotonic() + self._slow_seconds
        while time.monotonic() < end and fault_in(self._faults) == "slow":
            time.sleep(LOOK_SECONDS)

    def _count(self, method: str) -> None:
        with self._lock:
            self._counts[method] += 1
            self._write()

    def _write(self) -> None:
        target = counts_beside(self._faults)
        temporary = target.with_suffix(".new")
        temporary.write_text(json.dumps(self._counts))
        os.replace(temporary, target)


class _QuietServer(wsgi.Server):
    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Say nothing: these lines hold request lines, and those hold first names."""


class EntServer:
    """Listens, except while the ENT is down: then its port refuses, like the port of a dead machine."""

    def __init__(self, app: WsgiApp, port: int) -> None:
        """Take the application to serve and the port to serve it on."""
        self._app = app
        self._port = port
        self._server: wsgi.Server | None = None

    def obey(self, fault: str) -> None:
        """Listen or stop listening. OSError when the port is taken."""
        if fault == "down":
            self.stop()
        elif self._server is None:
            server = _QuietServer((HOST, self._port), self._app, numthreads=4, timeout=30)
            server.shutdown_timeout = 1
            server.prepare()
            threading.Thread(target=server.serve, name="ent", daemon=True).start()
            self._server = server

    def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.stop()
            self._server = None


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; return 1 when the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m appliance.simulator.ent_server")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-file", type=Path, required=True)
    parser.add_argument("--faults", type=Path, required=True)
    parser.add_argument("--slow-seconds", type=float, default=SLOW_SECONDS)
    asked = parser.parse_args(arguments)
    # Its log lines hold paths, and paths hold first names.
    logging.getLogger("wsgidav").setLevel(logging.CRITICAL + 1)
    asked.root.mkdir(parents=True, exist_ok=True)
    password = asked.password_file.read_text(encoding="utf-8").strip()
    app = Faulty(dav_app(asked.root, asked.user, password), asked.faults, asked.slow_seconds)
    server = EntServer(app, asked.port)
    over = asked_to_stop()
    try:
        while not over.is_set():
            server.obey(fault_in(asked.faults))
            over.wait(LOOK_SECONDS)
    except OSError as error:
        sentence = _("L’ENT de démonstration ne démarre pas sur le port {port} : {reason}.")
        parser.exit(1, sentence.format(port=asked.port, reason=error.strerror) + "\n")
    finally:
        server.stop()
    return 0


def _drain(environ: dict[str, Any]) -> None:
    """Read a body that is not wanted, so that the answer is not lost in a reset connection."""
    left = int(environ.get("CONTENT_LENGTH") or 0)
    while left > 0 and (chunk := environ["wsgi.input"].read(min(left, 65536))):
        left -= len(chunk)


def _drip(answer: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in answer:
        for start in range(0, len(chunk), _DRIP):
            time.sleep(0.05)
            yield chunk[start : start + _DRIP]


if __name__ == "__main__":
    raise SystemExit(main())
