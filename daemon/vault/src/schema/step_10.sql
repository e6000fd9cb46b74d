-- Codes from the studio's own ranges: ISRCs, EANs, catalogue numbers. Each series counts from 1 without
-- a gap, and no code is given twice.
CREATE TABLE allotted (
    series  TEXT NOT NULL,
    number  INTEGER NOT NULL CHECK (number >= 1),
    code    TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL REFERENCES project (id),
    at_ms   INTEGER NOT NULL,
    PRIMARY KEY (series, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER allotted_stays BEFORE DELETE ON allotted BEGIN SELECT RAISE(ABORT, 'a code that was allotted is never taken back'); END;
CREATE TRIGGER allotted_is_fixed BEFORE UPDATE ON allotted BEGIN SELECT RAISE(ABORT, 'a code that was allotted is never changed'); END;
