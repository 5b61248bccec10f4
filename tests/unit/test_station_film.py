"""What is kept of a film, how its sound is dated, and how it is cut into parts."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from pyrage import decrypt, x25519

from appliance.devices.ports import (
    BLOCK_FRAMES,
    SAMPLE_RATE,
    DeviceError,
    FilmStream,
    MicrophoneStream,
    Picture,
)
from appliance.domain.permissions import Nature
from appliance.media.decode import pcm_of
from appliance.media.joining import join
from appliance.station import film
from appliance.vault.sealing import Sealer
from tests.unit.film_helpers import (
    OPENED,
    RATE,
    ScriptedFilm,
    ScriptedMicrophone,
    arrivals,
    beeps,
    complaints,
    flashes_and_beeps,
    heard_until,
    jitter,
    numbered,
    pictures,
    probe,
    seconds_of,
)


@pytest.fixture
def identity() -> x25519.Identity:
    return x25519.Identity.generate()


class Shelf:
    """Where parts go."""

    def __init__(self, identity: x25519.Identity, *, sound: bool = True) -> None:
        self._identity = identity
        self.written: list[tuple[int, int, bytes]] = []
        sealer = Sealer([str(identity.to_public())])
        self.parts = film.PartWriter(sealer, lambda *part: self.written.append(part), sound=sound)

    def opened(self) -> list[bytes]:
        return [decrypt(sealed, [self._identity]) for _, _, sealed in self.written]


def recorded(
    video: FilmStream,
    microphone: MicrophoneStream | None,
    shelf: Shelf,
    *,
    signal: object = None,
    limit: float = 60,
    now: object = time.monotonic,
    started: object = None,
) -> film.Film:
    return film.record(
        video,
        microphone,
        signal=signal or (lambda: None),
        started=started or (lambda: None),
        stop=threading.Event(),
        limit_seconds=limit,
        parts=shelf.parts,
        now=now,
    )


@pytest.mark.parametrize("late", [False, True])
def test_the_sound_of_a_film_begins_with_its_first_picture(identity: x25519.Identity, late: bool) -> None:
    """The camera's first picture is 1.23 s after the first sample, whenever blocks came."""
    pcm = numbered(3)
    count = len(pcm) // 2 // BLOCK_FRAMES
    came = arrivals(count, jitter(count) if late else None)
    microphone = ScriptedMicrophone(pcm, came)
    made = recorded(
        ScriptedFilm(pictures(RATE, begin_us=round((OPENED + 1.23) * 1e6))),
        microphone,
        Shelf(identity),
        signal=lambda: heard_until(microphone, 1),
        limit=1,
        now=microphone.now,
    )
    kept = np.frombuffer(bytes(made.pcm), "<i2")
    assert kept[0] == pytest.approx(123, abs=1)
    assert len(kept) == SAMPLE_RATE
    assert made.duration_ms == 1000


def test_lips_and_voice_stay_together(identity: x25519.Identity) -> None:
    seconds, begin = 6, 2.0
    microphone = ScriptedMicrophone(
        beeps(seconds, [begin + 0.5, begin + 1.5, begin + 3]), arrivals(300, jitter(300))
    )
    shelf = Shelf(identity)
    made = recorded(
        ScriptedFilm(
            pictures(4 * RATE, begin_us=round((OPENED + begin) * 1e6), white=frozenset({10, 30, 60}))
        ),
        microphone,
        shelf,
        signal=lambda: heard_until(microphone, 1),
        limit=4,
        now=microphone.now,
    )
    for mp4 in (made.mp4(made.sound()), join(Nature.FILM, shelf.opened())):
        flashes, heard = flashes_and_beeps(mp4)
        assert flashes == pytest.approx([0.5, 1.5, 3], abs=0.01)
        assert heard == pytest.approx(flashes, abs=0.04)


def test_the_signal_sounds_once_the_microphone_listens_and_before_the_camera_films(
    identity: x25519.Identity,
) -> None:
    microphone = ScriptedMicrophone(numbered(1), arrivals(50))
    video = ScriptedFilm(pictures(RATE, begin_us=round(OPENED * 1e6)))
    seen: list[tuple[int, bool]] = []
    began: list[bool] = []
    recorded(
        video,
        microphone,
        Shelf(identity),
        signal=lambda: seen.append((microphone.given, video.started)),
        started=lambda: began.append(True),
        limit=0.5,
        now=microphone.now,
    )
    assert seen[0][0] >= 1
    assert seen[0][1] is False
    assert video.started
    assert began == [True]


def test_a_film_stops_at_its_limit_and_never_lasts_more_than_a_minute(identity: x25519.Identity) -> None:
    made = recorded(ScriptedFilm(pictures(70 * RATE)), None, Shelf(identity, sound=False), limit=300)
    assert made.duration_ms == 60_000
    made = recorded(ScriptedFilm(pictures(3 * RATE)), None, Shelf(identity, sound=False), limit=2)
    assert made.duration_ms == 2_000
    assert made.fault is None


def test_stop_keeps_the_pictures_that_the_camera_still_held(identity: x25519.Identity) -> None:
    made_pictures = pictures(24)
    video = ScriptedFilm(made_pictures[:20], held=made_pictures[20:])
    made = recorded(video, None, Shelf(identity, sound=False), limit=1)
    assert made.duration_ms == 1_200
    assert video.closed


