import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from appliance.devices.ports import SAMPLE_RATE, DeviceError, MicrophoneStream
from appliance.simulator.twins.room import Room
from appliance.simulator.twins.sound import TwinLoudspeaker, TwinMicrophone

LOUD = 8_000
BEEP = 12_000
ROOM_TONE = 20


def flat(level: int, seconds: float) -> bytes:
    return np.full(round(seconds * SAMPLE_RATE), level, "<i2").tobytes()


def hear(stream: MicrophoneStream, seconds: float) -> np.ndarray:
    pcm = b""
    while len(pcm) < seconds * SAMPLE_RATE * 2:
        block = stream.read(2.0)
        assert block
        pcm += block
    return np.frombuffer(pcm, "<i2")


def hear_until(stream: MicrophoneStream, heard: Callable[[np.ndarray], bool]) -> np.ndarray:
    pcm = b""
    while not heard(samples := np.frombuffer(pcm, "<i2")):
        assert len(samples) < 10 * SAMPLE_RATE, "never heard"
        block = stream.read(2.0)
        assert block
        pcm += block
    return samples


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def microphone(room: Room) -> TwinMicrophone:
    return TwinMicrophone(room)


@pytest.fixture
def loudspeaker(room: Room) -> TwinLoudspeaker:
    return TwinLoudspeaker(room)


def test_before_and_after_the_voice_there_is_a_faint_room(microphone: TwinMicrophone) -> None:
    with microphone.open() as stream:
        heard = hear(stream, 0.5)
    assert np.abs(heard).max() <= ROOM_TONE
    level = 20 * np.log10(np.sqrt(np.mean(heard.astype(float) ** 2)) / 32768)
    assert level == pytest.approx(-70, abs=1)


