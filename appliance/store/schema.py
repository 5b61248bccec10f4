"""Tables, one migration a change. A released migration is never edited; the next one expands it.

What a person typed and what names a child is in columns called `sealed`: age files holding JSON.
The ids that another process answers with (print jobs, outbox) are AUTOINCREMENT: never given twice, so that
a late answer about a deleted row cannot be taken for another's.
"""

from sqlite_utils import Database, Migrations

from appliance.domain.audit import GENESIS

migrations = Migrations("boite")


@migrations()
def m001_spine(db: Database) -> None:
    """Everything one capture needs from the red button to its last day."""
    for statement in _SPINE:
        db.execute(statement)


_SPINE = (
    """CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value TEXT,
        sealed BLOB
    )""",
    """CREATE TABLE pupils (
        id TEXT PRIMARY KEY,
        badge TEXT NOT NULL UNIQUE,
        pictogram TEXT NOT NULL,
        disagreement INTEGER NOT NULL DEFAULT 0,
        left_on TEXT,
        created_at TEXT NOT NULL,
        sealed BLOB NOT NULL
    )""",
    # What families are asked for, beyond the workshops of the year that every class has under an empty id.
    """CREATE TABLE projects (
        id TEXT PRIMARY KEY,
        starts TEXT NOT NULL,
        until TEXT NOT NULL,
        natures TEXT NOT NULL,
        scopes TEXT NOT NULL,
        form TEXT NOT NULL,
        direction_agreed_on TEXT,
        created_at TEXT NOT NULL,
        sealed BLOB NOT NULL
    )""",
    # Grown-ups of the class and of the school. `password` only recognises those who hold no key.
    """CREATE TABLE adults (
        id TEXT PRIMARY KEY,
        role TEXT NOT NULL,
        created_at TEXT NOT NULL,
        until TEXT,
        disabled_at TEXT,
        password TEXT,
        voice_until TEXT,
        sealed BLOB NOT NULL
    )""",
    """CREATE TABLE trusted_devices (
        id TEXT PRIMARY KEY,
        adult TEXT NOT NULL REFERENCES adults(id) ON DELETE CASCADE,
        created_at TEXT NOT NULL,
        used_at TEXT NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        sealed BLOB NOT NULL
    )""",
    """CREATE TABLE class_groups (
        id TEXT PRIMARY KEY,
        pictogram TEXT NOT NULL,
        created_at TEXT NOT NULL,
        sealed BLOB NOT NULL
    )""",
    """CREATE TABLE group_pupils (
        class_group TEXT NOT NULL REFERENCES class_groups(id) ON DELETE CASCADE,
        pupil TEXT NOT NULL REFERENCES pupils(id) ON DELETE CASCADE,
        PRIMARY KEY (class_group, pupil)
    ) WITHOUT ROWID""",
    """CREATE TABLE permissions (
        id INTEGER PRIMARY KEY,
        pupil TEXT NOT NULL REFERENCES pupils(id) ON DELETE CASCADE,
        project TEXT NOT NULL,
        nature TEXT NOT NULL,
        scope TEXT NOT NULL,
        state TEXT NOT NULL,
        since TEXT NOT NULL,
        until TEXT NOT NULL,
        holders INTEGER NOT NULL,
        alone INTEGER NOT NULL,
        child TEXT NOT NULL,
        form TEXT NOT NULL,
        named INTEGER NOT NULL,
        sealed BLOB,
        recorded_at TEXT NOT NULL
    )""",
    "CREATE INDEX permissions_by_pupil ON permissions (pupil, project, nature, scope, id)",
    """CREATE TABLE scenario_pictures (
        id TEXT PRIMARY KEY,
        sealed BLOB NOT NULL
    )""",
    """CREATE TABLE scenarios (
        id TEXT PRIMARY KEY,
        station TEXT NOT NULL,
        project TEXT NOT NULL DEFAULT '',
        pictogram TEXT NOT NULL,
        nature TEXT NOT NULL,
        limit_seconds INTEGER NOT NULL,
        group_max INTEGER NOT NULL,
        draft INTEGER NOT NULL,
        caption INTEGER NOT NULL,
        wish INTEGER NOT NULL,
        picture TEXT REFERENCES scenario_pictures(id),
        created_at TEXT NOT NULL,
        sealed BLOB NOT NULL
    )""",
    "CREATE INDEX scenarios_by_station ON scenarios (station, created_at)",
    """CREATE TABLE scenario_groups (
        scenario TEXT NOT NULL REFERENCES scenarios(id) ON DELETE CASCADE,
        class_group TEXT NOT NULL REFERENCES class_groups(id) ON DELETE CASCADE,
        PRIMARY KEY (scenario, class_group)
    ) WITHOUT ROWID""",
    """CREATE TABLE station_hours (
        station TEXT NOT NULL,
        weekday INTEGER NOT NULL,
        start TEXT NOT NULL,
        end TEXT NOT NULL
    )""",
    # The teacher's last word on a station: open until then, or closed at once when `open_until` is null.
    """CREATE TABLE station_openings (
        station TEXT PRIMARY KEY,
        said_at TEXT NOT NULL,
        open_until TEXT
    )""",
    """CREATE TABLE captures (
        id TEXT PRIMARY KEY,
        code TEXT NOT NULL UNIQUE,
        station TEXT NOT NULL,
        scenario TEXT NOT NULL REFERENCES scenarios(id),
        nature TEXT NOT NULL,
        taken_at TEXT NOT NULL,
        duration_ms INTEGER NOT NULL,
        kept INTEGER NOT NULL,
        cut INTEGER NOT NULL,
        packing TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        has_thumbnail INTEGER NOT NULL,
        empty INTEGER NOT NULL,
        advice TEXT NOT NULL,
        wish TEXT,
        caption_ms INTEGER NOT NULL,
        doubled INTEGER NOT NULL DEFAULT 0,
        anonymous INTEGER NOT NULL DEFAULT 0,
        quarantine TEXT NOT NULL DEFAULT '',
        quarantined_on TEXT,
        carnet BLOB,
        carnet_until TEXT,
        counted_from TEXT NOT NULL,
        last_day TEXT NOT NULL,
        dated INTEGER NOT NULL,
        received_at TEXT NOT NULL,
        released_at TEXT
    )""",
    "CREATE INDEX captures_by_time ON captures (taken_at DESC)",
    "CREATE INDEX captures_by_last_day ON captures (last_day)",
    """CREATE TABLE capture_pupils (
        capture TEXT NOT NULL REFERENCES captures(id) ON DELETE CASCADE,
        pupil TEXT NOT NULL REFERENCES pupils(id),
        PRIMARY KEY (capture, pupil)
    ) WITHOUT ROWID""",
    "CREATE INDEX capture_pupils_by_pupil ON capture_pupils (pupil)",
    """CREATE TABLE print_jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        capture TEXT NOT NULL REFERENCES captures(id) ON DELETE CASCADE,
        pupil TEXT REFERENCES pupils(id),
        reprint INTEGER NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        printed_at TEXT
    )""",
    "CREATE INDEX print_jobs_by_state ON print_jobs (state, id)",
    "CREATE INDEX print_jobs_by_capture ON print_jobs (capture, state)",
    """CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        code TEXT NOT NULL,
        verb TEXT NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        changed_at TEXT NOT NULL,
        size INTEGER,
        fault TEXT
    )""",
    "CREATE UNIQUE INDEX outbox_by_code ON outbox (code, verb)",
    "CREATE INDEX outbox_by_state ON outbox (state, id)",
    """CREATE TABLE sync_runs (
        id INTEGER PRIMARY KEY,
        ended_at TEXT NOT NULL,
        put INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        fault TEXT
    )""",
    # What is gone stays known by its random code only, so that nothing brings it back.
    """CREATE TABLE tombstones (
        capture TEXT PRIMARY KEY,
        code TEXT NOT NULL,
        erased_on TEXT NOT NULL,
        reason TEXT NOT NULL
    )""",
    # What families asked for by right, and the one-month clock (law.md §3). Outlives the pupil's row.
    """CREATE TABLE requests (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        pupil TEXT NOT NULL,
        received_on TEXT NOT NULL,
        due_on TEXT NOT NULL,
        extended_on TEXT,
        answered_on TEXT,
        outcome TEXT NOT NULL,
        sealed BLOB NOT NULL
    )""",
    """CREATE TABLE exports (
        id TEXT PRIMARY KEY,
        pupil TEXT NOT NULL,
        made_on TEXT NOT NULL,
        last_day TEXT NOT NULL,
        size INTEGER NOT NULL,
        handed_on TEXT
    )""",
    """CREATE TABLE incidents (
        id TEXT PRIMARY KEY,
        noticed_at TEXT NOT NULL,
        noted_on TEXT,
        sealed BLOB NOT NULL
    )""",
    # Stickers that were printed for the wrong pupil: their codes never open anything again (E6).
    """CREATE TABLE cancelled_codes (
        code TEXT PRIMARY KEY,
        capture TEXT NOT NULL,
        cancelled_on TEXT NOT NULL
    )""",
    "CREATE INDEX cancelled_codes_by_capture ON cancelled_codes (capture)",
    # Each line carries the print of the one before it and of itself (appliance/domain/audit.py).
    """CREATE TABLE journal (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        doubtful INTEGER NOT NULL,
        role TEXT NOT NULL,
        event TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL,
        digest TEXT NOT NULL
    )""",
    "CREATE INDEX journal_by_time ON journal (at)",
    "CREATE INDEX journal_by_event ON journal (event, subject)",
    """CREATE TABLE journal_head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        last INTEGER NOT NULL,
        digest TEXT NOT NULL,
        pruned INTEGER NOT NULL
    )""",
    f"INSERT INTO journal_head (one, last, digest, pruned) VALUES (1, 0, '{GENESIS}', 0)",  # noqa: S608
    """CREATE TRIGGER journal_follows BEFORE INSERT ON journal
        WHEN NEW.id IS NOT (SELECT last + 1 FROM journal_head)
        BEGIN SELECT RAISE(ABORT, 'a line of the journal follows the last one'); END""",
    """CREATE TRIGGER journal_stays_as_it_is BEFORE UPDATE ON journal
        BEGIN SELECT RAISE(ABORT, 'a line of the journal never changes'); END""",
    """CREATE TRIGGER journal_stays BEFORE DELETE ON journal
        WHEN OLD.id > (SELECT pruned FROM journal_head)
        BEGIN SELECT RAISE(ABORT, 'only retention takes lines of the journal away'); END""",
    """CREATE TRIGGER journal_head_stays BEFORE DELETE ON journal_head
        BEGIN SELECT RAISE(ABORT, 'the head of the journal stays'); END""",
    """CREATE TRIGGER journal_head_goes_forward BEFORE UPDATE ON journal_head
        WHEN NEW.last < OLD.last OR NEW.pruned < OLD.pruned OR NEW.pruned > NEW.last
        BEGIN SELECT RAISE(ABORT, 'the head of the journal goes forward'); END""",
    # No secret: only what recognises it. A code waits for ten minutes, a link lasts until it is cut.
    """CREATE TABLE satellites (
        station TEXT PRIMARY KEY,
        code_hash TEXT,
        code_made_at TEXT,
        secret_hash TEXT,
        linked_at TEXT
    )""",
    # The teacher's own voice. What is said of a pupil or a scenario goes with it.
    """CREATE TABLE voices (
        key TEXT PRIMARY KEY,
        file TEXT NOT NULL,
        duration_ms INTEGER NOT NULL,
        recorded_at TEXT NOT NULL,
        pupil TEXT REFERENCES pupils(id) ON DELETE CASCADE,
        scenario TEXT REFERENCES scenarios(id) ON DELETE CASCADE
    ) WITHOUT ROWID""",
    "CREATE INDEX voices_by_pupil ON voices (pupil)",
    "CREATE INDEX voices_by_scenario ON voices (scenario)",
)
