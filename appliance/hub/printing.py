"""Handing stickers to the printer worker: words are put together at the last moment, in memory."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from appliance.devices.ports import PaperState
from appliance.domain.captures import Capture
from appliance.domain.codes import human_code
from appliance.hub import people, traces
from appliance.hub.box import Box, Locked
from appliance.i18n import _, short_day
from appliance.stickers.words import StickerText
from appliance.store import captures, printing, pupils, scenarios

TRIAL_WAITS = timedelta(minutes=2)
"""A trial sticker that the printer has not asked for by then comes out no more: nobody is looking for it."""
NO_JOB = 0
"""The number of what is in no queue: what becomes of it changes nothing."""
UNKNOWN_NAME = "?"
"""Printed where a first name would be, as long as nobody knows whose capture it is (E1)."""


@dataclass(frozen=True)
class Handed:
    """A sticker on its way to the printer."""

    job: int
    attempt: int
    text: StickerText


def next_sticker(box: Box, wait: float) -> Handed | None:
    """Return the oldest sticker to print, waiting up to `wait` seconds for one."""
    with box.changed:
        handed = _next(box)
        if handed is None and wait > 0 and not box.closing:
            box.changed.wait(wait)
            handed = _next(box)
        return handed


def come_out(box: Box) -> bool:
    """Whether stickers come out now, as far as the printer says; True before its first word."""
    said = box.reports.get("printer", {})
    return not said.get("fault") and said.get("paper") != PaperState.OUT


def sticker_text(box: Box, capture: Capture, pupil: str | None, *, reprint: bool) -> StickerText:
    """Return the words of the sticker for one of a capture's pupils, or for nobody known yet.

    Without title and first name while the class is locked.
    """
    title, names = "", ""
    with suppress(Locked):
        (trace,) = traces.describe(box, [capture])
        title, names = trace.title, people.together(trace.names) or UNKNOWN_NAME
    scenario = scenarios.find(box.database, capture.scenario)
    pictograms = {row.id: row.pictogram for row in pupils.every(box.database)}
    return StickerText(
        link=f"{box.config.link_base}/e/{capture.code}",
        human_code=human_code(capture.code),
        title=title,
        first_name=names,
        day=short_day(capture.taken_at.date()),
        pictogram=scenario.pictogram if scenario else "",
        pupil_pictogram=pictograms.get(pupil, "") if pupil else "",
        reprint=reprint,
        watermark=box.config.watermark,
    )


def try_printer(box: Box) -> None:
    """Have a sticker printed that is nobody's, after those that wait. Works while locked.

    A printer that is away for longer than `TRIAL_WAITS` prints none.
    """
    box.trial_sticker = box.now()
    box.announce_change()


def _next(box: Box) -> Handed | None:
    job = printing.take_next(box.database)
    if job is None:
        return _trial(box)
    capture = captures.find(box.database, job.capture)
    if capture is None:
        return None
    text = sticker_text(box, capture, job.pupil, reprint=job.reprint)
    return Handed(job.id, job.attempts, text)


def _trial(box: Box) -> Handed | None:
    asked, box.trial_sticker = box.trial_sticker, None
    if asked is None or not timedelta(0) <= box.now() - asked < TRIAL_WAITS:
        return None
    text = StickerText(
        link=f"{box.config.link_base}/",
        human_code="",
        title=_("Étiquette d’essai"),
        first_name=_("Elle s’imprime bien."),
        day=short_day(box.today()),
        pictogram="ear",
        pupil_pictogram="",
        reprint=False,
        watermark=box.config.watermark,
    )
    return Handed(NO_JOB, 1, text)
