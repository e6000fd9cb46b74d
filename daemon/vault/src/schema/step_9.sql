-- What stands in the rack: units, chains through them, recall sheets. Each as it was saved; a change is
-- a new version, because a sheet of two years ago speaks of the unit as it was.
CREATE TABLE rack_page (
    no      INTEGER NOT NULL PRIMARY KEY,
    kind    TEXT NOT NULL CHECK (kind IN ('unit', 'chain', 'sheet')),
    name    TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    at_ms   INTEGER NOT NULL,
    -- A person of the studio, as journals name one.
    author  TEXT NOT NULL,
    body    TEXT NOT NULL,
    UNIQUE (kind, name, version)
) STRICT;
CREATE TRIGGER rack_page_stays BEFORE DELETE ON rack_page BEGIN SELECT RAISE(ABORT, 'a page of the rack is never deleted'); END;
CREATE TRIGGER rack_page_is_fixed BEFORE UPDATE ON rack_page BEGIN SELECT RAISE(ABORT, 'a page of the rack is never changed'); END;
