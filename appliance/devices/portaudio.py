"""PortAudio, through sounddevice: finding a device by its stable name and opening one raw stream on it.

The only module that imports sounddevice, and only when a sound device is made: loading it makes PortAudio
scan every card. The scan lasts for the life of the process (PortAudio#600), so a card plugged in later is
found by scanning again, which is done only while no stream of this process is open.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from appliance.devices.cards import Direction, alsa_address, is_card_name
from appliance.devices.deadline import Deadline
from appliance.devices.ports import BLOCK_FRAMES, SAMPLE_RATE, DeviceError
from appliance.i18n import _

_NATIVE_SECONDS = 5.0
"""Longest native call before the process ends; opening takes some tens of milliseconds."""
_BUFFER_SECONDS = 0.1
"""Sound that a busy processor may leave waiting before it is lost."""
_CARD_SECONDS = 0.02
"""A USB card's transfers under way."""
_SERVER_SECONDS = 0.1
"""A sound server's own buffer: 70 ms measured with PulseAudio, which PortAudio does not report."""
_INVALID_SAMPLE_RATE = -9997

_log = logging.getLogger(__name__)
_turn = threading.RLock()
_open_streams = 0


@dataclass(frozen=True)
class _Endpoint:
    index: int
    rate: int
    channels: int
    is_card: bool
    """Not a PCM of `.asoundrc`, behind which a sound server may be."""


class OpenStream:
    """A stream that was opened and not started yet; close it exactly once."""

    def __init__(self, name: str, direction: Direction, stream: Any, endpoint: "_Endpoint") -> None:
        self._name = name
        self._direction = direction
        self._stream = stream
        self.rate = round(stream.samplerate)
        """Hz; the card's own when it refuses `SAMPLE_RATE`."""
        self.channels: int = stream.channels
        self.held_beyond = _CARD_SECONDS if endpoint.is_card else _SERVER_SECONDS
        """Seconds of sound that wait past what PortAudio knows of."""

    def start(self) -> None:
        """Start the callbacks, or raise DeviceError."""
        with Deadline(f"PortAudio start {self._name}", _NATIVE_SECONDS):
            try:
                self._stream.start()
            except load().PortAudioError as error:
                raise _refused(self._name, self._direction, error) from error

    def close(self) -> None:
        """Stop without waiting for what is still to be played; no callback runs afterwards."""
        global _open_streams
        with _turn, Deadline(f"PortAudio close {self._name}", _NATIVE_SECONDS):
            self._stream.abort()
            self._stream.close()
            _open_streams -= 1


def load() -> ModuleType:
    """Return sounddevice; DeviceError when PortAudio is not installed."""
    try:
        import sounddevice
    except OSError as error:
        raise DeviceError(_("Le son ne marche pas : installez le paquet libportaudio2.")) from error
    module: ModuleType = sounddevice
    return module


def check(name: str, direction: Direction) -> None:
    """Raise DeviceError when the device is not there; opens no stream."""
    with _turn:
        if _address(name, direction) is not None:
            return
        if is_card_name(name) or _listed(name, direction) is None:
            raise _missing(name, direction)


def open_stream(
    name: str,
    direction: Direction,
    callback: Callable[..., None],
    finished: Callable[[], None] | None = None,
) -> OpenStream:
    """Open 16-bit PCM at `SAMPLE_RATE`, else at the card's own rate; DeviceError when it cannot be.

    One channel in; out, two where the card has them, so that both of its sides are heard.
    """
    global _open_streams
    with _turn, Deadline(f"PortAudio open {name}", _NATIVE_SECONDS):
        sounddevice = load()
        if is_card_name(name):
            check(name, direction)
        try:
            stream, endpoint = _opened(name, direction, callback, finished)
        except sounddevice.PortAudioError as error:
            if not _scan_again():
                raise _refused(name, direction, error) from error
            try:
                stream, endpoint = _opened(name, direction, callback, finished)
            except sounddevice.PortAudioError as again:
                raise _refused(name, direction, again) from again
        _open_streams += 1
        return OpenStream(name, direction, stream, endpoint)


def _opened(
    name: str, direction: Direction, callback: Callable[..., None], finished: Callable[[], None] | None
) -> tuple[Any, _Endpoint]:
    endpoint = _locate(name, direction)
    if endpoint is None:
        raise _missing(name, direction)
    try:
        return _opened_at(SAMPLE_RATE, endpoint, direction, callback, finished), endpoint
    except load().PortAudioError as error:
        if error.args[1:2] != (_INVALID_SAMPLE_RATE,):
            raise
        return _opened_at(endpoint.rate, endpoint, direction, callback, finished), endpoint


def _opened_at(
    rate: int,
    endpoint: _Endpoint,
    direction: Direction,
    callback: Callable[..., None],
    finished: Callable[[], None] | None,
) -> Any:
    sounddevice = load()
    inwards = direction is Direction.INPUT
    kind = sounddevice.RawInputStream if inwards else sounddevice.RawOutputStream
    return kind(
        samplerate=rate,
        blocksize=BLOCK_FRAMES * rate // SAMPLE_RATE,
        device=endpoint.index,
        channels=1 if inwards else min(2, endpoint.channels),
        dtype="int16",
        latency=_BUFFER_SECONDS,
        callback=callback,
        finished_callback=finished,
    )


def _locate(name: str, direction: Direction) -> _Endpoint | None:
    found = _listed(name, direction)
    if found is None and _scan_again():
        found = _listed(name, direction)
    return found


def _listed(name: str, direction: Direction) -> _Endpoint | None:
    """PortAudio names a card `<card name>: <device name> (hw:1,0)` and a PCM of `.asoundrc` by its name."""
    address = _address(name, direction)
    for device in load().query_devices():
        channels = device[f"max_{direction}_channels"]
        if channels == 0:
            continue
        if device["name"].endswith(f"({address})") if address else device["name"] == name:
            rate = round(device["default_samplerate"])
            return _Endpoint(device["index"], rate, channels, is_card=address is not None)
    return None


def _address(name: str, direction: Direction) -> str | None:
    try:
        return alsa_address(name, direction)
    except LookupError as error:
        raise DeviceError(
            _(
                "Plusieurs cartes son répondent au nom « {name} » ({cards}). "
                "Mettez l’identifiant de l’une d’elles dans la configuration."
            ).format(name=name, cards=error)
        ) from error


def _scan_again() -> bool:
    if _open_streams:
        return False
    sounddevice = load()
    _log.info("PortAudio: scanning the sound cards again")
    # sounddevice has no public name for these two.
    sounddevice._terminate()
    sounddevice._initialize()
    return True


def _missing(name: str, direction: Direction) -> DeviceError:
    if direction is Direction.INPUT:
        return DeviceError(_("Le micro « {name} » est débranché. Rebranchez-le.").format(name=name))
    return DeviceError(_("Le haut-parleur « {name} » est débranché. Rebranchez-le.").format(name=name))


def _refused(name: str, direction: Direction, error: Exception) -> DeviceError:
    _log.warning("PortAudio: %s: %s", name, error)
    if direction is Direction.INPUT:
        sentence = _("Le micro « {name} » ne s’ouvre pas. Débranchez-le, rebranchez-le, puis réessayez.")
    else:
        sentence = _(
            "Le haut-parleur « {name} » ne s’ouvre pas. Débranchez-le, rebranchez-le, puis réessayez."
        )
    return DeviceError(sentence.format(name=name))