def test_stop_before_a_picture_keeps_nothing(identity: x25519.Identity) -> None:
    shelf = Shelf(identity, sound=False)
    stop = threading.Event()
    stop.set()
    made = film.record(
        ScriptedFilm([]),
        None,
        signal=lambda: None,
        started=lambda: pytest.fail("nothing began"),
        stop=stop,
        limit_seconds=5,
        parts=shelf.parts,
    )
    assert (made.duration_ms, shelf.written) == (0, [])
    with pytest.raises(ValueError, match="film"):
        made.mp4(b"")


def test_a_lost_camera_ends_the_film_with_what_it_saw(identity: x25519.Identity) -> None:
    shelf = Shelf(identity)
    microphone = ScriptedMicrophone(numbered(5), arrivals(250))
    video = ScriptedFilm(pictures(2 * RATE, begin_us=round((OPENED + 1) * 1e6)))
    made = recorded(video, microphone, shelf, signal=lambda: heard_until(microphone, 1), now=microphone.now)
    assert str(made.fault) == "débranchée"
    assert made.duration_ms == 2_000
    assert complaints(join(Nature.FILM, shelf.opened())) == ""
    assert video.closed


def test_a_lost_microphone_ends_the_film_with_what_it_heard(identity: x25519.Identity) -> None:
    shelf = Shelf(identity)
    microphone = ScriptedMicrophone(numbered(3), arrivals(150), fails=True, pause_after=150)

    def seen() -> Iterator[Picture]:
        for number, picture in enumerate(pictures(5 * RATE, begin_us=round((OPENED + 1) * 1e6))):
            if number == 2 * RATE:
                microphone.go_on.set()
                assert microphone.ended.wait(10)
            yield picture

    video = ScriptedFilm(seen())
    made = recorded(video, microphone, shelf, signal=lambda: heard_until(microphone, 3), now=microphone.now)
    assert str(made.fault) == "débranché"
    assert 2_000 <= made.duration_ms <= 2_100
    assert complaints(join(Nature.FILM, shelf.opened())) == ""
    assert video.closed


def test_a_dead_microphone_gives_no_film(identity: x25519.Identity) -> None:
    shelf = Shelf(identity)
    video = ScriptedFilm(pictures(RATE))
    made = recorded(video, ScriptedMicrophone(b"", [], fails=True), shelf)
    assert isinstance(made.fault, DeviceError)
    assert (video.started, shelf.written) == (False, [])


def test_a_camera_that_gives_nothing_gives_no_film(identity: x25519.Identity) -> None:
    shelf = Shelf(identity, sound=False)
    made = recorded(ScriptedFilm([]), None, shelf)
    assert isinstance(made.fault, DeviceError)
    assert (made.duration_ms, shelf.written) == (0, [])


def test_without_a_microphone_a_film_has_no_sound(identity: x25519.Identity) -> None:
    made = recorded(ScriptedFilm(pictures(RATE)), None, Shelf(identity, sound=False), limit=1)
    assert made.sound() == b""
    assert [stream["codec_type"] for stream in probe(made.mp4(made.sound()))["streams"]] == ["video"]


def test_a_cut_at_any_picture_loses_less_than_a_second(identity: x25519.Identity) -> None:
    """What plays of the parts written so far, picture after picture: 0.3 s remain for the disk."""
    shelf = Shelf(identity)
    pcm = beeps(3, [0], length=3)
    held, known = 0.0, 0
    for number, picture in enumerate(pictures(3 * RATE)):
        assert number / RATE - held <= 0.7
        shelf.parts.add_picture(picture, picture.taken_us)
        shelf.parts.add_sound(pcm[number * 2400 : (number + 1) * 2400])
        if len(shelf.written) > known:
            known = len(shelf.written)
            held = min(seconds_of(join(Nature.FILM, shelf.opened())))
    assert known >= 5


def test_parts_say_how_long_they_are_and_are_the_whole_film(identity: x25519.Identity) -> None:
    shelf = Shelf(identity)
    microphone = ScriptedMicrophone(numbered(6), arrivals(300))
    made = recorded(
        ScriptedFilm(pictures(4 * RATE, begin_us=round((OPENED + 1) * 1e6))),
        microphone,
        shelf,
        signal=lambda: heard_until(microphone, 1),
        limit=3.2,
        now=microphone.now,
    )
    assert [index for index, _, _ in shelf.written] == list(range(len(shelf.written)))
    assert sum(ms for _, ms, _ in shelf.written) == made.duration_ms == 3_200
    assert max(ms for _, ms, _ in shelf.written) <= 550
    assert b"".join(shelf.opened()) == made.stream
    assert not any(b"FFmpeg" in sealed or b"\x00\x00\x00\x01" in sealed for _, _, sealed in shelf.written)


def test_a_shy_voice_is_raised_in_the_film_too(identity: x25519.Identity) -> None:
    shy = (np.frombuffer(beeps(4, [0], length=4), "<i2") // 10).astype("<i2").tobytes()
    microphone = ScriptedMicrophone(shy, arrivals(200))
    made = recorded(
        ScriptedFilm(pictures(2 * RATE, begin_us=round((OPENED + 1) * 1e6))),
        microphone,
        Shelf(identity),
        signal=lambda: heard_until(microphone, 1),
        limit=2,
        now=microphone.now,
    )

    def loudness(pcm: bytes) -> float:
        return float(np.sqrt(np.mean(np.square(np.frombuffer(pcm, "<i2").astype(float)))))

    sound = made.sound()
    assert loudness(sound) > 3 * loudness(bytes(made.pcm))
    assert loudness(pcm_of(made.mp4(sound))) == pytest.approx(loudness(sound), rel=0.15)
