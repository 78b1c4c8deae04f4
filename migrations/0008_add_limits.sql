-- How far a sweep and a token may go, and why what was ended for it was ended.

ALTER TABLE sweep ADD COLUMN deadline INTEGER;
ALTER TABLE sweep ADD COLUMN cpu_hours REAL CHECK (cpu_hours > 0);
-- What the sweep's epochs have taken: seconds times the threads of the workers that trained them.
ALTER TABLE sweep ADD COLUMN cpu_seconds REAL NOT NULL DEFAULT 0 CHECK (cpu_seconds >= 0);
ALTER TABLE sweep ADD COLUMN reason TEXT CHECK (reason IS NULL OR state = 'cancelled');
CREATE INDEX sweep_limited ON sweep (deadline)
    WHERE state IN ('queued', 'running', 'paused') AND (deadline IS NOT NULL OR cpu_hours IS NOT NULL);

ALTER TABLE run ADD COLUMN reason TEXT CHECK (reason IS NULL OR state = 'cancelled');
-- Of the worker that holds it, or held it last.
ALTER TABLE run ADD COLUMN threads INTEGER NOT NULL DEFAULT 1 CHECK (threads BETWEEN 1 AND 1024);
CREATE INDEX run_held_back ON run (submitter) WHERE state IN ('queued', 'paused');

ALTER TABLE submitter ADD COLUMN cpu_seconds REAL NOT NULL DEFAULT 0 CHECK (cpu_seconds >= 0);
ALTER TABLE token ADD COLUMN max_queued_runs INTEGER CHECK (max_queued_runs > 0);
ALTER TABLE token ADD COLUMN cpu_hours REAL CHECK (cpu_hours > 0);

-- Keys are forgotten after a week.
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);
