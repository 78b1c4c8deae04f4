-- Who changed what, and who was not let. A row is written in the transaction of its change; the code keeps a year of them.

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

CREATE INDEX audit_by_subject ON audit (subject, seq) WHERE subject IS NOT NULL;
CREATE INDEX audit_by_token ON audit (token_id, seq) WHERE token_id IS NOT NULL;
