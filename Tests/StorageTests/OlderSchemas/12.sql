PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('0001_create_schema');
INSERT INTO grdb_migrations VALUES('0002_add_models_and_class_scores');
INSERT INTO grdb_migrations VALUES('0003_order_changes');
INSERT INTO grdb_migrations VALUES('0004_add_priority_and_fair_share');
INSERT INTO grdb_migrations VALUES('0005_add_retries');
INSERT INTO grdb_migrations VALUES('0006_add_pauses');
INSERT INTO grdb_migrations VALUES('0007_index_unfinished_runs');
INSERT INTO grdb_migrations VALUES('0008_add_limits');
INSERT INTO grdb_migrations VALUES('0009_keep_previous_checkpoints');
INSERT INTO grdb_migrations VALUES('0010_add_audit');
INSERT INTO grdb_migrations VALUES('0011_add_early_stops');
INSERT INTO grdb_migrations VALUES('0012_add_plans');
CREATE TABLE dataset (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    path         TEXT NOT NULL,
    layout       TEXT NOT NULL,
    dimensions   INTEGER NOT NULL CHECK (dimensions IN (2, 3)),
    channels     INTEGER NOT NULL CHECK (channels > 0),
    data_hash    TEXT NOT NULL CHECK (length(data_hash) = 64),
    facts        TEXT NOT NULL CHECK (json_valid(facts)),
    split        TEXT NOT NULL CHECK (json_valid(split)),
    manifest     TEXT NOT NULL CHECK (json_valid(manifest)),
    created_at   INTEGER NOT NULL
) STRICT;
INSERT INTO dataset VALUES(1,'ds_k53msa8akz6ahzyj','polyps','/srv/images/polyps','image-mask',2,3,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','{"groups":4,"problems":[]}','{"train":["a","b","c"],"validation":["d"],"test":["e"]}','{"cases":["a","b","c","d","e"]}',1790000013500);
CREATE TABLE token (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    role         TEXT NOT NULL CHECK (role IN ('reader', 'submitter', 'worker', 'admin')),
    hash         BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER
, max_queued_runs INTEGER CHECK (max_queued_runs > 0), cpu_hours REAL CHECK (cpu_hours > 0)) STRICT;
INSERT INTO token VALUES(1,'tok_3ccnwhby0xc4481t','admin','admin',X'fd88fb6b2b1a16b210f4872123e7f021c31eadda9b5913c52ff6058620c16acc',1790000001500,NULL,NULL,NULL,NULL,NULL);
INSERT INTO token VALUES(2,'tok_27v1c8has6sey8dk','ada','submitter',X'1ab4851f31f1f32a8df5c4e3b688370492d89c395779a6915e6157f9ea6063e7',1790000004500,1990000000000,NULL,NULL,500,40.0);
INSERT INTO token VALUES(3,'tok_gybkfdjjd7vvwnpy','gone','reader',X'18764735fa86a7fb671fdddfac53f45be6ce41a983ccda660abffddc468f6f89',1790000007500,NULL,NULL,1790000010500,NULL,NULL);
CREATE TABLE sweep (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    name          TEXT,
    dataset_id    TEXT NOT NULL REFERENCES dataset (id),
    submitter     TEXT,
    state         TEXT NOT NULL CHECK (state IN ('queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled')),
    specification TEXT NOT NULL CHECK (json_valid(specification)),
    priority      INTEGER NOT NULL DEFAULT 0,
    version       INTEGER NOT NULL DEFAULT 1,
    created_at    INTEGER NOT NULL,
    started_at    INTEGER,
    finished_at   INTEGER, moment INTEGER NOT NULL DEFAULT 0 CHECK (moment >= 0), max_failures INTEGER NOT NULL DEFAULT 5 CHECK (max_failures BETWEEN 1 AND 20), backoff_seconds REAL NOT NULL DEFAULT 5 CHECK (backoff_seconds BETWEEN 0 AND 3600), deadline INTEGER, cpu_hours REAL CHECK (cpu_hours > 0), cpu_seconds REAL NOT NULL DEFAULT 0 CHECK (cpu_seconds >= 0), reason TEXT CHECK (reason IS NULL OR state = 'cancelled'), plan_open INTEGER NOT NULL DEFAULT 0
    CHECK (plan_open = 0 OR (plan_open = 1 AND state IN ('queued', 'running', 'paused'))), plan TEXT CHECK (plan IS NULL OR json_valid(plan)),
    CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'cancelled')))
) STRICT;
INSERT INTO sweep VALUES(1,'sw_qwqpzvr2v438aegr','first','ds_k53msa8akz6ahzyj','tok_27v1c8has6sey8dk','running','{"dataset":"polyps","sizes":[1,2,3],"depths":[3],"seeds":[0]}',0,14,1790000016500,1790000030000,NULL,2,5,5.0,1990000000000,12.0,13.5,NULL,0,NULL);
INSERT INTO sweep VALUES(2,'sw_4mrf40nt7ffnk096',NULL,'ds_k53msa8akz6ahzyj','tok_3ccnwhby0xc4481t','cancelled','{"dataset":"polyps","sizes":[1,2,3],"depths":[3],"seeds":[0]}',0,2,1790000019500,NULL,1790000022500,2,5,5.0,NULL,NULL,0.0,NULL,0,'{}');
INSERT INTO sweep VALUES(3,'sw_fhy11h7rve7h4wk7','held','ds_k53msa8akz6ahzyj','tok_3ccnwhby0xc4481t','paused','{"dataset":"polyps","sizes":[1,2,3],"depths":[3],"seeds":[0]}',0,2,1790000025500,NULL,NULL,2,5,5.0,NULL,NULL,0.0,NULL,0,NULL);
CREATE TABLE run (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT,
    id               TEXT NOT NULL UNIQUE,
    sweep_seq        INTEGER NOT NULL REFERENCES sweep (seq),
    state            TEXT NOT NULL CHECK (state IN
                         ('queued', 'running', 'paused', 'succeeded', 'stopped_early', 'failed', 'cancelled')),
    size             INTEGER NOT NULL CHECK (size > 0),
    fraction         REAL NOT NULL CHECK (fraction > 0 AND fraction <= 1),
    depth            INTEGER NOT NULL CHECK (depth BETWEEN 1 AND 16),
    seed             INTEGER NOT NULL CHECK (seed >= 0),
    subset_hash      TEXT NOT NULL,
    steps_per_epoch  INTEGER NOT NULL CHECK (steps_per_epoch > 0),
    epochs_total     INTEGER NOT NULL CHECK (epochs_total > 0),
    epochs_done      INTEGER NOT NULL DEFAULT 0 CHECK (epochs_done BETWEEN 0 AND epochs_total),
    parameter_count  INTEGER NOT NULL CHECK (parameter_count > 0),
    attempt          INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    failures         INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    worker           TEXT,
    lease_expires_at INTEGER,
    best_val_dsc     REAL CHECK (best_val_dsc BETWEEN 0 AND 1),
    test_dsc         REAL CHECK (test_dsc BETWEEN 0 AND 1),
    test_dsc_sd      REAL CHECK (test_dsc_sd >= 0),
    test_cases       INTEGER CHECK (test_cases > 0),
    error            TEXT,
    version          INTEGER NOT NULL DEFAULT 1,
    created_at       INTEGER NOT NULL,
    started_at       INTEGER,
    finished_at      INTEGER, test_dsc_by_class TEXT
    CHECK (test_dsc_by_class IS NULL OR json_valid(test_dsc_by_class)), moment INTEGER NOT NULL DEFAULT 0 CHECK (moment >= 0), last_moment INTEGER NOT NULL DEFAULT 0 CHECK (last_moment >= moment), priority INTEGER NOT NULL DEFAULT 0 CHECK (priority BETWEEN -100 AND 100), submitter TEXT NOT NULL DEFAULT '', not_before INTEGER CHECK (not_before IS NULL OR state = 'queued'), losses INTEGER NOT NULL DEFAULT 0 CHECK (losses >= 0), pause TEXT CHECK (pause IN ('run', 'sweep'))
    CHECK (CASE state WHEN 'paused' THEN pause IS NOT NULL WHEN 'running' THEN TRUE ELSE pause IS NULL END), reason TEXT CHECK (reason IS NULL OR state = 'cancelled'), threads INTEGER NOT NULL DEFAULT 1 CHECK (threads BETWEEN 1 AND 1024), tolerance REAL CHECK (tolerance BETWEEN 0.001 AND 0.5), stop_low REAL CHECK (stop_low BETWEEN 0 AND 1), stop_median REAL CHECK (stop_median BETWEEN stop_low AND 1), stop_high REAL CHECK (stop_high BETWEEN stop_median AND 1), stop_version INTEGER CHECK (
    CASE state WHEN 'stopped_early' THEN stop_version IS NOT NULL AND stop_low IS NOT NULL AND stop_median IS NOT NULL
                   AND stop_high IS NOT NULL AND test_dsc IS NOT NULL AND epochs_done < epochs_total
               WHEN 'running' THEN TRUE ELSE stop_version IS NULL END),
    UNIQUE (sweep_seq, size, depth, seed),
    CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'stopped_early', 'failed', 'cancelled'))),
    CHECK ((lease_expires_at IS NOT NULL) = (state = 'running')),
    CHECK (state <> 'succeeded' OR (test_dsc IS NOT NULL AND epochs_done = epochs_total))
) STRICT;
INSERT INTO run VALUES(1,'run_2vzpt3ntgmrv34hw',1,'succeeded',1,0.10000000000000000555,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,3,1234,1,0,'host-1',NULL,0.8000000000000000444,0.8125,0.0625,5,NULL,6,1790000016500,1790000030000,1790000048000,'[{"name":"polyp","dsc":0.8125}]',6,6,0,'tok_27v1c8has6sey8dk',NULL,0,NULL,NULL,1,0.050000000000000002775,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(2,'run_68whh0zapz9j6fww',1,'failed',2,0.2000000000000000111,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,0,1234,1,1,'host-1',NULL,NULL,NULL,NULL,NULL,'the loss became nan',3,1790000016500,1790000051000,1790000057000,NULL,8,8,0,'tok_27v1c8has6sey8dk',NULL,0,NULL,NULL,1,0.050000000000000002775,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(3,'run_yvj7a842snpzxtck',1,'running',3,0.29999999999999998889,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,2,1234,1,0,'host-1',1790000083000,0.4500000000000000111,NULL,NULL,NULL,NULL,4,1790000016500,1790000060000,NULL,NULL,9,11,0,'tok_27v1c8has6sey8dk',NULL,0,NULL,NULL,1,0.050000000000000002775,0.44000000000000000222,0.46000000000000001998,0.47999999999999998223,1);
INSERT INTO run VALUES(4,'run_nepqg8vdemqphz06',1,'queued',4,0.4000000000000000222,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,1,1234,1,0,NULL,NULL,0.29999999999999998889,NULL,NULL,NULL,NULL,4,1790000016500,1790000078000,NULL,NULL,14,14,0,'tok_27v1c8has6sey8dk',NULL,0,NULL,NULL,1,0.050000000000000002775,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(5,'run_c0dwaa4s5r9f2mvp',1,'queued',5,0.5,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,0,1234,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1790000016500,NULL,NULL,NULL,0,0,0,'tok_27v1c8has6sey8dk',NULL,0,NULL,NULL,1,0.050000000000000002775,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(6,'run_8jph9pb78tdpxfcm',1,'queued',6,0.59999999999999997779,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,0,1234,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1790000016500,NULL,NULL,NULL,0,0,0,'tok_27v1c8has6sey8dk',NULL,0,NULL,NULL,1,0.050000000000000002775,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(7,'run_ymwy2wfgr82efsw5',2,'cancelled',1,0.10000000000000000555,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,0,1234,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2,1790000019500,NULL,1790000022500,NULL,2,2,0,'tok_3ccnwhby0xc4481t',NULL,0,NULL,NULL,1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(8,'run_f2r1tts8hj0skdhj',2,'cancelled',2,0.2000000000000000111,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,0,1234,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2,1790000019500,NULL,1790000022500,NULL,2,2,0,'tok_3ccnwhby0xc4481t',NULL,0,NULL,NULL,1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(9,'run_vtzyrb6rzbrjwm4m',3,'paused',1,0.10000000000000000555,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,0,1234,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2,1790000025500,NULL,NULL,NULL,2,2,0,'tok_3ccnwhby0xc4481t',NULL,0,'sweep',NULL,1,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE epoch (
    run_seq       INTEGER NOT NULL REFERENCES run (seq),
    epoch         INTEGER NOT NULL CHECK (epoch > 0),
    train_loss    REAL NOT NULL,
    val_loss      REAL NOT NULL,
    val_dsc       REAL NOT NULL CHECK (val_dsc BETWEEN 0 AND 1),
    learning_rate REAL NOT NULL CHECK (learning_rate >= 0),
    seconds       REAL NOT NULL CHECK (seconds >= 0),
    images_seen   INTEGER NOT NULL CHECK (images_seen >= 0), moment INTEGER NOT NULL DEFAULT 0 CHECK (moment >= 0),
    PRIMARY KEY (run_seq, epoch)
) STRICT, WITHOUT ROWID;
INSERT INTO epoch VALUES(1,1,1.0,0.9000000000000000222,0.59999999999999997779,0.0010000000000000000208,2.25,16,3);
INSERT INTO epoch VALUES(1,2,0.5,0.4500000000000000111,0.69999999999999995559,0.0010000000000000000208,2.25,32,4);
INSERT INTO epoch VALUES(1,3,0.33333333333333331482,0.29999999999999998889,0.8000000000000000444,0.0010000000000000000208,2.25,48,5);
INSERT INTO epoch VALUES(3,1,1.0,0.9000000000000000222,0.4000000000000000222,0.0010000000000000000208,2.25,16,10);
INSERT INTO epoch VALUES(3,2,0.5,0.4500000000000000111,0.4500000000000000111,0.0010000000000000000208,2.25,32,11);
INSERT INTO epoch VALUES(4,1,1.0,0.9000000000000000222,0.29999999999999998889,0.0010000000000000000208,2.25,16,13);
CREATE TABLE idempotency_key (
    owner        TEXT NOT NULL,
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
    sweep_id     TEXT NOT NULL REFERENCES sweep (id),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
INSERT INTO idempotency_key VALUES('tok_27v1c8has6sey8dk','once',X'0707070707070707070707070707070707070707070707070707070707070707','sw_qwqpzvr2v438aegr',1790000016500);
CREATE TABLE surrogate (
    version    INTEGER PRIMARY KEY,
    bytes      BLOB NOT NULL,
    curves     INTEGER NOT NULL CHECK (curves > 0),
    figures    TEXT NOT NULL CHECK (json_valid(figures)),
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO surrogate VALUES(1,X'01020304',12,'{"mae":0.02}',1790000094500);
CREATE TABLE model (
    run_seq    INTEGER PRIMARY KEY REFERENCES run (seq),
    attempt    INTEGER NOT NULL CHECK (attempt > 0),
    file       TEXT NOT NULL UNIQUE,
    bytes      INTEGER NOT NULL CHECK (bytes > 0),
    sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO model VALUES(1,1,'run_2vzpt3ntgmrv34hw-1-99.model',98765,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd',1790000045000);
CREATE TABLE submitter (
    id        TEXT PRIMARY KEY,
    last_turn INTEGER NOT NULL DEFAULT 0
, cpu_seconds REAL NOT NULL DEFAULT 0 CHECK (cpu_seconds >= 0)) STRICT, WITHOUT ROWID;
INSERT INTO submitter VALUES('tok_27v1c8has6sey8dk',4,13.5);
INSERT INTO submitter VALUES('tok_3ccnwhby0xc4481t',0,0.0);
CREATE TABLE training_time (
    submitter TEXT NOT NULL REFERENCES submitter (id),
    hour      INTEGER NOT NULL,
    seconds   REAL NOT NULL CHECK (seconds >= 0),
    PRIMARY KEY (submitter, hour)
) STRICT, WITHOUT ROWID;
INSERT INTO training_time VALUES('tok_27v1c8has6sey8dk',497222,13.5);
CREATE TABLE failure_log (
    run_seq INTEGER PRIMARY KEY REFERENCES run (seq),
    attempt INTEGER NOT NULL CHECK (attempt > 0),
    lines   TEXT NOT NULL CHECK (length(CAST(lines AS BLOB)) BETWEEN 1 AND 16384)
) STRICT;
INSERT INTO failure_log VALUES(2,1,replace('line one\nline two','\n',char(10)));
CREATE TABLE IF NOT EXISTS "checkpoint" (
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
INSERT INTO checkpoint VALUES(1,3,1,1,2,'run_yvj7a842snpzxtck-1-2-77.checkpoint',4321,'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc',1790000069000);
INSERT INTO checkpoint VALUES(2,3,1,2,4,'run_yvj7a842snpzxtck-1-4-77.checkpoint',4321,'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc',1790000075000);
INSERT INTO checkpoint VALUES(3,4,1,1,2,'run_nepqg8vdemqphz06-1-2-77.checkpoint',4321,'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc',1790000087000);
CREATE TABLE audit (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    -- NULL for the workers that the server started itself.
    token_id   TEXT,
    -- As it was then; a token's row may say something else by now.
    token_name TEXT NOT NULL CHECK (length(token_name) BETWEEN 1 AND 64),
    -- Method and route.
    action     TEXT NOT NULL,
    -- The id of what was changed or made.
    subject    TEXT,
    -- 'done', or the name of the problem that it was refused with.
    outcome    TEXT NOT NULL,
    request_id TEXT NOT NULL
) STRICT;
INSERT INTO audit VALUES(1,1790000003000,NULL,'admin','POST /v1/tokens','tok_3ccnwhby0xc4481t','done','req_146358');
INSERT INTO audit VALUES(2,1790000006000,NULL,'admin','POST /v1/tokens','tok_27v1c8has6sey8dk','done','req_64777');
INSERT INTO audit VALUES(3,1790000009000,NULL,'admin','POST /v1/tokens','tok_gybkfdjjd7vvwnpy','done','req_49289');
INSERT INTO audit VALUES(4,1790000012000,NULL,'admin','DELETE /v1/tokens/{id}','tok_gybkfdjjd7vvwnpy','done','req_155695');
INSERT INTO audit VALUES(5,1790000018000,NULL,'ada','POST /v1/sweeps','sw_qwqpzvr2v438aegr','done','req_23790');
INSERT INTO audit VALUES(6,1790000024000,NULL,'admin','POST /v1/sweeps/{id}/cancel','sw_4mrf40nt7ffnk096','done','req_21767');
INSERT INTO audit VALUES(7,1790000028500,NULL,'admin','POST /v1/sweeps/{id}/pause','sw_fhy11h7rve7h4wk7','done','req_14238');
INSERT INTO audit VALUES(8,1790000049500,NULL,'admin','POST /v1/worker/runs/{id}/finish','run_2vzpt3ntgmrv34hw','done','req_41010');
INSERT INTO audit VALUES(9,1790000058500,NULL,'admin','POST /v1/worker/runs/{id}/fail','run_68whh0zapz9j6fww','done','req_127213');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('token',3);
INSERT INTO sqlite_sequence VALUES('audit',9);
INSERT INTO sqlite_sequence VALUES('dataset',1);
INSERT INTO sqlite_sequence VALUES('sweep',3);
INSERT INTO sqlite_sequence VALUES('run',9);
CREATE INDEX sweep_by_state ON sweep (state, seq);
CREATE INDEX run_by_sweep ON run (sweep_seq, seq);
CREATE INDEX run_succeeded ON run (seq) WHERE state = 'succeeded';
CREATE INDEX run_by_moment ON run (sweep_seq, last_moment);
CREATE TRIGGER epoch_moment AFTER INSERT ON epoch
BEGIN
    UPDATE run SET last_moment = (SELECT version + 1 FROM sweep WHERE sweep.seq = run.sweep_seq)
    WHERE seq = NEW.run_seq;
    UPDATE epoch SET moment = (SELECT last_moment FROM run WHERE seq = NEW.run_seq)
    WHERE run_seq = NEW.run_seq AND epoch = NEW.epoch;
END;
CREATE TRIGGER sweep_moment AFTER UPDATE OF state ON sweep
WHEN NEW.state <> OLD.state
BEGIN
    UPDATE sweep SET moment = NEW.version WHERE seq = NEW.seq;
END;
CREATE INDEX run_in_training ON run (submitter) WHERE state = 'running';
CREATE INDEX run_queued ON run (priority, submitter, seq) WHERE state = 'queued' AND not_before IS NULL;
CREATE INDEX run_waiting ON run (not_before) WHERE not_before IS NOT NULL;
CREATE TRIGGER run_moment AFTER UPDATE OF state, attempt, pause ON run
WHEN NEW.state <> OLD.state OR NEW.attempt <> OLD.attempt OR NEW.pause IS NOT OLD.pause
BEGIN
    UPDATE run SET moment = sweep.version + 1, last_moment = sweep.version + 1
    FROM sweep WHERE run.seq = NEW.seq AND sweep.seq = NEW.sweep_seq;
END;
CREATE INDEX run_unfinished ON run (sweep_seq) WHERE state IN ('queued', 'running', 'paused');
CREATE INDEX sweep_limited ON sweep (deadline)
    WHERE state IN ('queued', 'running', 'paused') AND (deadline IS NOT NULL OR cpu_hours IS NOT NULL);
CREATE INDEX run_held_back ON run (submitter) WHERE state IN ('queued', 'paused');
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);
CREATE INDEX checkpoint_by_run ON checkpoint (run_seq, seq);
CREATE INDEX audit_by_subject ON audit (subject, seq) WHERE subject IS NOT NULL;
CREATE INDEX audit_by_token ON audit (token_id, seq) WHERE token_id IS NOT NULL;
CREATE INDEX sweep_planned ON sweep (seq) WHERE plan_open = 1;
COMMIT;
