"""The *dossier d'accès*: a ZIP that a family opens at home, for one child (law.md §3, R11; requirement E22).

AES-256 (WinZip's), opened by seven words that are kept nowhere. Names inside a ZIP are not encrypted, so they
tell nothing. `docs/export.md` describes `donnees.json`.
"""

import os
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyzipper

from appliance.domain.audit import Event
from appliance.domain.captures import CAPTION_TYPE, EXTENSIONS, Capture, Quarantine
from appliance.domain.requests import Kind
from appliance.domain.retention import EXPORT_DAYS
from appliance.hub import audit, people, traces
from appliance.hub.box import Box
from appliance.hub.errands import Report
from appliance.hub.rights import access_pages, export_files, family_file
from appliance.hub.rights.access_pages import Entry, Presence
from appliance.hub.rights.family_file import FamilyFile
from appliance.media.passages import Passage, only
from appliance.store import exports
from appliance.store.exports import ExportRow
from appliance.vault.files import make_folder, publish
from appliance.vault.opening import NotForThisKey
from appliance.vault.passphrase import make_passphrase


@dataclass(frozen=True)
class Choice:
    """What the teacher decided beside what always goes in."""

    included: frozenset[str] = frozenset()
    """Captures of a group, or put aside by right (ids), that go in all the same."""
    passages: Mapping[str, Passage] = field(default_factory=dict)
    """Sounds of a group (ids) of which only a passage goes in; the rest is silent."""
    legal: bool = False
    """An authority asks: what is *à protéger* goes in too (requirement E30)."""


def errand(pupil: str) -> str:
    """Return the name under which a pupil's export is under way (`box.errands`)."""
    return f"export/{pupil}"


def begin(box: Box, pupil: people.Pupil, choice: Choice) -> str:
    """Start making a pupil's export in the background, and return the seven words that open it.

    Nothing keeps the words: they are said here, once. Locked; `errands.Busy` while another work goes on.
    """
    words = make_passphrase(secrets.randbelow)

    def work(report: Report) -> None:
        build(box, pupil, words, choice, report)

    box.errands.begin(errand(pupil.id), work)
    return words


def build(box: Box, pupil: people.Pupil, words: str, choice: Choice, report: Report) -> ExportRow:
    """Make a pupil's export, in the place of a former one, and return its row.

    One trace at a time is in memory, and nothing in clear is on the disk. A power cut or a lock in the middle
    leaves nothing but a file without a row, which retention removes. Locked, or OSError for a full disk.
    """
    found = family_file.gather(box, pupil, legal=choice.legal)
    export, now = secrets.token_hex(16), box.now()
    target = export_files.path_of(box, export)
    make_folder(target.parent, mode=0o700)
    temporary = target.with_name(f".{target.name}.new")
    try:
        with temporary.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            with pyzipper.AESZipFile(file, "w", encryption=pyzipper.WZ_AES) as archive:
                archive.setpassword(words.encode())
                _Writer(box, archive, now).write(found, choice, report)
            file.flush()
            os.fsync(file.fileno())
        row = ExportRow(
            export, pupil.id, now.date(), now.date() + timedelta(days=EXPORT_DAYS), temporary.stat().st_size
        )
        former = of_pupil(box, pupil.id)
        with box.database.transaction():
            publish(temporary, target)
            exports.add(box.database, row)
            audit.note(box, Event.EXPORT_MADE, pupil.id, detail="legal" if choice.legal else Kind.ACCESS)
    finally:
        temporary.unlink(missing_ok=True)
    for old in former:
        export_files.erase(box, old, role=box.actor)
    return row


def hand(box: Box, row: ExportRow) -> None:
    """Record that an export was handed to the family today."""
    with box.database.transaction():
        exports.hand(box.database, row.id, box.today())
        audit.note(box, Event.EXPORT_HANDED, row.pupil)


def of_pupil(box: Box, pupil: str) -> list[ExportRow]:
    """Return a pupil's exports that are still there, latest first."""
    return [row for row in exports.every(box.database) if row.pupil == pupil]


def presence(capture: Capture, included: Collection[str]) -> Presence:
    """Return whether a trace's sound or picture goes into an export, and why not."""
    if capture.id in included or (len(capture.pupils) == 1 and capture.quarantine is Quarantine.NO):
        return Presence.COPIED
    if capture.quarantine is Quarantine.PROTECTED:
        return Presence.COPIED
    return Presence.IN_CLASS if capture.quarantine is Quarantine.NO else Presence.ASIDE


class _Writer:
    """Fills an archive."""

    def __init__(self, box: Box, archive: pyzipper.AESZipFile, now: datetime) -> None:
        self._box = box
        self._archive = archive
        self._now = now

    def write(self, found: FamilyFile, choice: Choice, report: Report) -> None:
        total = len(found.traces) + 1
        entries = []
        for number, trace in enumerate(found.traces, 1):
            report(number - 1, total)
            passage = choice.passages.get(trace.capture.id)
            how = Presence.PASSAGE if passage else presence(trace.capture, choice.included)
            entries.append(self._entry(number, trace, how, passage))
        for name, text in access_pages.texts(found, entries, self._now):
            self._add(name, text.encode(), pyzipper.ZIP_DEFLATED)
        report(total, total)

    def _entry(self, number: int, trace: family_file.Trace, how: Presence, passage: Passage | None) -> Entry:
        if how not in (Presence.COPIED, Presence.PASSAGE):
            return Entry(trace, how)
        capture = trace.capture
        try:
            content = traces.media(self._box, capture)
            if passage is not None:
                content = only(content, passage)
        except (FileNotFoundError, NotForThisKey, ValueError, TimeoutError):
            return Entry(trace, Presence.DAMAGED)
        name = f"medias/{number:04d}.{EXTENSIONS[capture.media_type]}"
        self._add(name, content, pyzipper.ZIP_STORED)
        return Entry(trace, how, name, self._caption(number, capture))

    def _caption(self, number: int, capture: Capture) -> str:
        name = f"medias/{number:04d}-legende.{EXTENSIONS[CAPTION_TYPE]}"
        with suppress(FileNotFoundError, NotForThisKey):
            self._add(name, traces.caption(self._box, capture), pyzipper.ZIP_STORED)
            return name
        return ""

    def _add(self, name: str, content: bytes, compression: int) -> None:
        info = self._archive.zipinfo_cls(name, date_time=self._now.timetuple()[:6])
        info.external_attr = 0o600 << 16
        self._archive.writestr(info, content, compress_type=compression)
