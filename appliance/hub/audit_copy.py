"""A copy of the journal to hand over: what a verification needs, then the same in French. No name."""

import csv
from typing import TextIO

from appliance.hub import audit_words
from appliance.store import journal
from appliance.store.database import Database

COLUMNS = (
    "numero", "instant", "heure_douteuse", "role", "evenement", "sujet", "precision", "empreinte",
    "qui", "quoi",
)  # fmt: skip
"""Of a copy: the fields that the print is made of, the print, then the same in French."""


def write_csv(database: Database, out: TextIO) -> None:
    """Write the whole journal as CSV, semicolons between, a header first."""
    table = csv.writer(out, delimiter=";", lineterminator="\r\n")
    table.writerow(COLUMNS)
    with database.snapshot():
        for line, digest in journal.every(database):
            table.writerow(
                [
                    line.number,
                    line.at,
                    line.doubtful,
                    line.role,
                    line.event,
                    line.subject,
                    line.detail,
                    digest,
                    audit_words.role(line),
                    audit_words.sentence(line),
                ]
            )
