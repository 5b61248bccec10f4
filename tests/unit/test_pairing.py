"""The pairing code, read as a badge camera sees it; the hub's time; leaving an absent hub in peace."""

import io
import ssl
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from appliance.clock import PARIS
from appliance.devices.board import WEAK, Board
from appliance.devices.gpio import GpioButton, GpioLight, load_pins
from appliance.devices.ports import ButtonName, LumaFrame, StationDevices
from appliance.domain.codes import parse_badge, parse_sticker
from appliance.domain.pairing import FINGERPRINT_BYTES, ONE_TIME_BYTES, PairingCode, parse_pairing
from appliance.pinned_http import tls_context
from appliance.satellite import bond as bonds
from appliance.satellite import pairing, program
from appliance.satellite.bond import Bond
from appliance.satellite.clock import NEVER, HubClock
from appliance.satellite.pairing import PairingPanel, read_pairing
from appliance.satellite.patience import FIRST_SECONDS, LONGEST_SECONDS, Patience
from appliance.simulator.twins.camera import TwinCamera
from appliance.simulator.twins.panel import mock_panel_pins
from appliance.simulator.twins.room import Room
from appliance.simulator.twins.sound import TwinLoudspeaker
from appliance.stickers.badges import badge_image
from appliance.stickers.qr import Level, encode
from appliance.vault.files import remove_durably
from web.findings_stations import FAULTS

CODE = PairingCode("192.168.4.1", 443, bytes(range(FINGERPRINT_BYTES)), b"once-only!")
NINE = datetime(2027, 1, 12, 9, 0, tzinfo=PARIS)

codes = st.builds(
    PairingCode,
    st.ip_addresses(v=4).map(str),
    st.integers(1, 65_535),
    st.binary(min_size=FINGERPRINT_BYTES, max_size=FINGERPRINT_BYTES),
    st.binary(min_size=ONE_TIME_BYTES, max_size=ONE_TIME_BYTES),
)


@given(codes)
def test_a_code_says_the_same_once_read(code: PairingCode) -> None:
    assert parse_pairing(code.text()) == code


@given(codes)
def test_every_code_stays_a_small_symbol(code: PairingCode) -> None:
    """29 modules: what the badge camera reads for sure at 131 pixels of its sensor."""
    assert len(encode(code.text(), Level.M).rows) == 29


@given(codes)
def test_a_code_is_neither_a_badge_nor_a_sticker(code: PairingCode) -> None:
    assert parse_badge(code.text()) is None
    assert parse_sticker(code.text()) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BT1:",
        "BT1:ÉÉ",
        "BT1:0189",
        CODE.text()[:-1],
        CODE.text() + "A" * 8,
        CODE.text().replace("BT1", "BT2"),
        "https://boite.local/e/7Q2M9XKD4HTR",
        "WIFI:S:ecole;T:WPA;P:secret;;",
    ],
)
def test_other_texts_are_no_code(text: str) -> None:
    assert parse_pairing(text) is None


def test_a_code_that_cannot_be_told_is_refused_when_it_is_made() -> None:
    with pytest.raises(ValueError):
        PairingCode("192.168.4.1", 443, b"short", b"once-only!").text()


def seen(picture: Image.Image) -> LumaFrame:
    scene = Image.new("L", (640, 480), 150)
    scene.paste(picture.convert("L"), (180, 120))
    return LumaFrame(scene.width, scene.height, scene.tobytes())


