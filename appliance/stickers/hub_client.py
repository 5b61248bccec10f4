"""The printer worker's side of `docs/hub-socket.md`."""

from dataclasses import dataclass
from pathlib import Path

from appliance.devices.ports import PaperState
from appliance.stickers.words import StickerText
from appliance.unix_http import HubUnavailable, Response, request_json

_TIMEOUT = 10.0


@dataclass(frozen=True)
class PrintJob:
    """One sticker to print."""

    id: str
    attempt: int
    """1 until something of it may have been printed: the hub does not count what left no dot on paper."""
    text: StickerText


class HubPrinterClient:
    """Asks the hub for stickers and tells it what became of them. Every call may raise HubUnavailable."""

    def __init__(self, socket_path: Path) -> None:
        self._socket_path = socket_path

    def next(self, wait: float) -> PrintJob | None:
        """Return the next sticker, or None when there was none for `wait` seconds."""
        path = f"/next?wait={wait:g}"
        answer = request_json(self._socket_path, "GET", path, timeout=wait + _TIMEOUT)
        if answer.status == 204:
            return None
        _expect(answer, 200)
        try:
            words = dict(answer.json())
            job, attempt = str(words.pop("job")), int(words.pop("attempt"))
            return PrintJob(job, attempt, StickerText.from_json(words))
        except (ValueError, TypeError, KeyError) as error:
            raise HubUnavailable(f"not a sticker: {type(error).__name__}") from error

    def printed(self, job: str) -> None:
        """Tell that a sticker is on paper."""
        self._tell(job, {"state": "printed"})

    def failed(self, job: str, fault: str, message: str, *, touched: bool) -> None:
        """Tell that it is not, why (slug), what to do (French), and whether a part may be on paper."""
        self._tell(job, {"state": "failed", "fault": fault, "message": message, "touched": touched})

    def status(self, paper: PaperState, fault: str | None) -> None:
        """Tell what the printer says; `fault` is French."""
        _expect(self._post("/status", {"paper": paper, "fault": fault}), 200, 204)

    def _tell(self, job: str, state: dict[str, str | bool]) -> None:
        # A sticker deleted in the meantime is no longer anybody's business.
        _expect(self._post(f"/jobs/{job}", state), 200, 204, 404, 409, 410)

    def _post(self, path: str, payload: object) -> Response:
        return request_json(self._socket_path, "POST", path, payload, timeout=_TIMEOUT)


def _expect(answer: Response, *wanted: int) -> None:
    if answer.status not in wanted:
        raise HubUnavailable(f"status {answer.status}")
