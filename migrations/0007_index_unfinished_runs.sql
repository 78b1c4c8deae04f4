-- Whether a sweep has runs that have not ended, without counting those that have.
CREATE INDEX run_unfinished ON run (sweep_seq) WHERE state IN ('queued', 'running', 'paused');
