from pathlib import Path

import pytest

from appliance.devices.cards import Direction, alsa_address

CARDS = """\
 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones
                      bcm2835 Headphones
 1 [Device         ]: USB-Audio - USB PnP Sound Device
                      C-Media Electronics Inc. USB PnP Sound Device at usb-0000:01:00.0-1.3, full speed
 3 [Device_1       ]: USB-Audio - USB PnP Sound Device
                      C-Media Electronics Inc. USB PnP Sound Device at usb-0000:01:00.0-1.4, full speed
"""


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "cards").write_text(CARDS)
    for pcm in ["card0/pcm0p", "card1/pcm0c", "card1/pcm0p", "card3/pcm0c", "card3/pcm0p"]:
        (tmp_path / pcm).mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Device", "hw:1,0"),
        ("Device_1", "hw:3,0"),
        ("hw:CARD=Device_1", "hw:3,0"),
        ("plughw:CARD=Device,DEV=0", "hw:1,0"),
        ("usb-0000:01:00.0-1.4", "hw:3,0"),
        ("hw:Device_1,0", "hw:3,0"),
    ],
)
def test_a_card_is_found_by_its_id_or_its_usb_path(proc: Path, name: str, address: str) -> None:
    assert alsa_address(name, Direction.INPUT, proc) == address


@pytest.mark.parametrize("name", ["plughw:CARD=Absent", "plughw:CARD=Device,DEV=1", "Absent", "hw:CARD=Dev"])
def test_a_card_that_is_not_plugged_is_not_found(proc: Path, name: str) -> None:
    assert alsa_address(name, Direction.INPUT, proc) is None


def test_a_card_that_only_plays_is_no_microphone(proc: Path) -> None:
    assert alsa_address("Headphones", Direction.INPUT, proc) is None
    assert alsa_address("Headphones", Direction.OUTPUT, proc) == "hw:0,0"


def test_a_name_that_fits_two_cards_is_refused_with_both(proc: Path) -> None:
    with pytest.raises(LookupError, match="Device, Device_1"):
        alsa_address("USB PnP", Direction.INPUT, proc)


def test_a_machine_without_sound_has_no_card(tmp_path: Path) -> None:
    assert alsa_address("Device", Direction.INPUT, tmp_path) is None
