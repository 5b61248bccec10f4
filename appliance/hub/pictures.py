"""Making a teacher's image small and anonymous: a plain JPEG without the place and the date of a camera."""

from io import BytesIO

from appliance.i18n import _

LARGEST = 1024 * 1024
"""Bytes of a JPEG once made."""
LONGEST_SIDE = 1600
"""Pixels: sharp on a projector."""
_MOST_PIXELS = 60_000_000
_FORMATS = ("JPEG", "PNG", "WEBP")
"""What phones make; Pillow's other readers, of which one starts a program, stay shut."""


def as_jpeg(content: bytes) -> bytes:
    """Return a photo (JPEG, PNG, WebP) as a JPEG of 1 MB at most; ValueError, in French, when it is none."""
    # Pillow waits for the first image: it is 10 MB of a hub's memory.
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise ValueError(_("Cette image est trop grande. Choisissez une photo d’appareil ordinaire."))
            image.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(_("Ce fichier n’est pas une image. Choisissez une photo JPEG ou PNG.")) from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    for quality in (85, 70, 50, 30):
        made = BytesIO()
        upright.save(made, "JPEG", quality=quality, exif=b"")
        if made.tell() <= LARGEST:
            break
    return made.getvalue()
