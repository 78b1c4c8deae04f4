-- What becomes of a run whose attempts fail. How often it is tried again, and how long it waits before, is the sweep's;
-- sweeps of older servers get what new ones get unless asked otherwise.

ALTER TABLE sweep ADD COLUMN max_failures INTEGER NOT NULL DEFAULT 5 CHECK (max_failures BETWEEN 1 AND 20);
ALTER TABLE sweep ADD COLUMN backoff_seconds REAL NOT NULL DEFAULT 5 CHECK (backoff_seconds BETWEEN 0 AND 3600);

-- A queued run that is not to be claimed yet.
ALTER TABLE run ADD COLUMN not_before INTEGER CHECK (not_before IS NULL OR state = 'queued');
-- Workers lost in a row, without a new epoch.
ALTER TABLE run ADD COLUMN losses INTEGER NOT NULL DEFAULT 0 CHECK (losses >= 0);

DROP INDEX run_queued;
CREATE INDEX run_queued ON run (priority, submitter, seq) WHERE state = 'queued' AND not_before IS NULL;
CREATE INDEX run_waiting ON run (not_before) WHERE not_before IS NOT NULL;

-- The last lines that a worker logged before the attempt failed; apart from the runs, which are read far more often.
CREATE TABLE failure_log (
    run_seq INTEGER PRIMARY KEY REFERENCES run (seq),
    attempt INTEGER NOT NULL CHECK (attempt > 0),
    lines   TEXT NOT NULL CHECK (length(CAST(lines AS BLOB)) BETWEEN 1 AND 16384)
) STRICT;
