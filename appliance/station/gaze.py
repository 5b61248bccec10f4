"""A look for a badge or a sticker, after a press only, with the light that says so (ARCHITECTURE, rule 1)."""

import logging
from collections.abc import Callable

from appliance.devices.ports import Camera, DeviceBusy, DeviceError, LightState
from appliance.station import badges
from appliance.station.events import Refused
from appliance.station.lamp import Lamp
from appliance.station.worker import Stop, Worker

log = logging.getLogger(__name__)


class Gaze:
    """The camera that reads codes; keeps no frame."""

    def __init__(self, camera: Camera | None, lamp: Lamp, *, blind: bool) -> None:
        """`blind`: the station has no other way to read a badge than this camera."""
        self._camera = camera
        self._lamp = lamp
        self._blind = blind
        self._worker = Worker()

    def start(self, say: Callable[[Refused], None], read: Callable[[str], None]) -> None:
        """Look until `stop`; `read` is told each code once, `say` why the camera shows none."""
        camera = self._camera
        if camera is None:
            self._give_up("camera", say)
        elif not self._worker.start(lambda stop: self._look(camera, stop, say, read)):
            self._give_up("busy", say)

    def stop(self) -> None:
        """Close the camera."""
        self._worker.stop()

    def _look(
        self, camera: Camera, stop: Stop, say: Callable[[Refused], None], read: Callable[[str], None]
    ) -> None:
        try:
            with self._lamp.streaming(LightState.LOOKING), camera.open() as stream:
                badges.watch(stream, stop, read, read)
        except DeviceBusy:
            self._give_up("busy", say)
        except DeviceError as error:
            log.warning("badge camera: %s", error)
            self._give_up("camera", say)
        except Exception:
            log.exception("the look for a badge broke off")
            self._give_up("camera", say)

    def _give_up(self, reason: str, say: Callable[[Refused], None]) -> None:
        """Say that nothing can be read, unless a reader still can."""
        if self._blind:
            say(Refused(reason))
        else:
            self._lamp.show(LightState.LOOKING)
