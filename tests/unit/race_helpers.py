"""A capture on its way in, and what a race may leave of it."""

import io
from pathlib import Path

from appliance.domain.captures import Facts
from appliance.hub import (
    intake,
)
from appliance.hub.box import Box


def media_files(box: Box) -> list[Path]:
    return [path for path in (box.config.data / "media").rglob("*") if path.is_file()]


def take_in(box: Box, facts: Facts, sealed: bytes) -> bool:
    return intake.take_in(box, facts, io.BytesIO(sealed))
