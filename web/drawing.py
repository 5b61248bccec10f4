"""Drawings made on the fly, as SVG inside the page: no file, no script."""

from markupsafe import Markup

from appliance.i18n import _
from appliance.stickers.qr import QUIET_MODULES, Code


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
