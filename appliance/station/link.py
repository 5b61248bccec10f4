"""How a station reaches its hub: the UNIX socket of the same machine, or whatever else answers a request."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from appliance.unix_http import Response, request


class HubLink(Protocol):
    """Carries one request to the hub and brings the answer back."""

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10.0,
    ) -> Response:
        """Return the answer, whatever its status. `timeout` is the longest silence in seconds.

        Raises HubUnavailable when the hub is away; nobody knows then whether it heard the request.
        """
        ...


class SocketLink:
    """The hub of this machine."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10.0,
    ) -> Response:
        return request(self._socket, method, path, body, headers, timeout)
