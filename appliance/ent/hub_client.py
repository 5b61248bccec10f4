"""The sync's side of `hub-sync.sock` (docs/hub-socket.md): what to do, and what became of it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from appliance.domain.codes import parse_sticker
from appliance.unix_http import HubUnavailable, request, request_json
from appliance.vault.opening import NotForThisKey, Opener

TIMEOUT_SECONDS = 30.0
PUT = "put"
DELETE = "delete"


class BadParcel(Exception):
    """The hub could not make one parcel, or it is damaged; the others may be well."""


@dataclass(frozen=True)
class Action:
    """One thing to do."""

    id: str
    verb: str
    code: str
    """Twelve symbols, without dashes."""


@dataclass(frozen=True)
class Plan:
    """What can be done now, in the order to do it."""

    key: str
    """The age identity that this power-on's parcels are sealed to."""
    actions: tuple[Action, ...]
    waiting: int
    """Captures that wait for the next unlock."""


@dataclass(frozen=True)
class Parcel:
    """A capture to carry, in clear: in memory only."""

    paths: tuple[tuple[str, ...], ...]
    content: bytes
    taken_at: datetime


@dataclass(frozen=True)
class Fault:
    """Why something did not end, for the teacher's page."""

    slug: str
    message: str


class HubClient:
    """Speaks to the hub. Every method raises HubUnavailable when the hub is away or makes no sense."""

    def __init__(self, socket: Path) -> None:
        """Take the path of the hub's socket for the sync."""
        self._socket = socket

    def plan(self) -> Plan:
        """Ask what is to be done."""
        try:
            data = json.loads(self._ask("GET", "/plan"))
            actions = tuple(
                Action(str(item["id"]), item["verb"], _code(item["code"])) for item in data["actions"]
            )
            return Plan(data["key"], actions, int(data["waiting_for_unlock"]))
        except (KeyError, TypeError, ValueError) as error:
            raise HubUnavailable("the hub's plan is not one") from error

    def parcel(self, action: Action, key: str) -> Parcel | None:
        """Take the parcel of a put, or None when it is not to be carried any more, or not yet.

        Raises BadParcel when it cannot be opened whole.
        """
        response = request(self._socket, "GET", f"/actions/{action.id}/parcel", timeout=TIMEOUT_SECONDS)
        if response.status in (404, 409):
            return None
        if response.status != 200:
            raise BadParcel(f"the hub answered {response.status}")
        try:
            return _unpack(Opener(key).open(response.body))
        except (NotForThisKey, KeyError, TypeError, ValueError) as error:
            raise BadParcel("the parcel cannot be opened whole") from error

    def verified(self, action: Action, size: int | None = None) -> None:
        """Say that the ENT was seen to hold, or no longer to hold, a capture."""
        self._tell(action, {"state": "verified", "fault": None, "message": None, "size": size})

    def failed(self, action: Action, fault: Fault) -> None:
        """Say why an action did not end."""
        self._tell(action, {"state": "failed", "fault": fault.slug, "message": fault.message, "size": None})

    def end_run(self, put: int, deleted: int, failed: int, fault: Fault | None) -> None:
        """Tell the end of a run, for *Tout va bien*."""
        line = {
            "put": put,
            "deleted": deleted,
            "failed": failed,
            "fault": fault.slug if fault else None,
            "message": fault.message if fault else None,
        }
        self._ask("POST", "/runs", line)

    def _tell(self, action: Action, state: dict[str, Any]) -> None:
        self._ask("POST", f"/actions/{action.id}", state, gone_is_fine=True)

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, gone_is_fine: bool = False
    ) -> bytes:
        response = request_json(self._socket, method, path, body, timeout=TIMEOUT_SECONDS)
        if gone_is_fine and response.status == 404:
            return b""
        if not 200 <= response.status < 300:
            raise HubUnavailable(f"the hub answered {response.status}")
        return response.body


def _code(text: str) -> str:
    code = parse_sticker(text)
    if code is None:
        raise ValueError("not a sticker code")
    return code


def _unpack(opened: bytes) -> Parcel:
    length = int.from_bytes(opened[:4], "big")
    facts = json.loads(opened[4 : 4 + length])
    content = opened[4 + length :]
    if len(content) != facts["size"] or hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise ValueError("the parcel is damaged")
    return Parcel(
        paths=tuple(tuple(str(name) for name in path) for path in facts["paths"]),
        content=content,
        taken_at=datetime.fromisoformat(facts["taken_at"]),
    )
