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
        checkpoint TEXT NOT NULL DEFAULT '{}',   -- what a resumed run needs to know
        tallied INTEGER NOT NULL DEFAULT 0       -- its end is in the tallies, and was looked at for alerts
    );
    CREATE INDEX run_by_task ON run (task, id);
    CREATE INDEX run_by_moment ON run (queued_at);
    CREATE INDEX run_by_state ON run (state) WHERE ended_at IS NULL;
    CREATE INDEX run_untallied ON run (id) WHERE ended_at IS NOT NULL AND tallied = 0;

    CREATE TABLE occurrence (
        task TEXT NOT NULL,
        due_at TEXT NOT NULL,
        run INTEGER,                             -- stays when the run itself is forgotten
        skipped TEXT,                            -- the reason, where it did not become a run
        tallied INTEGER NOT NULL DEFAULT 0,      -- as of a run, where there never was one
        PRIMARY KEY (task, due_at)
    ) WITHOUT ROWID;
    CREATE INDEX occurrence_by_moment ON occurrence (due_at);
    CREATE INDEX occurrence_untallied ON occurrence (due_at) WHERE skipped IS NOT NULL AND tallied = 0;
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

    CREATE TABLE tally (                         -- what a task did so far; it only grows, whatever is forgotten
        task TEXT NOT NULL,
        name TEXT NOT NULL,                      -- the state of a run, or a count of records with "records." before it
        number INTEGER NOT NULL,
        PRIMARY KEY (task, name)
    ) WITHOUT ROWID;

    CREATE TABLE condition (                     -- how a task is, by its last runs
        task TEXT PRIMARY KEY,
        succeeded_at TEXT,
        seconds REAL                             -- that its last run took
    ) WITHOUT ROWID;

    CREATE TABLE streak (                        -- trouble of a task that lasts, and was told of
        task TEXT NOT NULL,
        kind TEXT NOT NULL,
        since TEXT NOT NULL,
        times INTEGER NOT NULL DEFAULT 1,
        run INTEGER,                             -- the last one that counted
        PRIMARY KEY (task, kind)
    ) WITHOUT ROWID;

    CREATE TABLE alert (                         -- a message to one target
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        target TEXT NOT NULL,
        task TEXT NOT NULL,
        outcome TEXT NOT NULL,                   -- a kind of trouble, well, or digest
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        at TEXT NOT NULL,
        not_before TEXT NOT NULL,
        closed_at TEXT,                          -- sent, or given up
        answer TEXT NOT NULL DEFAULT ''          -- why it was given up
    );
    CREATE INDEX alert_open ON alert (target, not_before) WHERE closed_at IS NULL;
    """,
    """
    ALTER TABLE reject ADD COLUMN entity TEXT NOT NULL DEFAULT '';  -- of a file with records of several
    """,
    """
    CREATE TABLE fetched (                       -- what the address of an attachment held when it was looked at last
        address TEXT PRIMARY KEY,                -- a URL, or the name of a location and a path in it
        stamp TEXT NOT NULL,                     -- by which its source tells whether it changed
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        media_type TEXT NOT NULL,
        run INTEGER NOT NULL                     -- that looked
    ) WITHOUT ROWID;
    CREATE INDEX fetched_by_content ON fetched (sha256);

    CREATE TABLE orphan (                        -- content of the attachment store that nothing refers to
        sha256 TEXT PRIMARY KEY,
        since TEXT NOT NULL                      -- when that was first seen
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE flow_record (                   -- what became of a record of a flow; keys and hashes
        task TEXT NOT NULL,
        source_key TEXT NOT NULL,
        target_key TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL,                     -- intent, done, failed, given up or discarded
        sent_hash TEXT NOT NULL DEFAULT '',      -- of the record as it was when it was sent last
        echo_hash TEXT NOT NULL DEFAULT '',      -- of what its target shows of it, when it comes back
        attempts INTEGER NOT NULL DEFAULT 0,
        next_try TEXT,                           -- empty: never by itself
        reason TEXT NOT NULL DEFAULT '',
        run INTEGER NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (task, source_key)
    ) WITHOUT ROWID;
    CREATE INDEX flow_record_by_target ON flow_record (task, target_key);
    CREATE INDEX flow_record_failed ON flow_record (task, next_try) WHERE state IN ('failed', 'given up');

    CREATE TABLE flow_cursor (                   -- where the next reading of a system begins, in its own words
        task TEXT PRIMARY KEY,
        mark TEXT NOT NULL,
        moment TEXT NOT NULL                     -- the cursor that it belongs to; one set by hand takes its place
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE flow_record ADD COLUMN           -- of the row of the source, without what is asked for besides
        row_hash TEXT NOT NULL DEFAULT '';
    """,
    """
    ALTER TABLE flow_record ADD COLUMN begun TEXT NOT NULL DEFAULT '';  -- the kind of what was to be created last
    CREATE INDEX flow_record_begun ON flow_record (task, echo_hash) WHERE state = 'intent';
    CREATE INDEX flow_record_due ON flow_record (task, next_try) WHERE next_try IS NOT NULL;
    """,
    """
    CREATE TABLE flow_choice (                   -- of a record that several at the target fit
        task TEXT NOT NULL,
        source_key TEXT NOT NULL,
        fits TEXT NOT NULL,                      -- their ids, as JSON
        chosen TEXT NOT NULL DEFAULT '',         -- the one that is meant, as somebody said
        PRIMARY KEY (task, source_key)
    ) WITHOUT ROWID;
    """,
)
