-- Learning curves of runs that were trained elsewhere, imported for the surrogate to be refined on.

CREATE TABLE curve (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    submitter  TEXT NOT NULL,
    epochs     INTEGER NOT NULL CHECK (epochs BETWEEN 3 AND 10000),
    final_dsc  REAL NOT NULL CHECK (final_dsc BETWEEN 0 AND 1),
    -- The caller's JSON: its points, and what is known of its run.
    content    TEXT NOT NULL CHECK (json_valid(content)),
    created_at INTEGER NOT NULL
) STRICT;
