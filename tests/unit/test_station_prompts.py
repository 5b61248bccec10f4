"""Who speaks when prompts, the start signal and a replay collide."""

import json
import threading
from collections.abc import Callable

import pytest

from appliance.devices.ports import DeviceError
from appliance.station import prompts
from appliance.station.levelling import at_volume, loudness
from appliance.station.prompts import Voice, sound
from appliance.station.recordings import Recordings, refresh
from appliance.station.takes import COUNTDOWN
from appliance.unix_http import Response


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


OWN = b"\1\0" * 100
"""A recording of the teacher's."""


class Played:
    """A loudspeaker that plays at once, and waits for nobody."""

    def __init__(self) -> None:
        self.sounds: list[tuple[str, bytes]] = []

    def play(self, pcm: bytes, name: str) -> None:
        self.sounds.append((name, pcm))

    def stop(self) -> None:
        return

    def check(self) -> None:
        raise AssertionError("the panel never checks")


def held(**recordings: bytes) -> Recordings:
    """Recordings by key, `__` for a slash."""
    found = Recordings()
    by_key = {name.replace("__", "/"): pcm for name, pcm in recordings.items()}
    found.update(dict.fromkeys(by_key, "1"), by_key.get)
    return found


def said(recordings: Recordings, *items: str) -> list[tuple[str, bytes]]:
    loudspeaker, heard, ended = Played(), [], threading.Event()
    voice = Voice(loudspeaker, heard.append, recordings)
    voice.say_all(items, ended.set)
    assert ended.wait(10)
    assert heard == [name for name, _pcm in loudspeaker.sounds]
    return loudspeaker.sounds


def turned(pcm: bytes) -> bytes:
    """Return a sound as it comes at full volume: under the cap that spares young ears."""
    return at_volume(pcm, 1.0)


def test_all_that_is_said_is_said_at_the_station_s_volume() -> None:
    loudspeaker = Played()
    Voice(loudspeaker, lambda _name: None, volume=0.0).signal("show_badge")
    ((_name, pcm),) = loudspeaker.sounds
    assert loudness(pcm) < loudness(turned(sound("show_badge"))) - 15


def test_the_teacher_s_voice_is_preferred_and_the_box_s_own_never_missing() -> None:
    recordings = held(prompt__bonjour=OWN)
    assert said(recordings, "bonjour", "and") == [("bonjour", turned(OWN)), ("and", turned(sound("and")))]


def test_a_signal_is_the_same_everywhere() -> None:
    loudspeaker = Played()
    Voice(loudspeaker, lambda _name: None, held(prompt__start=OWN)).signal("start")
    assert loudspeaker.sounds == [("start", turned(sound("start")))]


def test_a_countdown_in_the_teacher_s_voice_stays_regular() -> None:
    loudspeaker = Played()
    recordings = held(prompt__three=OWN, prompt__two=OWN * 900)
    voice = Voice(loudspeaker, lambda _name: None, recordings)
    for name in COUNTDOWN:
        voice.signal(name)
    assert [len(pcm) for _name, pcm in loudspeaker.sounds] == [len(sound("one"))] * 3
    assert loudspeaker.sounds[0][1] == turned(OWN.ljust(len(sound("one")), b"\0"))


def test_several_items_are_one_utterance_and_what_is_missing_is_left_out() -> None:
    recordings = held(pupil__1=OWN, consigne__9__ar=OWN)
    items = ("bonjour", "pupil/1", "pupil/2", "picture/turtle", "picture/dragon", "consigne/9/ar")
    assert [name for name, _pcm in said(recordings, *items)] == [
        "bonjour",
        "pupil/1",
        "picture/turtle",
        "consigne/9/ar",
    ]
    assert said(Recordings(), "picture/turtle") == [("picture/turtle", turned(sound("picture_turtle")))]
    assert said(held(prompt__picture_turtle=OWN), "picture/turtle") == [("picture/turtle", turned(OWN))]


