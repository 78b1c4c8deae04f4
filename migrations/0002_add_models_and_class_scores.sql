-- What a finished run leaves beside its DSC: the trained weights, a file beside the database as checkpoints are, and
-- the DSC of each foreground class, for data sets that have several. Runs of older servers have neither.

CREATE TABLE model (
    run_seq    INTEGER PRIMARY KEY REFERENCES run (seq),
    attempt    INTEGER NOT NULL CHECK (attempt > 0),
    file       TEXT NOT NULL UNIQUE,
    bytes      INTEGER NOT NULL CHECK (bytes > 0),
    sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
    created_at INTEGER NOT NULL
) STRICT;

ALTER TABLE run ADD COLUMN test_dsc_by_class TEXT
    CHECK (test_dsc_by_class IS NULL OR json_valid(test_dsc_by_class));
