-- Photographs of the rack's units, made anew by the worker. They belong to the house and to no order.
CREATE TABLE rack_photograph (
    sha256 TEXT NOT NULL PRIMARY KEY,
    at_ms  INTEGER NOT NULL,
    jpeg   BLOB NOT NULL
) STRICT;
CREATE TRIGGER rack_photograph_stays BEFORE DELETE ON rack_photograph BEGIN SELECT RAISE(ABORT, 'a photograph of the rack is never deleted'); END;
CREATE TRIGGER rack_photograph_is_fixed BEFORE UPDATE ON rack_photograph BEGIN SELECT RAISE(ABORT, 'a photograph of the rack is never changed'); END;
