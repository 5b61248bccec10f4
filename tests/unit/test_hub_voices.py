"""The teacher's recordings: what is kept of them, who hears them, and when they go."""

import threading
from pathlib import Path

import pytest

from appliance.config import Config
from appliance.hub import stations, voices
from appliance.hub.box import Box, Locked
from appliance.station.levelling import level
from appliance.store import scenarios
from appliance.vault.keys import KeyFolder
from tests.unit.voice_helpers import rms, voice_wav
from web.sockets import station_app

RATE = 24_000


def files_of(box: Box) -> list[Path]:
    return list((box.config.data / "voices").iterdir())


def scenario_of(box: Box, station: str) -> str:
    found = scenarios.current(box.database, station)
    assert found is not None
    return found.id


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (24_000, 1), (44_100, 2), (48_000, 1)])
def test_a_recording_becomes_what_a_panel_plays(open_box: Box, rate: int, channels: int) -> None:
    row = voices.save(open_box, "prompt/bonjour", voice_wav(rate=rate, channels=channels), level)
    pcm = voices.pcm(open_box, "prompt/bonjour")
    assert len(pcm) / 2 / RATE == pytest.approx(1.1, abs=0.15)
    assert row.duration_ms == pytest.approx(len(pcm) * 1000 / 2 / RATE, abs=1)


def test_a_timid_voice_and_a_loud_one_are_heard_alike(open_box: Box) -> None:
    heard = []
    for loud in (0.05, 0.7):
        voices.save(open_box, "prompt/bonjour", voice_wav(loud=loud), level)
        heard.append(rms(voices.pcm(open_box, "prompt/bonjour")))
    assert heard[0] == pytest.approx(heard[1], rel=0.15)


def test_a_pause_between_words_is_kept(open_box: Box) -> None:
    two_words = voice_wav(0.4)[44:] + voice_wav(0.4)[44:]
    header = bytearray(voice_wav(0.4)[:44])
    header[40:44] = len(two_words).to_bytes(4, "little")
    voices.save(open_box, "prompt/bonjour", bytes(header) + two_words, level)
    assert len(voices.pcm(open_box, "prompt/bonjour")) / 2 / RATE == pytest.approx(1.9, abs=0.2)


def test_it_is_sealed_and_needs_the_open_class(box: Box, made_keys: object, lina: str) -> None:
    sound = voice_wav()
    voices.save(box, f"pupil/{lina}", sound, level)
    (file,) = files_of(box)
    assert file.read_bytes().startswith(b"age-encryption.org/v1")
    assert b"RIFF" not in file.read_bytes()
    assert lina not in file.name
    with pytest.raises(Locked):
        voices.pcm(box, f"pupil/{lina}")


@pytest.mark.parametrize("key", ["prompt/../x", "pupil/0190", "consigne/0190/fr", "autre/1", "pupil/", ""])
def test_nobody_records_what_is_not_there(box: Box, key: str) -> None:
    with pytest.raises(voices.NoVoice):
        voices.save(box, key, voice_wav(), level)
    assert voices.listing(box) == {}


