-- What was measured of the rack's units, each time as it was found: the history that a unit is judged by.
CREATE TABLE unit_measured (
    no     INTEGER NOT NULL PRIMARY KEY,
    -- What the rack knows the unit by.
    unit   TEXT NOT NULL,
    at_ms  INTEGER NOT NULL,
    -- A person of the studio, as journals name one.
    author TEXT NOT NULL,
    body   TEXT NOT NULL
) STRICT;
CREATE INDEX unit_measured_of_unit ON unit_measured (unit, no);
CREATE TRIGGER unit_measured_stays BEFORE DELETE ON unit_measured BEGIN SELECT RAISE(ABORT, 'a measurement is never deleted'); END;
CREATE TRIGGER unit_measured_is_fixed BEFORE UPDATE ON unit_measured BEGIN SELECT RAISE(ABORT, 'a measurement is never changed'); END;
