-- The queue of prints: songs on their way through hardware, passages printed as a measure, recalls to be proved.
CREATE TABLE print (
    no       INTEGER NOT NULL PRIMARY KEY,
    -- Names what is asked for, so that the same event asks for it once.
    key      TEXT NOT NULL UNIQUE,
    project  TEXT NOT NULL REFERENCES project (id),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    track    TEXT NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('song', 'reference', 'recall')),
    state    TEXT NOT NULL CHECK (state IN ('queued', 'running', 'asks', 'done', 'stopped')),
    -- Counts the changes, so that the queue and a person do not overtake each other.
    version  INTEGER NOT NULL CHECK (version >= 1),
    at_ms    INTEGER NOT NULL,
    -- Who asked, as journals name them.
    author   TEXT NOT NULL,
    body     TEXT NOT NULL
) STRICT;
CREATE INDEX print_by_state ON print (state, no);
CREATE INDEX print_of_project ON print (project, no);
CREATE TRIGGER print_stays BEFORE DELETE ON print BEGIN SELECT RAISE(ABORT, 'a print of the queue is never deleted'); END;
CREATE TRIGGER print_is_fixed BEFORE UPDATE ON print WHEN OLD.state = 'done'
    BEGIN SELECT RAISE(ABORT, 'a finished print is never changed'); END;
