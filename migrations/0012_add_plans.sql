-- Sweeps whose runs are chosen one after another, by what those before them have shown.

-- Whether more runs may come: such a sweep does not end with its last run.
ALTER TABLE sweep ADD COLUMN plan_open INTEGER NOT NULL DEFAULT 0
    CHECK (plan_open = 0 OR (plan_open = 1 AND state IN ('queued', 'running', 'paused')));
-- The caller's JSON: how the choice stands. NULL for a sweep whose runs were all queued at once.
ALTER TABLE sweep ADD COLUMN plan TEXT CHECK (plan IS NULL OR json_valid(plan));
CREATE INDEX sweep_planned ON sweep (seq) WHERE plan_open = 1;
