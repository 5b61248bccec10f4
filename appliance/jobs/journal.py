"""`boite journal`: verifying the journal and copying it out, without a key and without a name."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from appliance.clock import Clock
from appliance.config import Config, ConfigError
from appliance.domain.audit import Break, Event
from appliance.hub import audit, audit_copy, audit_words
from appliance.i18n import _, ngettext
from appliance.store import journal
from appliance.store.database import FILE_NAME, Database


@dataclass(frozen=True)
class JournalReport:
    """What a check found."""

    ok: bool
    sentence: str
    """French, with the remedy when it is not."""


def check(config: Config, witness: str = "") -> JournalReport:
    """Verify the whole journal, and that it holds the line of a witness when one is given.

    ConfigError when there is no journal to read.
    """
    with closing(_open(config)) as database:
        try:
            return _judge(database, witness)
        except sqlite3.DatabaseError as error:
            unreadable = _("Le journal est illisible ({reason}).").format(reason=error)
            return JournalReport(False, f"{unreadable} {audit_words.remedy()}")


def copied(folder: Path | None) -> Config | None:
    """Return what it takes to check a data folder copied without its configuration; None for another."""
    if folder is None or not (folder / FILE_NAME).is_file() or (folder / "boite.toml").exists():
        return None
    return Config(path=folder, data=folder, run=folder)


def export(config: Config, clock: Clock, out: TextIO) -> None:
    """Copy the journal out as CSV, and write down that it was; ConfigError when there is none."""
    with closing(_open(config, read_only=False)) as database:
        audit.try_note(audit.Desk(database, clock), Event.JOURNAL_EXPORTED)
        audit_copy.write_csv(database, out)


def _judge(database: Database, witness: str) -> JournalReport:
    found = audit.check(database)
    if found is None and witness:
        try:
            found = audit.compare(database, witness)
        except ValueError:
            return JournalReport(
                False, _("Ce témoin n’en est pas un. Il s’écrit comme 1234-3F2A91C077AB04D2.")
            )
        except audit.Pruned:
            return JournalReport(
                False, _("Ce témoin a plus de six mois : sa ligne n’est plus dans le journal.")
            )
    return _whole(database, witness) if found is None else _broken(found)


def _whole(database: Database, witness: str) -> JournalReport:
    count = journal.count(database)
    said = ngettext(
        "Le journal est entier : {count} ligne, telle que la boîte l’a écrite.",
        "Le journal est entier : {count} lignes, telles que la boîte les a écrites.",
        count,
    ).format(count=count)
    held = _("Il contient la ligne du témoin donné.") + " " if witness else ""
    now = _("Témoin à recopier : {witness}").format(witness=audit.witness(database))
    return JournalReport(True, f"{said} {held}{now}")


def _broken(found: Break) -> JournalReport:
    return JournalReport(False, f"{audit_words.broken(found)} {audit_words.remedy()}")


def _open(config: Config, *, read_only: bool = True) -> Database:
    path = config.data / FILE_NAME
    if not path.is_file():
        raise ConfigError(
            _("{path} : pas de journal. Donnez le dossier de la boîte par --config.").format(path=path)
        )
    return Database(path, read_only=read_only)
