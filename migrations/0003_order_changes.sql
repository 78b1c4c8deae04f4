-- Where changes stand in their sweep's order, so that a client that follows them can go on where it left off: a moment
-- is the version that the sweep has after the change, which the same transaction gives it. What older servers stored
-- stands at moment 0.

ALTER TABLE epoch ADD COLUMN moment INTEGER NOT NULL DEFAULT 0 CHECK (moment >= 0);
-- Of the last change of state or attempt.
ALTER TABLE run ADD COLUMN moment INTEGER NOT NULL DEFAULT 0 CHECK (moment >= 0);
-- Of the last change of either kind or the last epoch.
ALTER TABLE run ADD COLUMN last_moment INTEGER NOT NULL DEFAULT 0 CHECK (last_moment >= moment);
-- Of the last change of state.
ALTER TABLE sweep ADD COLUMN moment INTEGER NOT NULL DEFAULT 0 CHECK (moment >= 0);

CREATE INDEX run_by_moment ON run (sweep_seq, last_moment);

CREATE TRIGGER epoch_moment AFTER INSERT ON epoch
BEGIN
    UPDATE run SET last_moment = (SELECT version + 1 FROM sweep WHERE sweep.seq = run.sweep_seq)
    WHERE seq = NEW.run_seq;
    UPDATE epoch SET moment = (SELECT last_moment FROM run WHERE seq = NEW.run_seq)
    WHERE run_seq = NEW.run_seq AND epoch = NEW.epoch;
END;

CREATE TRIGGER run_moment AFTER UPDATE OF state, attempt ON run
WHEN NEW.state <> OLD.state OR NEW.attempt <> OLD.attempt
BEGIN
    UPDATE run SET moment = sweep.version + 1, last_moment = sweep.version + 1
    FROM sweep WHERE run.seq = NEW.seq AND sweep.seq = NEW.sweep_seq;
END;

CREATE TRIGGER sweep_moment AFTER UPDATE OF state ON sweep
WHEN NEW.state <> OLD.state
BEGIN
    UPDATE sweep SET moment = NEW.version WHERE seq = NEW.seq;
END;
