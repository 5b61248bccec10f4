import io

import numpy as np
import pytest
import qrcode
import zxingcpp
from PIL import ExifTags, Image

from appliance.devices.ports import DeviceError, LumaFrame
from appliance.simulator.twins.camera import TwinCamera


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def badge(text: str) -> Image.Image:
    return qrcode.make(text).get_image().convert("RGB")


def array(frame: LumaFrame) -> np.ndarray:
    return np.frombuffer(frame.data, np.uint8).reshape(frame.height, frame.width)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_badge_shown_is_read_from_a_frame(kind: str) -> None:
    camera = TwinCamera()
    camera.show(encoded(badge("B7K2"), kind))
    with camera.open() as stream:
        found = zxingcpp.read_barcodes(array(stream.luma(2)), formats=zxingcpp.BarcodeFormat.QRCode)
    assert [code.text for code in found] == ["B7K2"]


def test_a_bare_desk_has_no_badge() -> None:
    with TwinCamera().open() as stream:
        assert zxingcpp.read_barcodes(array(stream.luma(2))) == []


def test_a_picture_may_change_while_the_camera_is_open() -> None:
    camera = TwinCamera()
    with camera.open() as stream:
        before = array(stream.luma(2)).mean()
        camera.show(encoded(Image.new("RGB", (1280, 960), "black")))
        assert array(stream.luma(2)).mean() < before / 10


def test_a_picture_taken_sideways_is_seen_upright() -> None:
    sideways = Image.new("RGB", (1280, 960), "black")
    sideways.paste("white", (0, 0, 640, 960))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    camera = TwinCamera()
    camera.show(encoded(sideways, "JPEG", exif=exif))
    with camera.open() as stream:
        still = Image.open(io.BytesIO(stream.still(2)))
    assert still.size == (960, 1280)
    assert still.getpixel((480, 100))[0] > 200
    assert still.getpixel((480, 1200))[0] < 50


def test_a_still_shows_the_picture_and_tells_where_and_with_what_it_was_taken() -> None:
    camera = TwinCamera()
    camera.show(encoded(Image.new("RGB", (1600, 1200), (200, 30, 30))))
    with camera.open() as stream:
        still = Image.open(io.BytesIO(stream.still(2)))
    assert still.size == (1600, 1200)
    assert still.getpixel((800, 600)) == pytest.approx((200, 30, 30), abs=4)
    exif = still.getexif()
    assert exif[ExifTags.Base.Model] == "imx708"
    assert exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] == (48.0, 51.0, 24.0)


def test_a_very_large_picture_gives_a_still_of_a_camera_s_size() -> None:
    camera = TwinCamera()
    camera.show(encoded(Image.new("RGB", (4608, 2592))))
    with camera.open() as stream:
        assert Image.open(io.BytesIO(stream.still(2))).size == (2304, 1296)


@pytest.mark.parametrize("junk", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0junk"])
def test_what_is_not_a_picture_is_refused_in_french(junk: bytes) -> None:
    with pytest.raises(ValueError, match="JPEG ou PNG"):
        TwinCamera().show(junk)


def test_a_cut_picture_is_refused() -> None:
    whole = encoded(Image.effect_noise((400, 300), 50), "JPEG")
    with pytest.raises(ValueError, match="JPEG ou PNG"):
        TwinCamera().show(whole[: len(whole) // 2])


def test_a_frozen_camera_is_a_fault_until_it_thaws() -> None:
    camera = TwinCamera()
    with camera.open() as stream:
        camera.freeze()
        with pytest.raises(DeviceError, match="nappe"):
            stream.luma(0.05)
        camera.freeze(False)
        stream.luma(2)


def test_an_observer_hears_the_camera_open_and_close() -> None:
    events: list[str] = []
    camera = TwinCamera(lambda event, _facts: events.append(event))
    camera.set_plugged(False)
    with pytest.raises(DeviceError), camera.open():
        pass
    assert events == []
    camera.set_plugged(True)
    with camera.open():
        assert events == ["camera.opened"]
    assert events == ["camera.opened", "camera.closed"]
