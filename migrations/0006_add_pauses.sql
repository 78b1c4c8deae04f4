-- Runs that are held back, and by whom: each on its own, or all of a sweep with it. One that is in training goes on until
-- its worker has saved a checkpoint and let go of it, or is lost; then it is paused.

ALTER TABLE run ADD COLUMN pause TEXT CHECK (pause IN ('run', 'sweep'))
    CHECK (CASE state WHEN 'paused' THEN pause IS NOT NULL WHEN 'running' THEN TRUE ELSE pause IS NULL END);

-- An order to pause is a change as well.
DROP TRIGGER run_moment;
CREATE TRIGGER run_moment AFTER UPDATE OF state, attempt, pause ON run
WHEN NEW.state <> OLD.state OR NEW.attempt <> OLD.attempt OR NEW.pause IS NOT OLD.pause
BEGIN
    UPDATE run SET moment = sweep.version + 1, last_moment = sweep.version + 1
    FROM sweep WHERE run.seq = NEW.seq AND sweep.seq = NEW.sweep_seq;
END;

-- Nothing looks runs up by the end of their lease.
DROP INDEX run_leased;
