"""Drawings made on the fly, as SVG inside the page: no file, no script."""

from typing import Any

from markupsafe import Markup

from appliance.i18n import _
from appliance.stickers.qr import QUIET_MODULES, Code, Level, encode
from appliance.vault.ring import Draft

_IDENTITY_HEAD = "AGE-SECRET-KEY-1"
"""How age identities begin; the rest is shown in groups of four, to be copied by hand without a slip."""


def envelope(draft: Draft) -> dict[str, Any]:
    """Return what the sheet of the sealed envelope shows: the recovery identity in groups, and as a QR."""
    identity = draft.recovery_identity
    head = len(_IDENTITY_HEAD)
    groups = [_IDENTITY_HEAD, *(identity[start : start + 4] for start in range(head, len(identity), 4))]
    return {"groups": groups, "drawing": qr_drawing(encode(identity, Level.M))}


def qr_drawing(code: Code) -> Markup:
    """Return a QR code as an SVG element, its quiet zone included; its size is the style sheet's business."""
    runs = "".join(
        f"M{x + QUIET_MODULES},{y + QUIET_MODULES}h1v1h-1z"
        for y, row in enumerate(code.rows)
        for x, black in enumerate(row)
        if black
    )
    return Markup(
        '<svg class="qr" viewBox="0 0 {side} {side}" role="img" aria-label="{label}"'
        ' shape-rendering="crispEdges">'
        '<rect class="qr-paper" width="{side}" height="{side}"/><path class="qr-ink" d="{runs}"/></svg>'
    ).format(side=code.modules, label=_("Le même texte, en QR"), runs=runs)
