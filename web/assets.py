"""Files that hold no name: style, scripts, fonts, pictograms. The only ones that a browser may keep."""

import hashlib
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, abort, send_file, send_from_directory
from werkzeug.wrappers import Response

from appliance.stickers.pictograms import UnknownPictogram, svg_path
from web.security import require

STATIC = Path(__file__).parent / "static"
_FOREVER = "public, max-age=31536000, immutable"

bp = Blueprint("assets", __name__)
bp.before_request(require(None))


def version() -> str:
    """Return a short digest of all static files: a new version has new addresses."""
    digest = hashlib.sha256()
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def serve(app: Flask, static_version: str) -> None:
    """Serve the files under addresses that change with them."""
    app.config["STATIC_VERSION"] = static_version or version()
    app.register_blueprint(bp)

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint.startswith("assets."):
            values.setdefault("edition", app.config["STATIC_VERSION"])


@bp.get("/static/<edition>/pictogrammes/<slug>.svg")
def pictogram(edition: str, slug: str) -> Response:
    """Return a pictogram's drawing."""
    try:
        path = svg_path(slug)
    except UnknownPictogram:
        abort(404)
    return _kept(send_file(path, mimetype="image/svg+xml"))


@bp.get("/static/<edition>/<path:filename>")
def static(edition: str, filename: str) -> Response:
    """Return a static file."""
    return _kept(send_from_directory(STATIC, filename))


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = _FOREVER
    return response
