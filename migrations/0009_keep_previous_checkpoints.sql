-- A run keeps the checkpoint before its newest as well, to go on from when the disk has damaged the newest. The newest
-- has the highest seq; the code keeps two.

CREATE TABLE kept_checkpoint (
    seq        INTEGER PRIMARY KEY,
    run_seq    INTEGER NOT NULL REFERENCES run (seq),
    attempt    INTEGER NOT NULL,
    epoch      INTEGER NOT NULL CHECK (epoch >= 0),
    step       INTEGER NOT NULL CHECK (step >= 0),
    file       TEXT NOT NULL UNIQUE,
    bytes      INTEGER NOT NULL CHECK (bytes > 0),
    sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
    created_at INTEGER NOT NULL
) STRICT;

INSERT INTO kept_checkpoint (run_seq, attempt, epoch, step, file, bytes, sha256, created_at)
    SELECT run_seq, attempt, epoch, step, file, bytes, sha256, created_at FROM checkpoint;
DROP TABLE checkpoint;
ALTER TABLE kept_checkpoint RENAME TO checkpoint;
CREATE INDEX checkpoint_by_run ON checkpoint (run_seq, seq);
