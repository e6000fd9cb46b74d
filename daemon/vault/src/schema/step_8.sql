-- What the studio decided beside its orders and accounts: people, settings, prices, services. It names
-- nobody: people stand in it by their ids alone.
CREATE TABLE house_event (
    no    INTEGER NOT NULL PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    kind  TEXT NOT NULL,
    -- The person, the service or whatever else it is about.
    about TEXT NOT NULL,
    facts TEXT NOT NULL
) STRICT;
CREATE TRIGGER house_event_stays BEFORE DELETE ON house_event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER house_event_is_fixed BEFORE UPDATE ON house_event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- Where a decision in the house's journal (`house`) or an account's (the client's id) came from.
CREATE TABLE decision_origin (
    journal TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    person  TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (journal, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX decision_origin_of_person ON decision_origin (person);

-- What the studio offers, each version as it was saved.
CREATE TABLE catalogue (
    version INTEGER NOT NULL PRIMARY KEY,
    at_ms   INTEGER NOT NULL,
    -- A person of the studio, as journals name one, or the file it was read from.
    author  TEXT NOT NULL,
    body    TEXT NOT NULL
) STRICT;
