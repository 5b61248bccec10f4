"""Receipts as pages: what was erased or taken back, and what the ENT holds of it at this moment."""

from collections.abc import Sequence
from datetime import date

from flask import render_template

from appliance.hub.office import paper_facts
from appliance.hub.rights import family_words, receipts, requests
from appliance.hub.rights.pupil_erasure import BACKUPS_KEPT
from appliance.hub.rights.requests import Request
from web.context import box


def receipt_page(done: Sequence[str], back: str) -> str:
    """Return the receipts of withdrawals that were just recorded (ids of requests), one page each."""
    found = [one for one in (requests.find(box(), request) for request in done) if one is not None]
    return render_template(
        "receipt.html",
        found=[(one, receipts.lines(box(), one.traces), backups_until(one)) for one in found],
        words=family_words,
        now=box().now(),
        back=back,
    )


def backups_until(request: Request) -> date | None:
    """Return how long a backup may still hold what a request erased; None when the box makes none."""
    if not paper_facts.has_backup(box()):
        return None
    return (request.answered_on or box().today()) + BACKUPS_KEPT
