import io

import pytest
from PIL import Image

from appliance.station.photo import LONGEST_SIDE, THUMBNAIL_SIDE, develop


def jpeg(size: tuple[int, int], orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Fabricant"
    exif.get_ifd(0x8825)[1] = "N"
    buffer = io.BytesIO()
    image = Image.new("RGB", size, "white")
    image.paste("black", (0, 0, size[0] // 2, size[1]))
    image.save(buffer, "JPEG", exif=exif, comment=b"une classe")
    return buffer.getvalue()


def test_a_photo_carries_nothing_but_its_dots() -> None:
    for picture in develop(jpeg((3000, 2000))):
        assert b"Fabricant" not in picture
        assert b"une classe" not in picture
        with Image.open(io.BytesIO(picture)) as image:
            assert dict(image.getexif()) == {}


def test_a_photo_is_upright_and_of_a_size_a_phone_opens() -> None:
    photo, thumbnail = develop(jpeg((3000, 1500), orientation=6))
    with Image.open(io.BytesIO(photo)) as image, Image.open(io.BytesIO(thumbnail)) as small:
        assert image.size == (1000, LONGEST_SIDE)
        assert small.size == (THUMBNAIL_SIDE // 2, THUMBNAIL_SIDE)
        # Turned a quarter to the right, the dark left half is on top.
        assert image.getpixel((500, 100))[0] < 60  # type: ignore[index]


def test_no_picture_is_an_error() -> None:
    with pytest.raises(ValueError, match="no picture"):
        develop(b"\xff\xd8 cut short")
