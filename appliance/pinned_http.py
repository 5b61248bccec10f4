"""HTTPS to the hub from another machine: its certificate is known by its fingerprint, and no other is heard.

The box makes its own certificate: there is no authority to ask and no host name that means anything on
a school's network. What counts is that who answers holds the key of the very certificate whose
fingerprint stood in the pairing code.
"""

import hashlib
import hmac
import http.client
import io
import socket
import ssl
from collections.abc import Mapping

from appliance.i18n import _
from appliance.unix_http import HubUnavailable, Response, exchange

_SEND_BUFFER = 32 * 1024
"""Bytes in flight at most: the answer is awaited from when the last byte was handed to the system, and on
64 kbit/s an ordinary buffer takes minutes to empty."""
_CONNECT_SECONDS = 6.0
"""The longest wait for somebody at the address: a hub that has moved leaves silence behind, not a refusal."""
_BLOCK = 4 * 1024
"""Bytes a write: the longest silence is counted block by block, for however long the whole may take."""


class WrongHub(HubUnavailable):
    """Who answers at the hub's address has another certificate. Its text is French."""


class BrokeOff(HubUnavailable):
    """It was the hub, and its answer did not come whole."""


class PinnedConnection(http.client.HTTPConnection):
    """A connection that says nothing before the certificate is the expected one."""

    def __init__(self, address: str, port: int, pin: bytes, timeout: float) -> None:
        """`pin` is the SHA-256 of the certificate, or its beginning (`domain.pairing`)."""
        super().__init__(address, port, timeout=timeout, blocksize=_BLOCK)
        self._pin = pin
        self.is_proved = False
        """The certificate was the expected one."""

    def connect(self) -> None:
        """Connect and compare; OSError when nobody answers, WrongHub when it is somebody else."""
        raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.settimeout(min(self.timeout or _CONNECT_SECONDS, _CONNECT_SECONDS))
        try:
            raw.connect((self.host, self.port))
            raw.settimeout(self.timeout)
            wrapped = tls_context().wrap_socket(raw)
        except BaseException:
            raw.close()
            raise
        certificate = wrapped.getpeercert(binary_form=True) or b""
        if not hmac.compare_digest(hashlib.sha256(certificate).digest()[: len(self._pin)], self._pin):
            wrapped.close()
            raise WrongHub(
                _(
                    "Ce n’est pas la boîte que cette station connaît : son certificat est un autre. "
                    "Si la boîte a été réinstallée, reliez la station à nouveau depuis sa page."
                )
            )
        self.sock = wrapped
        self.is_proved = True


def request_pinned(
    address: str,
    port: int,
    pin: bytes,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10.0,
) -> Response:
    """Send one request and return the answer, whatever its status.

    `timeout` is the longest silence in seconds, at each block sent and at reading. Raises
    HubUnavailable: WrongHub before a single byte of the request has left, BrokeOff afterwards.
    """
    connection = PinnedConnection(address, port, pin, timeout)
    sent = dict(headers or {})
    if body is not None:
        sent["Content-Length"] = str(len(body))
    try:
        return exchange(connection, method, path, None if body is None else io.BytesIO(body), sent)
    except (OSError, http.client.HTTPException) as error:
        kind = BrokeOff if connection.is_proved else HubUnavailable
        raise kind(f"{method} at {address}:{port}: {type(error).__name__}") from error
    finally:
        connection.close()


def tls_context() -> ssl.SSLContext:
    """Return the TLS settings of a station: 1.2 at least, and no authority, for there is none to ask."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Neither name nor authority: the fingerprint says more than both.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
