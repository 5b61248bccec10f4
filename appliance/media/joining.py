"""Parts of a take that was cut, made one media again."""

from appliance.domain.permissions import Nature
from appliance.media.films import to_mp4


def join(nature: Nature, parts: list[bytes]) -> bytes:
    """Return the media that opened parts make, in their order: an MP3, or an MP4 for a film.

    Nothing is encoded again. ValueError when a film's parts hold no picture.
    """
    joined = b"".join(parts)
    return to_mp4(joined) if nature is Nature.FILM else joined
