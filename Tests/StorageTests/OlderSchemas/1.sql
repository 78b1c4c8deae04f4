PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('0001_create_schema');
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
INSERT INTO dataset VALUES(1,'ds_wr7vw7tmrj5vvxgw','polyps','/srv/images/polyps','image-mask',2,3,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','{"groups":4,"problems":[]}','{"train":["a","b","c"],"validation":["d"],"test":["e"]}','{"cases":["a","b","c","d","e"]}',1790000007500);
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
) STRICT;
INSERT INTO token VALUES(1,'tok_6rktjzzeq8shesgb','admin','admin',X'26db5557d61580c7574328a8aca6c31c649052128c1ce1c600f3b18d36950c30',1790000001500,NULL,NULL,NULL);
INSERT INTO token VALUES(2,'tok_cmd1e9f067cw47jp','ada','submitter',X'a0b2a1ab7f4574756591454590b50eae371f3239ed09b7505020c46067ea5e30',1790000003000,1990000000000,NULL,NULL);
INSERT INTO token VALUES(3,'tok_ykekargx8vrzt4jj','gone','reader',X'ebff7c49fe4899068a80103857aa66a20e62af8834a6b78e8e9accb8427c4097',1790000004500,NULL,NULL,1790000006000);
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
    finished_at   INTEGER,
    CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'cancelled')))
) STRICT;
INSERT INTO sweep VALUES(1,'sw_qrpz2drhh9yknbj5','first','ds_wr7vw7tmrj5vvxgw','tok_cmd1e9f067cw47jp','running','{"dataset":"polyps","sizes":[1,2,3],"depths":[3],"seeds":[0]}',0,13,1790000009000,1790000013500,NULL);
INSERT INTO sweep VALUES(2,'sw_qv9m72k4zac41gpr',NULL,'ds_wr7vw7tmrj5vvxgw','tok_6rktjzzeq8shesgb','cancelled','{"dataset":"polyps","sizes":[1,2,3],"depths":[3],"seeds":[0]}',0,2,1790000010500,NULL,1790000012000);
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
    finished_at      INTEGER,
    UNIQUE (sweep_seq, size, depth, seed),
    CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'stopped_early', 'failed', 'cancelled'))),
    CHECK ((lease_expires_at IS NOT NULL) = (state = 'running')),
    CHECK (state <> 'succeeded' OR (test_dsc IS NOT NULL AND epochs_done = epochs_total))
) STRICT;
INSERT INTO run VALUES(1,'run_qethmprqsw4vys5h',1,'succeeded',1,0.10000000000000000555,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,3,1234,1,0,'host-1',NULL,0.8000000000000000444,0.8125,0.0625,5,NULL,6,1790000009000,1790000013500,1790000024000);
INSERT INTO run VALUES(2,'run_2mh4aca9r4n7djr2',1,'failed',2,0.2000000000000000111,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,0,1234,1,1,'host-1',NULL,NULL,NULL,NULL,NULL,'the loss became nan',3,1790000009000,1790000025500,1790000027000);
INSERT INTO run VALUES(3,'run_z5vcstwbnyf8t0ww',1,'running',3,0.29999999999999998889,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,2,1234,1,0,'host-1',1790000048500,0.4500000000000000111,NULL,NULL,NULL,NULL,4,1790000009000,1790000028500,NULL);
INSERT INTO run VALUES(4,'run_pyqvtbxyq3kjwfz2',1,'queued',4,0.4000000000000000222,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,1,1234,1,0,NULL,NULL,0.29999999999999998889,NULL,NULL,NULL,NULL,4,1790000009000,1790000033000,NULL);
INSERT INTO run VALUES(5,'run_cq352bx75gzr9afq',1,'queued',5,0.5,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,0,1234,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1790000009000,NULL,NULL);
INSERT INTO run VALUES(6,'run_aezw94a85ykdrwxx',1,'queued',6,0.59999999999999997779,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,0,1234,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1790000009000,NULL,NULL);
INSERT INTO run VALUES(7,'run_rw1zhe8yseagvgaa',2,'cancelled',1,0.10000000000000000555,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,0,1234,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2,1790000010500,NULL,1790000012000);
INSERT INTO run VALUES(8,'run_p96gznqtw4d3v98q',2,'cancelled',2,0.2000000000000000111,3,0,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,3,0,1234,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2,1790000010500,NULL,1790000012000);
CREATE TABLE epoch (
    run_seq       INTEGER NOT NULL REFERENCES run (seq),
    epoch         INTEGER NOT NULL CHECK (epoch > 0),
    train_loss    REAL NOT NULL,
    val_loss      REAL NOT NULL,
    val_dsc       REAL NOT NULL CHECK (val_dsc BETWEEN 0 AND 1),
    learning_rate REAL NOT NULL CHECK (learning_rate >= 0),
    seconds       REAL NOT NULL CHECK (seconds >= 0),
    images_seen   INTEGER NOT NULL CHECK (images_seen >= 0),
    PRIMARY KEY (run_seq, epoch)
) STRICT, WITHOUT ROWID;
INSERT INTO epoch VALUES(1,1,1.0,0.9000000000000000222,0.59999999999999997779,0.0010000000000000000208,2.25,16);
INSERT INTO epoch VALUES(1,2,0.5,0.4500000000000000111,0.69999999999999995559,0.0010000000000000000208,2.25,32);
INSERT INTO epoch VALUES(1,3,0.33333333333333331482,0.29999999999999998889,0.8000000000000000444,0.0010000000000000000208,2.25,48);
INSERT INTO epoch VALUES(3,1,1.0,0.9000000000000000222,0.4000000000000000222,0.0010000000000000000208,2.25,16);
INSERT INTO epoch VALUES(3,2,0.5,0.4500000000000000111,0.4500000000000000111,0.0010000000000000000208,2.25,32);
INSERT INTO epoch VALUES(4,1,1.0,0.9000000000000000222,0.29999999999999998889,0.0010000000000000000208,2.25,16);
CREATE TABLE checkpoint (
    run_seq    INTEGER PRIMARY KEY REFERENCES run (seq),
    attempt    INTEGER NOT NULL,
    epoch      INTEGER NOT NULL CHECK (epoch >= 0),
    step       INTEGER NOT NULL CHECK (step >= 0),
    file       TEXT NOT NULL UNIQUE,
    bytes      INTEGER NOT NULL CHECK (bytes > 0),
    sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO checkpoint VALUES(3,1,2,4,'run_z5vcstwbnyf8t0ww-1-4-77.checkpoint',4321,'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc',1790000031500);
INSERT INTO checkpoint VALUES(4,1,1,2,'run_pyqvtbxyq3kjwfz2-1-2-77.checkpoint',4321,'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc',1790000036000);
CREATE TABLE idempotency_key (
    owner        TEXT NOT NULL,
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
    sweep_id     TEXT NOT NULL REFERENCES sweep (id),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
INSERT INTO idempotency_key VALUES('tok_cmd1e9f067cw47jp','once',X'0707070707070707070707070707070707070707070707070707070707070707','sw_qrpz2drhh9yknbj5',1790000009000);
CREATE TABLE surrogate (
    version    INTEGER PRIMARY KEY,
    bytes      BLOB NOT NULL,
    curves     INTEGER NOT NULL CHECK (curves > 0),
    figures    TEXT NOT NULL CHECK (json_valid(figures)),
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO surrogate VALUES(1,X'01020304',12,'{"mae":0.02}',1790000039000);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('token',3);
INSERT INTO sqlite_sequence VALUES('dataset',1);
INSERT INTO sqlite_sequence VALUES('sweep',2);
INSERT INTO sqlite_sequence VALUES('run',8);
CREATE INDEX sweep_by_state ON sweep (state, seq);
CREATE INDEX run_by_sweep ON run (sweep_seq, seq);
CREATE INDEX run_queued ON run (sweep_seq, seq) WHERE state = 'queued';
CREATE INDEX run_leased ON run (lease_expires_at) WHERE state = 'running';
CREATE INDEX run_succeeded ON run (seq) WHERE state = 'succeeded';
COMMIT;