def test_the_pupil_speaks_when_the_signal_has_ended(
    microphone: TwinMicrophone, loudspeaker: TwinLoudspeaker
) -> None:
    microphone.set_clip(flat(LOUD, 0.3))
    with microphone.open() as stream:
        playing = threading.Thread(target=loudspeaker.play, args=(flat(BEEP, 0.2), "start"))
        playing.start()
        heard = hear_until(
            stream,
            lambda samples: (
                np.count_nonzero(np.abs(samples - LOUD) < 50) >= 0.3 * SAMPLE_RATE
                and abs(int(samples[-1])) < 50
            ),
        )
        playing.join(5)
    beep = np.flatnonzero(np.abs(heard - BEEP // 4) < 50)
    voice = np.flatnonzero(np.abs(heard - LOUD) < 50)
    assert beep.size >= 0.19 * SAMPLE_RATE, "the microphone hears the loudspeaker"
    assert voice[0] > beep[-1]
    assert voice[0] - beep[-1] < 0.1 * SAMPLE_RATE
    assert voice.size == round(0.3 * SAMPLE_RATE)
    assert voice[-1] - voice[0] == voice.size - 1


def test_the_end_of_a_prompt_is_not_the_signal(
    microphone: TwinMicrophone, loudspeaker: TwinLoudspeaker
) -> None:
    microphone.set_clip(flat(LOUD, 0.1))
    with microphone.open() as stream:
        loudspeaker.play(flat(BEEP, 0.05), "show_badge")
        heard = hear(stream, 0.8)
    assert np.flatnonzero(np.abs(heard - LOUD) < 50).size == 0


def test_without_a_signal_the_pupil_speaks_after_a_second(microphone: TwinMicrophone) -> None:
    microphone.set_clip(flat(LOUD, 0.1))
    with microphone.open() as stream:
        heard = hear(stream, 1.2)
    voice = np.flatnonzero(np.abs(heard - LOUD) < 50)
    assert voice[0] == SAMPLE_RATE
    assert voice.size == 0.1 * SAMPLE_RATE


def test_a_late_reader_hears_the_same(microphone: TwinMicrophone) -> None:
    microphone.set_clip(flat(LOUD, 0.1))
    with microphone.open() as stream:
        threading.Event().wait(1.3)
        heard = hear(stream, 1.2)
    assert np.flatnonzero(np.abs(heard - LOUD) < 50)[0] == SAMPLE_RATE


def test_a_second_signal_does_not_make_her_start_again(
    microphone: TwinMicrophone, loudspeaker: TwinLoudspeaker
) -> None:
    microphone.set_clip(flat(LOUD, 0.2))
    with microphone.open() as stream:
        loudspeaker.play(flat(0, 0.02), "start")
        loudspeaker.play(flat(0, 0.02), "warn")
        heard = hear(stream, 0.5)
    assert np.count_nonzero(np.abs(heard - LOUD) < 50) == 0.2 * SAMPLE_RATE


def test_she_says_it_again_at_each_opening(microphone: TwinMicrophone) -> None:
    microphone.set_clip(flat(LOUD, 0.05))
    for _ in range(2):
        with microphone.open() as stream:
            microphone.cue()
            assert np.count_nonzero(np.abs(hear(stream, 0.2) - LOUD) < 50) == 0.05 * SAMPLE_RATE


def test_something_to_say_while_open_is_said_at_once(microphone: TwinMicrophone) -> None:
    with microphone.open() as stream:
        hear(stream, 0.1)
        microphone.set_clip(flat(LOUD, 0.05))
        assert np.count_nonzero(np.abs(hear(stream, 0.3) - LOUD) < 50) == 0.05 * SAMPLE_RATE


def test_a_sound_that_is_cut_is_not_heard_any_more(
    microphone: TwinMicrophone, loudspeaker: TwinLoudspeaker
) -> None:
    with microphone.open() as stream:
        playing = threading.Thread(target=loudspeaker.play, args=(flat(BEEP, 10), "take"))
        playing.start()
        hear_until(stream, lambda samples: bool((samples > BEEP // 5).any()))
        loudspeaker.stop()
        playing.join(5)
        heard = hear_until(
            stream, lambda samples: len(samples) > 2400 and bool((np.abs(samples[-2400:]) < 50).all())
        )
    assert np.abs(heard[-2400:]).max() <= ROOM_TONE


def test_plugging_back_does_not_revive_an_open_stream(microphone: TwinMicrophone) -> None:
    with microphone.open() as stream:
        microphone.set_plugged(False)
        microphone.set_plugged(True)
        with pytest.raises(DeviceError):
            while True:
                stream.read(0.1)


def test_the_loudspeaker_remembers_what_it_played(loudspeaker: TwinLoudspeaker) -> None:
    loudspeaker.play(flat(BEEP, 0.01), "kept")
    assert (loudspeaker.last_name, loudspeaker.last_pcm) == ("kept", flat(BEEP, 0.01))


def test_an_observer_hears_streams_and_sounds(room: Room) -> None:
    events: list[tuple[str, dict[str, object]]] = []

    def observe(event: str, facts: dict[str, object]) -> None:
        events.append((event, facts))

    microphone, loudspeaker = TwinMicrophone(room, observe), TwinLoudspeaker(room, observe)
    with microphone.open():
        loudspeaker.play(flat(0, 0.01), "start")
    threading.Timer(0.05, loudspeaker.stop).start()
    begun = time.monotonic()
    loudspeaker.play(flat(0, 10), "take")
    assert time.monotonic() - begun < 5
    assert events == [
        ("microphone.opened", {}),
        ("sound.started", {"name": "start", "seconds": 0.01}),
        ("sound.ended", {"name": "start", "cut": False}),
        ("microphone.closed", {}),
        ("sound.started", {"name": "take", "seconds": 10.0}),
        ("sound.ended", {"name": "take", "cut": True}),
    ]


def test_an_unplugged_microphone_opens_no_stream(room: Room) -> None:
    events: list[str] = []
    microphone = TwinMicrophone(room, lambda event, _facts: events.append(event))
    microphone.set_plugged(False)
    with pytest.raises(DeviceError), microphone.open():
        pass
    assert events == []
