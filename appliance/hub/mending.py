"""Making a cut take whole: its parts are opened, joined and sealed again as one file."""

import hashlib
import logging
import tarfile

from appliance.domain.captures import Capture, Packing
from appliance.hub.box import Box
from appliance.media.joining import join
from appliance.store import captures
from appliance.vault.opening import NotForThisKey

log = logging.getLogger(__name__)


def mend_all(box: Box) -> None:
    """Make whole every take that is in parts; Locked when the class is."""
    for capture in captures.interrupted(box.database):
        try:
            _mend(box, capture)
        except (OSError, NotForThisKey) as error:
            log.warning("capture %s stays in parts: %s", capture.id, type(error).__name__)


def opened_parts(box: Box, capture: Capture) -> bytes:
    """Return the media that a take in parts makes; NotForThisKey when one of them is damaged."""
    try:
        with tarfile.open(box.shelf.media(capture.id, Packing.PARTS)) as tar:
            members = sorted((member for member in tar if member.isfile()), key=lambda member: member.name)
            files = [tar.extractfile(member) for member in members]
            parts = [box.opener.open(file.read()) for file in files if file is not None]
            return join(capture.nature, parts)
    except (tarfile.TarError, ValueError) as error:
        raise NotForThisKey("the parts of this take are damaged") from error


def _mend(box: Box, capture: Capture) -> None:
    sealed = box.sealer.seal(opened_parts(box, capture))
    digest = hashlib.sha256(sealed).hexdigest()
    with box.database.transaction():
        # It may have been erased, or mended by another request, since it was opened.
        now = captures.find(box.database, capture.id)
        if now is None or now.packing is not Packing.PARTS:
            return
        box.shelf.write_media(capture.id, sealed)
        captures.make_whole(box.database, capture.id, size=len(sealed), sha256=digest)
    box.shelf.media(capture.id, Packing.PARTS).unlink(missing_ok=True)
