-- The whole store of a first server: data sets, sweeps and their runs (the queue), learning curves, checkpoints,
-- tokens and surrogates. States, ranges and end times are checked here as well: the schema is the last guard when
-- the code above it is wrong. Times are integer milliseconds since 1970-01-01 UTC.

CREATE TABLE dataset (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    path         TEXT NOT NULL,
    layout       TEXT NOT NULL,
    dimensions   INTEGER NOT NULL CHECK (dimensions IN (2, 3)),
    channels     INTEGER NOT NULL CHECK (channels > 0),
    data_hash    TEXT NOT NULL CHECK (length(data_hash) = 64),
    facts        TEXT NOT NULL CHECK (json_valid(facts)),
    split        TEXT NOT NULL CHECK (json_valid(split)),
    manifest     TEXT NOT NULL CHECK (json_valid(manifest)),
    created_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE token (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    role         TEXT NOT NULL CHECK (role IN ('reader', 'submitter', 'worker', 'admin')),
    hash         BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;

CREATE TABLE sweep (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    name          TEXT,
    dataset_id    TEXT NOT NULL REFERENCES dataset (id),
    submitter     TEXT,
    state         TEXT NOT NULL CHECK (state IN ('queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled')),
    specification TEXT NOT NULL CHECK (json_valid(specification)),
    priority      INTEGER NOT NULL DEFAULT 0,
    version       INTEGER NOT NULL DEFAULT 1,
    created_at    INTEGER NOT NULL,
    started_at    INTEGER,
    finished_at   INTEGER,
    CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'cancelled')))
) STRICT;

CREATE INDEX sweep_by_state ON sweep (state, seq);

CREATE TABLE run (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT,
    id               TEXT NOT NULL UNIQUE,
    sweep_seq        INTEGER NOT NULL REFERENCES sweep (seq),
    state            TEXT NOT NULL CHECK (state IN
                         ('queued', 'running', 'paused', 'succeeded', 'stopped_early', 'failed', 'cancelled')),
    size             INTEGER NOT NULL CHECK (size > 0),
    fraction         REAL NOT NULL CHECK (fraction > 0 AND fraction <= 1),
    depth            INTEGER NOT NULL CHECK (depth BETWEEN 1 AND 16),
    seed             INTEGER NOT NULL CHECK (seed >= 0),
    subset_hash      TEXT NOT NULL,
    steps_per_epoch  INTEGER NOT NULL CHECK (steps_per_epoch > 0),
    epochs_total     INTEGER NOT NULL CHECK (epochs_total > 0),
    epochs_done      INTEGER NOT NULL DEFAULT 0 CHECK (epochs_done BETWEEN 0 AND epochs_total),
    parameter_count  INTEGER NOT NULL CHECK (parameter_count > 0),
    attempt          INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    failures         INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    worker           TEXT,
    lease_expires_at INTEGER,
    best_val_dsc     REAL CHECK (best_val_dsc BETWEEN 0 AND 1),
    test_dsc         REAL CHECK (test_dsc BETWEEN 0 AND 1),
    test_dsc_sd      REAL CHECK (test_dsc_sd >= 0),
    test_cases       INTEGER CHECK (test_cases > 0),
    error            TEXT,
    version          INTEGER NOT NULL DEFAULT 1,
    created_at       INTEGER NOT NULL,
    started_at       INTEGER,
    finished_at      INTEGER,
    UNIQUE (sweep_seq, size, depth, seed),
    CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'stopped_early', 'failed', 'cancelled'))),
    CHECK ((lease_expires_at IS NOT NULL) = (state = 'running')),
    CHECK (state <> 'succeeded' OR (test_dsc IS NOT NULL AND epochs_done = epochs_total))
) STRICT;

CREATE INDEX run_by_sweep ON run (sweep_seq, seq);
CREATE INDEX run_queued ON run (sweep_seq, seq) WHERE state = 'queued';
CREATE INDEX run_leased ON run (lease_expires_at) WHERE state = 'running';
CREATE INDEX run_succeeded ON run (seq) WHERE state = 'succeeded';

CREATE TABLE epoch (
    run_seq       INTEGER NOT NULL REFERENCES run (seq),
    epoch         INTEGER NOT NULL CHECK (epoch > 0),
    train_loss    REAL NOT NULL,
    val_loss      REAL NOT NULL,
    val_dsc       REAL NOT NULL CHECK (val_dsc BETWEEN 0 AND 1),
    learning_rate REAL NOT NULL CHECK (learning_rate >= 0),
    seconds       REAL NOT NULL CHECK (seconds >= 0),
    images_seen   INTEGER NOT NULL CHECK (images_seen >= 0),
    PRIMARY KEY (run_seq, epoch)
) STRICT, WITHOUT ROWID;

-- The newest checkpoint of a run; the bytes are a file beside the database.
CREATE TABLE checkpoint (
    run_seq    INTEGER PRIMARY KEY REFERENCES run (seq),
    attempt    INTEGER NOT NULL,
    epoch      INTEGER NOT NULL CHECK (epoch >= 0),
    step       INTEGER NOT NULL CHECK (step >= 0),
    file       TEXT NOT NULL UNIQUE,
    bytes      INTEGER NOT NULL CHECK (bytes > 0),
    sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE idempotency_key (
    owner        TEXT NOT NULL,
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
    sweep_id     TEXT NOT NULL REFERENCES sweep (id),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE surrogate (
    version    INTEGER PRIMARY KEY,
    bytes      BLOB NOT NULL,
    curves     INTEGER NOT NULL CHECK (curves > 0),
    figures    TEXT NOT NULL CHECK (json_valid(figures)),
    created_at INTEGER NOT NULL
) STRICT;