@pytest.mark.parametrize(
    ("sound", "said"),
    [
        (b"", "n’est pas un WAV"),
        (b"ID3" * 40, "n’est pas un WAV"),
        (voice_wav(0.5, loud=0.0), "On n’entend personne"),
        (voice_wav(61, rate=8_000), "60 secondes au plus"),
        (voice_wav(0, around=0.001), "On n’entend personne"),
    ],
)
def test_a_file_that_will_not_do_is_told_in_french(box: Box, sound: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        voices.save(box, "prompt/bonjour", sound, level)
    assert voices.listing(box) == {}


def test_recording_again_replaces_and_forgetting_leaves_nothing(open_box: Box) -> None:
    voices.save(open_box, "prompt/bonjour", voice_wav(1), level)
    before = voices.versions(open_box)
    voices.save(open_box, "prompt/bonjour", voice_wav(2), level)
    assert voices.versions(open_box).keys() == before.keys()
    assert voices.versions(open_box) != before
    assert len(files_of(open_box)) == 1
    assert voices.forget(open_box, "prompt/bonjour")
    assert (files_of(open_box), voices.forget(open_box, "prompt/bonjour")) == ([], False)
    with pytest.raises(voices.NoVoice):
        voices.wav(open_box, "prompt/bonjour")


def test_what_is_said_of_a_pupil_goes_with_the_pupil(box: Box, lina: str) -> None:
    voices.save(box, f"pupil/{lina}", voice_wav(), level)
    voices.save(box, "prompt/bonjour", voice_wav(), level)
    with box.database.transaction() as db:
        db.execute("DELETE FROM pupils WHERE id = ?", [lina])
    voices.sweep(box)
    assert set(voices.listing(box)) == {"prompt/bonjour"}
    assert len(files_of(box)) == 1


def test_a_consigne_goes_with_its_scenario(box: Box) -> None:
    scenario = scenario_of(box, "A")
    voices.save(box, f"consigne/{scenario}/ar", voice_wav(), level)
    with box.database.transaction() as db:
        db.execute("DELETE FROM scenarios WHERE id = ?", [scenario])
    voices.sweep(box)
    assert (voices.listing(box), files_of(box)) == ({}, [])


def test_a_power_cut_between_file_and_row_leaves_the_former_voice(
    open_box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    voices.save(open_box, "prompt/bonjour", voice_wav(1), level)
    before = voices.pcm(open_box, "prompt/bonjour")

    def cut(*_arguments: object, **_words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("appliance.store.voices.put", cut)
    with pytest.raises(KeyboardInterrupt):
        voices.save(open_box, "prompt/bonjour", voice_wav(2), level)
    assert voices.pcm(open_box, "prompt/bonjour") == before
    assert len(files_of(open_box)) == 2
    voices.sweep(open_box)
    assert len(files_of(open_box)) == 1


def test_who_listens_while_it_is_recorded_again_hears_one_or_the_other(open_box: Box) -> None:
    voices.save(open_box, "prompt/bonjour", voice_wav(), level)
    stop, faults = threading.Event(), []

    def listen() -> None:
        while not stop.is_set():
            try:
                voices.pcm(open_box, "prompt/bonjour")
            except (voices.NoVoice, OSError) as error:
                faults.append(error)

    listener = threading.Thread(target=listen)
    listener.start()
    for _again in range(10):
        voices.save(open_box, "prompt/bonjour", voice_wav(0.2), level)
    stop.set()
    listener.join(30)
    assert faults == []


def test_a_voice_of_another_year_s_key_is_as_if_there_were_none(open_box: Box, tmp_path: Path) -> None:
    voices.save(open_box, "prompt/bonjour", voice_wav(), level)
    other = KeyFolder(tmp_path / "other")
    open_box.set_opener(other.unlock(other.create().passphrase))
    with pytest.raises(voices.NoVoice):
        voices.pcm(open_box, "prompt/bonjour")


def test_a_station_hears_of_phrases_names_and_its_own_consignes(open_box: Box, lina: str) -> None:
    mine, other = scenario_of(open_box, "A"), scenario_of(open_box, "B")
    for key in ("prompt/bonjour", f"pupil/{lina}", f"consigne/{mine}/fr", f"consigne/{other}/fr"):
        voices.save(open_box, key, voice_wav(0.2), level)
    client = station_app(open_box).test_client()
    listing = client.get("/voices/A").get_json()
    assert listing["open"]
    assert set(listing["voices"]) == {"prompt/bonjour", f"pupil/{lina}", f"consigne/{mine}/fr"}
    answer = client.get(f"/voices/A/pupil/{lina}")
    assert (answer.mimetype, answer.data) == ("audio/L16", voices.pcm(open_box, f"pupil/{lina}"))
    assert client.get(f"/voices/A/consigne/{other}/fr").status_code == 404
    assert client.get("/voices/A/prompt/nothing").status_code == 404
    assert client.get("/voices/Z").status_code == 404
    stations.set_title(open_box, "A", "Autre chose", "ear")
    assert f"consigne/{mine}/fr" not in client.get("/voices/A").get_json()["voices"]


def test_a_locked_class_gives_a_station_no_voice(box: Box, config: Config, lina: str) -> None:
    voices.save(box, f"pupil/{lina}", voice_wav(), level)
    client = station_app(box).test_client()
    assert client.get("/voices/A").get_json() == {"open": False, "voices": {}}
    assert client.get(f"/voices/A/pupil/{lina}").status_code == 409
