"""What the simulator's little web server hands to its calls, and what they answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from appliance.i18n import _

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """A request that came from this machine."""

    method: str
    path: str
    """Decoded, without its query."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the JSON object in the body; Refusal when it is none."""
        try:
            said = json.loads(self.body or b"null")
        except (ValueError, RecursionError) as error:
            raise Refusal(400, "bad_json", _("Le corps de cette demande n’est pas du JSON.")) from error
        if not isinstance(said, dict):
            raise Refusal(400, "bad_json", _("Le corps de cette demande doit être un objet JSON."))
        return said

    def number(self, name: str, default: float) -> float:
        """Return a number of the query; Refusal when it is none."""
        try:
            return float(self.query.get(name, default))
        except ValueError as error:
            raise Refusal(
                400, "bad_number", _("« {name} » doit être un nombre.").format(name=name)
            ) from error


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    body: bytes = b""
    content_type: str = JSON
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """A request that cannot be served; told as `{"error", "message"}` in plain words."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message

    def answer(self) -> Answer:
        """Return it as it is sent."""
        return as_json({"error": self.error, "message": self.message}, self.status)


def as_json(value: object, status: int = 200) -> Answer:
    """Return a value as a JSON answer."""
    return Answer(json.dumps(value, ensure_ascii=False).encode(), JSON, status)
