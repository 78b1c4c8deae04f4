-- A claim asks of every submitter how many runs it has in training; counting them took the longer the more there were. The
-- triggers keep the number, whatever it is that changes a run's state. Runs are made queued and are never deleted.

ALTER TABLE submitter ADD COLUMN in_training INTEGER NOT NULL DEFAULT 0 CHECK (in_training >= 0);
UPDATE submitter SET in_training =
    (SELECT count(*) FROM run WHERE run.state = 'running' AND run.submitter = submitter.id);

CREATE TRIGGER run_training_count AFTER UPDATE OF state ON run
WHEN (NEW.state = 'running') <> (OLD.state = 'running')
BEGIN
    UPDATE submitter SET in_training = in_training + iif(NEW.state = 'running', 1, -1) WHERE id = NEW.submitter;
END;

-- As it was, but without UPDATE FROM, for which SQLite makes a temporary table each time.
DROP TRIGGER run_moment;
CREATE TRIGGER run_moment AFTER UPDATE OF state, attempt, pause ON run
WHEN NEW.state <> OLD.state OR NEW.attempt <> OLD.attempt OR NEW.pause IS NOT OLD.pause
BEGIN
    UPDATE run SET moment = (SELECT version + 1 FROM sweep WHERE sweep.seq = NEW.sweep_seq),
        last_moment = (SELECT version + 1 FROM sweep WHERE sweep.seq = NEW.sweep_seq)
    WHERE seq = NEW.seq;
END;
