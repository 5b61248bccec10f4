"""What a capture holds, as an answer that a player can seek in. Opened in memory, kept by nobody."""

import io

from flask import Response, abort, send_file

from appliance.domain.captures import Capture
from appliance.hub import traces
from web.context import box


def whole(capture: Capture) -> Response:
    """Return the media, or the part asked for by Range; without a name that would tell whose it is."""
    return _send(traces.media(box(), capture), capture.media_type)


def small(capture: Capture) -> Response:
    """Return a photo's thumbnail, or the photo itself when it has none."""
    if not capture.has_thumbnail:
        return whole(capture)
    return _send(traces.thumbnail(box(), capture), "image/jpeg")


def of(capture: Capture, *, thumbnail: bool = False) -> Response:
    """Return the media or the thumbnail; 404 when its file is gone."""
    try:
        return small(capture) if thumbnail else whole(capture)
    except FileNotFoundError:
        abort(404)


def _send(content: bytes, media_type: str) -> Response:
    response = send_file(io.BytesIO(content), mimetype=media_type, conditional=True)
    response.headers["Cache-Control"] = "no-store"
    return response
