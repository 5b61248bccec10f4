"""A photo of a production: stripped of everything but its dots, with a small copy for the teacher's list."""

import io

from PIL import Image, ImageOps

LONGEST_SIDE = 2000
"""Pixels; 5 mm digits on an A4 tray stay readable (requirement D17)."""
THUMBNAIL_SIDE = 360
STILL_TIMEOUT = 3.0


def develop(jpeg: bytes) -> tuple[bytes, bytes]:
    """Return (photo, thumbnail) as JPEG files made anew: no EXIF, no place, no maker's notes.

    ValueError when the camera gave no picture.
    """
    try:
        with Image.open(io.BytesIO(jpeg)) as opened:
            image = ImageOps.exif_transpose(opened).convert("RGB")
    except OSError as error:
        raise ValueError("the camera gave no picture") from error
    # Pixels are copied into an image that never had any metadata.
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    return _jpeg(clean, LONGEST_SIDE, 88), _jpeg(clean, THUMBNAIL_SIDE, 80)


def _jpeg(image: Image.Image, side: int, quality: int) -> bytes:
    sized = image.copy()
    sized.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    sized.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()