def test_what_can_be_said_is_known_beforehand() -> None:
    voice = Voice(None, lambda _name: None, held(consigne__9__ar=OWN))
    assert [voice.knows(i) for i in ("consigne/9/ar", "consigne/9/uk", "bonjour")] == [True, False, True]


def test_nothing_to_say_ends_at_once() -> None:
    assert said(Recordings(), "pupil/1") == []


def test_a_station_without_a_loudspeaker_still_tells_what_it_would_say() -> None:
    heard: list[str] = []
    ended = threading.Event()
    Voice(None, heard.append).say_all(["bonjour", "pupil/1", "and"], ended.set)
    assert ended.wait(10)
    assert heard == ["bonjour", "and"]


def test_an_utterance_is_cut_by_the_next_and_then_tells_no_end(
    voice: Voice, loudspeaker: SlowLoudspeaker
) -> None:
    before = set(threading.enumerate())
    loudspeaker.deaf.add("bonjour")
    told = threading.Event()
    voice.say_all(["bonjour", "and"], told.set)
    (utterance,) = set(threading.enumerate()) - before
    assert loudspeaker.asked.wait(10)
    loudspeaker.opened.set()
    voice.signal("start")
    utterance.join(10)
    assert ("begins", "and") not in loudspeaker.sounds
    assert loudspeaker.sounds[-1] == ("ends", "start")
    assert not told.is_set()


def test_only_what_is_new_is_fetched_and_what_is_gone_is_forgotten() -> None:
    recordings, asked = Recordings(), []

    def fetch(key: str) -> bytes | None:
        asked.append(key)
        return None if key == "pupil/late" else key.encode()

    recordings.update({"pupil/1": "a", "pupil/2": "a", "pupil/late": "a"}, fetch)
    recordings.update({"pupil/1": "a", "pupil/late": "a", "prompt/and": "a"}, fetch)
    recordings.update({"pupil/1": "b", "prompt/and": "a"}, fetch)
    assert asked == ["pupil/1", "pupil/2", "pupil/late", "pupil/late", "prompt/and", "pupil/1"]
    assert [recordings.get(key) for key in ("pupil/1", "pupil/2", "pupil/late")] == [b"pupil/1", None, None]


def answering(open_: bool, **pcm: bytes) -> Callable[[str], Response]:
    """A hub that lists and gives these recordings."""
    by_key = {name.replace("__", "/"): content for name, content in pcm.items()}

    def get(path: str) -> Response:
        key = path.removeprefix("/voices/A").removeprefix("/")
        if not key:
            listing = {"open": open_, "voices": dict.fromkeys(by_key, "1")}
            return Response(200, {}, json.dumps(listing).encode())
        return Response(200 if open_ else 409, {}, by_key[key] if open_ else b"{}")

    return get


def test_who_watches_a_station_knows_when_it_speaks_as_the_teacher() -> None:
    told: list[bool] = []
    recordings = Recordings(told.append)
    for open_ in (False, True, True, False, True):
        refresh(recordings, "A", answering(open_, pupil__1=OWN, prompt__and=OWN))
    assert told == [True, False, True]


def test_names_are_held_while_the_class_is_open_and_phrases_after_it_too() -> None:
    recordings = Recordings()
    refresh(recordings, "A", answering(True, pupil__1=OWN, prompt__and=OWN))
    assert (recordings.get("pupil/1"), recordings.get("prompt/and")) == (OWN, OWN)
    refresh(recordings, "A", answering(False))
    assert (recordings.get("pupil/1"), recordings.get("prompt/and")) == (None, OWN)


def test_a_hub_that_does_not_know_the_voices_changes_nothing() -> None:
    recordings = held(pupil__1=OWN)
    refresh(recordings, "A", lambda _path: Response(404, {}, b""))
    assert recordings.get("pupil/1") == OWN
