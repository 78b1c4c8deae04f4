-- Who comes next. Priority and submitter are repeated on the run, so that one index has the whole order of the queue:
-- the best priority, within it each submitter's runs, oldest first.

ALTER TABLE run ADD COLUMN priority INTEGER NOT NULL DEFAULT 0 CHECK (priority BETWEEN -100 AND 100);
ALTER TABLE run ADD COLUMN submitter TEXT NOT NULL DEFAULT '';
UPDATE run SET submitter = coalesce((SELECT submitter FROM sweep WHERE sweep.seq = run.sweep_seq), '');

DROP INDEX run_queued;
CREATE INDEX run_queued ON run (priority, submitter, seq) WHERE state = 'queued';
CREATE INDEX run_in_training ON run (submitter) WHERE state = 'running';

-- Whoever has submitted a sweep. Turns are counted over all of them: the lowest has waited the longest.
CREATE TABLE submitter (
    id        TEXT PRIMARY KEY,
    last_turn INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

INSERT INTO submitter (id) SELECT DISTINCT submitter FROM run;

-- What a submitter's runs have trained, by the hour (since 1970-01-01 UTC) in which it was reported. A day of it is kept.
CREATE TABLE training_time (
    submitter TEXT NOT NULL REFERENCES submitter (id),
    hour      INTEGER NOT NULL,
    seconds   REAL NOT NULL CHECK (seconds >= 0),
    PRIMARY KEY (submitter, hour)
) STRICT, WITHOUT ROWID;
