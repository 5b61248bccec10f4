"""What a capture holds, as an answer that a player can seek in. Opened in memory, kept by nobody."""

import io

from flask import Response, abort, send_file

from appliance.domain.audit import Role
from appliance.domain.captures import CAPTION_TYPE, Capture
from appliance.hub import audit, traces
from web.context import box


def whole(capture: Capture) -> Response:
    """Return the media, or the part asked for by Range; without a name that would tell whose it is."""
    return send(traces.media(box(), capture), capture.media_type)


def small(capture: Capture) -> Response:
    """Return the thumbnail of a photo or a film; a photo itself when it has none."""
    if not capture.has_thumbnail and capture.media_type.startswith("image"):
        return whole(capture)
    return send(traces.thumbnail(box(), capture), "image/jpeg")


def heard(capture: Capture, role: Role) -> Response:
    """Return the media, and have the journal say who heard or saw it; 404 when its file is gone."""
    try:
        answer = whole(capture)
    except FileNotFoundError:
        abort(404)
    audit.note_heard(box(), capture, role)
    return answer


def thumbnail(capture: Capture) -> Response:
    """Return the thumbnail; 404 when its file is gone."""
    try:
        return small(capture)
    except FileNotFoundError:
        abort(404)


def spoken(capture: Capture, role: Role) -> Response:
    """Return a photo's spoken caption, and have the journal say who heard it; 404 when it has none."""
    try:
        answer = send(traces.caption(box(), capture), CAPTION_TYPE)
    except FileNotFoundError:
        abort(404)
    audit.note_heard(box(), capture, role)
    return answer


def send(content: bytes, media_type: str) -> Response:
    """Return bytes that a player can seek in and that no browser keeps."""
    response = send_file(io.BytesIO(content), mimetype=media_type, conditional=True)
    response.headers["Cache-Control"] = "no-store"
    return response
