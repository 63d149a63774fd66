"""The schema of the journal, as the steps that lead from one version to the next.

A step is never edited once it was released; a change is a step of its own at the end.
"""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        task TEXT NOT NULL,
        type TEXT NOT NULL,
        trigger TEXT NOT NULL,
        requested_by TEXT NOT NULL,
        dry_run INTEGER NOT NULL DEFAULT 0,
        options TEXT NOT NULL DEFAULT '{}',      -- what was asked for with the start, as JSON
        state TEXT NOT NULL,
        waits_for TEXT NOT NULL DEFAULT '',
        fence INTEGER NOT NULL DEFAULT 0,        -- rises with every attempt to carry the run out
        queued_at TEXT NOT NULL,
        started_at TEXT,
        ended_at TEXT,
        message TEXT NOT NULL DEFAULT '',
        counts TEXT NOT NULL DEFAULT '{}',
        details TEXT NOT NULL DEFAULT '{}',      -- what its task type tells beside the counts
        checkpoint TEXT NOT NULL DEFAULT '{}'    -- what a resumed run needs to know
    );
    CREATE INDEX run_by_task ON run (task, id);
    CREATE INDEX run_by_moment ON run (queued_at);
    CREATE INDEX run_by_state ON run (state) WHERE ended_at IS NULL;

    CREATE TABLE occurrence (
        task TEXT NOT NULL,
        due_at TEXT NOT NULL,
        run INTEGER,                             -- stays when the run itself is forgotten
        skipped TEXT,                            -- the reason, where it did not become a run
        PRIMARY KEY (task, due_at)
    ) WITHOUT ROWID;
    CREATE INDEX occurrence_by_moment ON occurrence (due_at);
    CREATE INDEX occurrence_by_run ON occurrence (run) WHERE run IS NOT NULL;

    CREATE TABLE file (
        run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        role TEXT NOT NULL,                      -- source, rejects, target
        name TEXT NOT NULL,
        location TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        at TEXT NOT NULL,
        spooled TEXT NOT NULL DEFAULT ''         -- where Pendel keeps its own copy, relative to the data directory
    );
    CREATE INDEX file_by_run ON file (run);

    CREATE TABLE log (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER,
        task TEXT NOT NULL DEFAULT '',
        at TEXT NOT NULL,
        level TEXT NOT NULL,
        text TEXT NOT NULL
    );
    CREATE INDEX log_by_run ON log (run) WHERE run IS NOT NULL;

    CREATE TABLE reject (
        run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        file TEXT NOT NULL,
        line INTEGER,
        field TEXT NOT NULL,
        column_name TEXT NOT NULL,
        value TEXT NOT NULL,
        reason TEXT NOT NULL
    );
    CREATE INDEX reject_by_run ON reject (run);

    CREATE TABLE cursor (
        task TEXT NOT NULL,
        name TEXT NOT NULL,                      -- a task has one for each thing it follows
        moment TEXT NOT NULL,
        set_by TEXT NOT NULL,
        set_at TEXT NOT NULL,
        run INTEGER,
        PRIMARY KEY (task, name)
    ) WITHOUT ROWID;

    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        user TEXT NOT NULL,
        terminal TEXT NOT NULL,
        action TEXT NOT NULL,
        object TEXT NOT NULL,
        old TEXT NOT NULL DEFAULT '',
        new TEXT NOT NULL DEFAULT '',
        answer TEXT NOT NULL                     -- accepted, or the reason of the refusal
    );

    CREATE TABLE planned (
        task TEXT PRIMARY KEY,                   -- empty: the engine itself
        since TEXT NOT NULL                      -- a task: planned from then on; the engine: it was alive then
    ) WITHOUT ROWID;

    CREATE TABLE request (                       -- what other processes ask the engine for
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        user TEXT NOT NULL,
        terminal TEXT NOT NULL,
        run INTEGER NOT NULL                     -- to stop
    );

    CREATE TABLE sequence (
        task TEXT PRIMARY KEY,                   -- {sequence} in file names: how many files a task has named
        number INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
)
