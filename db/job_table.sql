-- The job table (SQLite, jobs.sqlite3 in the study folder). Times are seconds since 1970, UTC.
PRAGMA journal_mode = WAL;

CREATE TABLE job (
    id TEXT PRIMARY KEY,                        -- sha256 of what is computed on which generation by which version
    kind TEXT NOT NULL,
    user TEXT NOT NULL,
    version TEXT NOT NULL,                      -- of the program that asked for it
    state TEXT NOT NULL CHECK (state IN ('queued', 'compiling', 'running', 'done', 'failed', 'cancelled', 'lost')),
    progress TEXT NOT NULL DEFAULT '{}',        -- JSON, as the job last reported it
    sentence TEXT NOT NULL DEFAULT '',          -- why it ended as it did, for a person
    timeout_s REAL NOT NULL,
    turn INTEGER NOT NULL DEFAULT 0,            -- counts starts; who was served longest ago is next
    worker TEXT NOT NULL DEFAULT '',            -- which worker runs it: machine, pid and start time in one word
    cancel_asked REAL,
    created REAL NOT NULL,
    started REAL,
    ended REAL
);

CREATE TABLE worker (
    one INTEGER PRIMARY KEY CHECK (one = 1),    -- there is one worker at most
    machine TEXT NOT NULL,
    pid INTEGER NOT NULL,
    start TEXT NOT NULL,                        -- start time of the pid: pids are used again
    heartbeat REAL NOT NULL
);

PRAGMA user_version = 1;