def test_the_badge_camera_reads_it_at_its_smallest() -> None:
    """4.5 pixels of the sensor to the module, slightly turned, as a hand holds a sheet."""
    drawn = encode(CODE.text(), Level.M).image(9).convert("L")
    held = drawn.rotate(8, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    held.thumbnail((held.width // 2, held.height // 2), Image.Resampling.LANCZOS)
    assert read_pairing(seen(held)) == CODE


def test_a_badge_shown_instead_is_no_code() -> None:
    card = badge_image("7Q2M9XKD", "turtle")
    card.thumbnail((300, 300))
    assert read_pairing(seen(card)) is None


def test_a_bond_is_kept_for_this_account_alone_and_forgotten_with_the_roster(tmp_path: Path) -> None:
    bond = Bond("C", "192.168.4.1", 443, "ab" * 16, "cd" * 32)
    bonds.save(tmp_path, bond)
    (tmp_path / "roster.json").write_text("{}")
    (tmp_path / "0198").mkdir()
    assert bonds.load(tmp_path) == bond
    assert (tmp_path / bonds.FILE_NAME).stat().st_mode & 0o777 == 0o600
    bonds.drop(tmp_path)
    assert bonds.load(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == ["0198"]


def test_a_power_cut_while_a_hub_is_forgotten_leaves_no_roster_behind_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the bond still there the hub is asked, and says again that the station was cut off."""
    bonds.save(tmp_path, Bond("C", "192.168.4.1", 443, "ab" * 16, "cd" * 32))
    (tmp_path / "roster.json").write_text("{}")
    removed: list[str] = []

    def until_the_power_goes(path: Path) -> bool:
        if removed:
            raise KeyboardInterrupt
        removed.append(path.name)
        return remove_durably(path)

    monkeypatch.setattr(bonds, "remove_durably", until_the_power_goes)
    with pytest.raises(KeyboardInterrupt):
        bonds.drop(tmp_path)
    assert bonds.load(tmp_path) is not None
    assert not (tmp_path / "roster.json").exists()


def test_a_roster_of_another_hub_is_gone_before_the_link_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bond = Bond("C", "192.168.4.1", 443, "ab" * 16, "cd" * 32)
    pressed, camera, pins = mock_panel_pins(), TwinCamera(), load_pins()
    picture = io.BytesIO()
    Image.frombytes("L", (640, 480), seen(encode(CODE.text(), Level.M).image(6)).data).save(picture, "PNG")
    devices = StationDevices(
        buttons={ButtonName.RED: GpioButton(pins.buttons[ButtonName.RED])},
        light=GpioLight(pins),
        loudspeaker=TwinLoudspeaker(Room()),
        microphone=None,
        badge_camera=camera,
        tray_camera=None,
    )
    monkeypatch.setattr(pairing, "exchange", lambda *_what: bond)
    (tmp_path / "roster.json").write_text("another class's")

    def observe(_event: str, facts: dict[str, object]) -> None:
        if facts.get("state") == "pairing_wait":
            pressed.press(ButtonName.RED, 30)
        if facts.get("state") == "pairing_look":
            camera.show(picture.getvalue())

    try:
        assert PairingPanel("C", devices, tmp_path, observe).run(threading.Event()) == bond
    finally:
        devices.buttons[ButtonName.RED].close()
        devices.light.close()
    assert [path.name for path in tmp_path.iterdir()] == [bonds.FILE_NAME]


@pytest.mark.parametrize("text", ["", "[]", '{"station": "C"}', "\x00"])
def test_a_bond_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / bonds.FILE_NAME).write_text(text)
    assert bonds.load(tmp_path) is None


class Machine:
    """A monotonic clock that a test moves, on a machine that it restarts."""

    def __init__(self, file: Path) -> None:
        self.now = 100.0
        self.boot = "first"
        self._file = file

    def clock(self) -> HubClock:
        return HubClock(self._file, lambda: self.now, lambda: self.boot)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "clock.json")


def test_before_the_first_answer_no_time_is_believed(machine: Machine) -> None:
    reading = machine.clock().read()
    assert (reading.now, reading.trusted) == (NEVER, False)


def test_the_time_is_the_hubs_in_the_middle_of_the_round_trip(machine: Machine) -> None:
    clock = machine.clock()
    clock.observe(90.0, 92.0, NINE, trusted=True)
    machine.now = 101.0
    reading = clock.read()
    assert (reading.now, reading.trusted) == (NINE + timedelta(seconds=10), True)


def test_a_slow_answer_does_not_spoil_what_a_quick_one_taught(machine: Machine) -> None:
    clock = machine.clock()
    clock.observe(100.0, 100.01, NINE, trusted=True)
    before = clock.read().now
    clock.observe(100.0, 140.0, NINE + timedelta(seconds=0.2), trusted=True)
    assert abs(clock.read().now - before) < timedelta(seconds=0.02)


def test_a_hub_whose_clock_was_set_is_followed_at_once(machine: Machine) -> None:
    clock = machine.clock()
    clock.observe(100.0, 100.01, NINE, trusted=False)
    clock.observe(100.0, 102.0, NINE + timedelta(days=3), trusted=True)
    reading = clock.read()
    assert reading.trusted
    assert timedelta(days=2, hours=23) < reading.now - NINE < timedelta(days=3, minutes=1)


def test_quartz_drifts_so_an_old_answer_yields_to_a_slower_one(machine: Machine) -> None:
    clock = machine.clock()
    clock.observe(100.0, 100.01, NINE, trusted=True)
    day = 86_400
    clock.observe(100.0 + day, 101.0 + day, NINE + timedelta(seconds=day + 1), trusted=True)
    machine.now = 101.0 + day
    assert abs(clock.read().now - (NINE + timedelta(seconds=day + 1.5))) < timedelta(milliseconds=1)


def test_the_time_outlives_the_program_but_not_the_power(machine: Machine) -> None:
    machine.clock().observe(100.0, 100.0, NINE, trusted=True)
    machine.now = 160.0
    assert machine.clock().read().now == NINE + timedelta(minutes=1)
    machine.boot = "second"
    assert machine.clock().read().trusted is False


def test_a_disk_that_cannot_be_written_does_not_stop_the_clock(tmp_path: Path) -> None:
    clock = HubClock(tmp_path / "gone" / "clock.json", lambda: 100.0)
    clock.observe(100.0, 100.0, NINE, trusted=True)
    assert clock.read().now == NINE


def test_an_absent_hub_is_asked_less_and_less_and_never_in_step() -> None:
    now, chances = [0.0], iter([1.0, 0.0] + [1.0] * 20)
    patience = Patience(lambda: now[0], lambda: next(chances))
    waits = []
    for _turn in range(12):
        patience.failed()
        begun = now[0]
        while not patience.may_try():
            now[0] += 0.25
        waits.append(now[0] - begun)
    assert waits[:4] == [FIRST_SECONDS, FIRST_SECONDS, 4 * FIRST_SECONDS, 8 * FIRST_SECONDS]
    assert waits[-1] == LONGEST_SECONDS
    patience.failed()
    patience.succeeded()
    assert patience.may_try()


def test_a_satellite_tells_of_its_own_machine_in_words_that_the_hub_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "read_board", lambda: Board(celsius=85.0, flags=WEAK))
    monkeypatch.setattr(program, "refusal", lambda _folder, _nature: "sound_only")
    told = program.own_faults(tmp_path)
    assert told == ("undervoltage", "overheating", "sound_only")
    assert set(told) <= set(FAULTS)


def test_nothing_older_than_tls_1_2_is_spoken() -> None:
    assert tls_context().minimum_version is ssl.TLSVersion.TLSv1_2
