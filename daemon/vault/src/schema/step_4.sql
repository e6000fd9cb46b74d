-- The ledger: one journal for each client, beside the projects'.
CREATE TABLE ledger_event (
    no     INTEGER PRIMARY KEY,
    client TEXT NOT NULL REFERENCES person (id),
    seq    INTEGER NOT NULL CHECK (seq >= 1),
    at_ms  INTEGER NOT NULL,
    actor  TEXT NOT NULL,
    kind   TEXT NOT NULL,
    schema INTEGER NOT NULL,
    body   TEXT NOT NULL,
    UNIQUE (client, seq)
) STRICT;
CREATE TRIGGER ledger_event_stays BEFORE DELETE ON ledger_event BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_event_is_fixed BEFORE UPDATE ON ledger_event BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

-- Debits are positive, credits negative: the lines of one event add up to nothing.
CREATE TABLE ledger_entry (
    no       INTEGER PRIMARY KEY,
    client   TEXT NOT NULL REFERENCES person (id),
    seq      INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    project  TEXT REFERENCES project (id),
    document TEXT,
    book     TEXT NOT NULL,
    currency TEXT NOT NULL,
    minor    INTEGER NOT NULL CHECK (minor <> 0)
) STRICT;
CREATE INDEX ledger_entry_by_time ON ledger_entry (at_ms, book);
CREATE TRIGGER ledger_entry_stays BEFORE DELETE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_entry_is_fixed BEFORE UPDATE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

-- Quotes, invoices, receipts, credits and credit notes, numbered without gaps in each series.
CREATE TABLE ledger_document (
    no          INTEGER PRIMARY KEY,
    series      TEXT NOT NULL,
    number      INTEGER NOT NULL CHECK (number >= 1),
    name        TEXT NOT NULL UNIQUE,
    client      TEXT NOT NULL REFERENCES person (id),
    project     TEXT REFERENCES project (id),
    seq         INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL,
    due_ms      INTEGER,
    currency    TEXT NOT NULL,
    total_minor INTEGER NOT NULL,
    open_minor  INTEGER NOT NULL,
    state       TEXT NOT NULL,
    -- Whom it was made out to, as they were called that day: the books keep it as the law asks.
    recipient   TEXT NOT NULL,
    UNIQUE (series, number)
) STRICT;
CREATE INDEX ledger_document_of_client ON ledger_document (client, no);
CREATE INDEX ledger_document_of_project ON ledger_document (project, no);
CREATE INDEX ledger_document_by_state ON ledger_document (series, state, no);
CREATE TRIGGER ledger_document_stays BEFORE DELETE ON ledger_document BEGIN SELECT RAISE(ABORT, 'a number is never given back'); END;

-- Price lists; a change is a new version.
CREATE TABLE price_list (
    no      INTEGER PRIMARY KEY,
    service TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    at_ms   INTEGER NOT NULL,
    author  TEXT NOT NULL,
    body    TEXT NOT NULL,
    UNIQUE (service, version)
) STRICT;
CREATE TRIGGER price_list_is_fixed BEFORE UPDATE ON price_list BEGIN SELECT RAISE(ABORT, 'a price list is never changed'); END;
