"""What a capture holds, as an answer that a player can seek in. Opened in memory, kept by nobody."""

import io

from flask import Response, abort, send_file

from appliance.domain.captures import CAPTION_TYPE, Capture
from appliance.hub import traces
from web.context import box


def whole(capture: Capture) -> Response:
    """Return the media, or the part asked for by Range; without a name that would tell whose it is."""
    return send(traces.media(box(), capture), capture.media_type)


def small(capture: Capture) -> Response:
    """Return the thumbnail of a photo or a film; a photo itself when it has none."""
    if not capture.has_thumbnail and capture.media_type.startswith("image"):
        return whole(capture)
    return send(traces.thumbnail(box(), capture), "image/jpeg")


def of(capture: Capture, *, thumbnail: bool = False) -> Response:
    """Return the media or the thumbnail; 404 when its file is gone."""
    try:
        return small(capture) if thumbnail else whole(capture)
    except FileNotFoundError:
        abort(404)


def spoken(capture: Capture) -> Response:
    """Return a photo's spoken caption; 404 when it has none."""
    try:
        return send(traces.caption(box(), capture), CAPTION_TYPE)
    except FileNotFoundError:
        abort(404)


def send(content: bytes, media_type: str) -> Response:
    """Return bytes that a player can seek in and that no browser keeps."""
    response = send_file(io.BytesIO(content), mimetype=media_type, conditional=True)
    response.headers["Cache-Control"] = "no-store"
    return response
