"""A sound card that is not served in time loses sound, and says so."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from appliance.devices.ports import BLOCK_FRAMES, SAMPLE_RATE, DeviceError, MicrophoneHealth, MicrophoneStream
from appliance.simulator.twins.card import BUFFER_SECONDS, CardMicrophone

BLOCK_SECONDS = BLOCK_FRAMES / SAMPLE_RATE


class Paced:
    """A microphone whose blocks are fetched with the delays that a test wants."""

    def __init__(self, delays: Sequence[float], fault: DeviceError | None = None) -> None:
        self.now = 0.0
        self._delays = list(delays)
        self._fault = fault
        self._count = 0

    @contextmanager
    def open(self) -> Iterator[MicrophoneStream]:
        yield self

    def check(self) -> None:
        """It is there."""

    def read(self, timeout: float) -> bytes | None:
        if self._count == len(self._delays):
            if self._fault is not None:
                raise self._fault
            return None
        delay, self._count = self._delays[self._count], self._count + 1
        self.now = self._count * BLOCK_SECONDS + delay
        return bytes([self._count]) * 2 * BLOCK_FRAMES

    def health(self) -> MicrophoneHealth:
        return MicrophoneHealth(frames=0, overflows=0)

    def close(self) -> None:
        """Nothing is held."""


def heard(stream: MicrophoneStream) -> list[int]:
    blocks = []
    while (block := stream.read(5.0)) is not None:
        blocks.append(block[0])
    return blocks


def test_what_is_fetched_in_time_is_whole() -> None:
    paced = Paced([0.0, BUFFER_SECONDS / 2, 0.0])
    card = CardMicrophone(paced, lambda: paced.now)
    with card.open() as stream:
        assert heard(stream) == [1, 2, 3]
        assert stream.health() == MicrophoneHealth(frames=3 * BLOCK_FRAMES, overflows=0)
    assert (card.overflows, card.lost_frames) == (0, 0)


def test_what_the_card_could_not_hold_is_lost_and_counted() -> None:
    late = BUFFER_SECONDS + 0.01
    paced = Paced([0.0, late, late, 0.0, late])
    card = CardMicrophone(paced, lambda: paced.now)
    with card.open() as stream:
        assert heard(stream) == [1, 4]
    assert (card.overflows, card.lost_frames) == (2, 3 * BLOCK_FRAMES)


def test_a_microphone_that_fails_is_told_to_whoever_reads() -> None:
    paced = Paced([0.0], DeviceError("Le micro est débranché."))
    with CardMicrophone(paced, lambda: paced.now).open() as stream:
        assert stream.read(5.0) is not None
        for _ in range(2):
            with pytest.raises(DeviceError, match="débranché"):
                stream.read(5.0)
