"""A notebook's sticker in front of the camera: its capture is fetched from the hub and played.

It is opened by the hub, in memory, while the class is open; nothing of it is written here.
"""

import logging
import threading
from collections.abc import Callable
from urllib.parse import quote, urlencode

from appliance.config import StationConfig
from appliance.media.decode import pcm_of_apart
from appliance.station.events import Played, Refused
from appliance.station.levelling import at_volume, level
from appliance.station.link import HubLink
from appliance.station.prompts import Voice
from appliance.station.worker import Stop, Worker
from appliance.unix_http import HubUnavailable

log = logging.getLogger(__name__)

TIMEOUT = 5.0
DECODE_SECONDS = 10.0
ONLY_ITS_AUTHOR = "not_for_them"
"""The hub's word for a capture that its own pupil alone may hear (docs/hub-socket.md)."""

Say = Callable[[Played | Refused], None]


class Notebook:
    """Plays one sticker's capture at a time."""

    def __init__(self, link: HubLink, station: StationConfig, voice: Voice) -> None:
        self._link = link
        self._station = station.id
        self._volume = station.volume
        self._voice = voice
        self._worker = Worker()
        self._turn = threading.Lock()

    def start(self, code: str, pupil: str, say: Say) -> None:
        """Fetch and play; `say` is told `Played` at its end, or why it may not be heard."""
        if not self._worker.start(lambda stop: self._fetch(code, pupil, stop, say)):
            say(Refused("hear_closed"))

    def stop(self) -> None:
        """Begin to play no more; what plays already is the voice's to hush."""
        with self._turn:
            self._worker.ask_to_stop()

    def _fetch(self, code: str, pupil: str, stop: Stop, say: Say) -> None:
        try:
            sound = self._sound(code, pupil)
        except HubUnavailable:
            say(Refused("hear_closed"))
            return
        except (OSError, ValueError) as error:
            log.warning("a capture could not be played: %s", error)
            say(Refused("hear_closed"))
            return
        except Exception:
            log.exception("a capture could not be played")
            say(Refused("hear_closed"))
            return
        if isinstance(sound, Refused):
            say(sound)
            return
        with self._turn:
            if not stop.is_set():
                self._voice.replay(sound, lambda: say(Played()))

    def _sound(self, code: str, pupil: str) -> bytes | Refused:
        path = f"/heard/{quote(self._station)}/{quote(code)}"
        if pupil:
            path += "?" + urlencode({"pupil": pupil})
        answer = self._link.request("GET", path, timeout=TIMEOUT)
        if answer.status == 403 and answer.json().get("error") == ONLY_ITS_AUTHOR:
            return Refused("author")
        if answer.status != 200:
            return Refused("hear_closed")
        # A photo without a caption has nothing to hear: that is a ValueError too.
        return at_volume(level(pcm_of_apart(answer.body, DECODE_SECONDS)), self._volume)
