"""Who speaks when prompts, the start signal and a replay collide."""

import threading

import pytest

from appliance.devices.ports import DeviceError
from appliance.station import prompts
from appliance.station.panel import REFUSALS
from appliance.station.prompts import Voice, sound
from appliance.station.takes import COUNTDOWN


class SlowLoudspeaker:
    """A loudspeaker that a `stop` does not reach while the card is still opening."""

    def __init__(self) -> None:
        self.deaf: set[str] = set()
        self.asked = threading.Event()
        self.opened = threading.Event()
        self.sounds: list[tuple[str, str]] = []
        self._cut: threading.Event | None = None

    def play(self, pcm: bytes, name: str) -> None:
        if name in self.deaf:
            self.asked.set()
            assert self.opened.wait(10)
        self._cut = cut = threading.Event()
        self.sounds.append(("begins", name))
        if name not in ("start", "one"):
            assert cut.wait(10), f"{name} was never cut"
        self.sounds.append(("ends", name))
        self._cut = None

    def stop(self) -> None:
        if self._cut is not None:
            self._cut.set()

    def check(self) -> None:
        raise AssertionError("the panel never checks")


@pytest.fixture
def loudspeaker() -> SlowLoudspeaker:
    return SlowLoudspeaker()


@pytest.fixture
def voice(loudspeaker: SlowLoudspeaker, monkeypatch: pytest.MonkeyPatch) -> Voice:
    monkeypatch.setattr(prompts, "CUT_SECONDS", 0.001)
    return Voice(loudspeaker, lambda _name: None)


def test_the_start_signal_does_not_wait_for_a_prompt_that_missed_its_stop(
    voice: Voice, loudspeaker: SlowLoudspeaker
) -> None:
    loudspeaker.deaf.add("show_badge")
    voice.say("show_badge")
    assert loudspeaker.asked.wait(10)
    signal = threading.Thread(target=voice.signal, args=("start",))
    signal.start()
    while voice._latest < 2:
        assert signal.is_alive()
    loudspeaker.opened.set()
    signal.join(5)
    assert not signal.is_alive()
    assert loudspeaker.sounds[-2:] == [("begins", "start"), ("ends", "start")]


def test_a_prompt_that_was_overtaken_is_not_played_and_cuts_nothing(
    voice: Voice, loudspeaker: SlowLoudspeaker
) -> None:
    loudspeaker.deaf.add("show_badge")
    voice.say("show_badge")
    assert loudspeaker.asked.wait(10)
    voice.say("no_badge")
    voice.hush()
    loudspeaker.opened.set()
    voice.signal("start")
    assert ("begins", "no_badge") not in loudspeaker.sounds
    assert loudspeaker.sounds[-1] == ("ends", "start")


def test_each_sound_has_a_ticket_of_its_own(voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads that ask at once: a ticket given twice would let both sounds play."""
    both_in = threading.Barrier(2)

    class Meeting:
        """Holds a thread between its increment and its return until another one is there too."""

        def stop(self) -> None:
            try:
                both_in.wait(0.2)
            except threading.BrokenBarrierError:
                return

    voice._loudspeaker = Meeting()  # type: ignore[assignment]
    tickets: list[int] = []
    threads = [threading.Thread(target=lambda: tickets.append(voice._next())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(tickets) == [1, 2]


def test_a_replay_tells_its_end_unless_it_is_cut(voice: Voice, loudspeaker: SlowLoudspeaker) -> None:
    before = set(threading.enumerate())
    told = threading.Event()
    voice.replay(b"", told.set)
    (replay,) = set(threading.enumerate()) - before
    voice.signal("start")
    replay.join(10)
    assert not told.is_set()


def test_a_dead_loudspeaker_ends_a_replay_and_holds_up_no_take() -> None:
    class Dead(SlowLoudspeaker):
        def play(self, pcm: bytes, name: str) -> None:
            raise DeviceError("Le haut-parleur est débranché.")

    voice = Voice(Dead(), lambda _name: None)
    told = threading.Event()
    voice.replay(b"", told.set)
    assert told.wait(10)
    voice.signal("start")


def test_every_sound_of_the_panel_exists() -> None:
    names = {*REFUSALS.values(), *COUNTDOWN, "start", "click", "done", "kept", "show_badge", "no_badge"}
    for name in {*names, "not_now", "photo_taken"}:
        assert len(sound(name)) > 0
