CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    no            INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    login         TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role          TEXT NOT NULL,
    name          TEXT NOT NULL,
    email         TEXT NOT NULL,
    password_hash TEXT,
    created_ms    INTEGER NOT NULL,
    state         TEXT NOT NULL
) STRICT;

CREATE TABLE project (
    no         INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    number     TEXT NOT NULL UNIQUE COLLATE NOCASE,
    client     TEXT NOT NULL REFERENCES person (id),
    title      TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX project_of_client ON project (client);

CREATE TABLE event (
    no      INTEGER PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    seq     INTEGER NOT NULL CHECK (seq >= 1),
    at_ms   INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    kind    TEXT NOT NULL,
    schema  INTEGER NOT NULL,
    body    TEXT NOT NULL,
    UNIQUE (project, seq)
) STRICT;
-- The journal is the audit trail: what stands in it stays.
CREATE TRIGGER event_stays BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER event_is_fixed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE job (
    no            INTEGER PRIMARY KEY,
    key           TEXT NOT NULL UNIQUE,
    kind          TEXT NOT NULL,
    project       TEXT REFERENCES project (id),
    body          TEXT NOT NULL,
    priority      INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL,
    max_attempts  INTEGER NOT NULL CHECK (max_attempts >= 1),
    attempts      INTEGER NOT NULL DEFAULT 0,
    state         TEXT NOT NULL,
    run           TEXT,
    error         TEXT
) STRICT;
CREATE INDEX job_by_state ON job (state, kind);

CREATE TABLE dropped (
    no            INTEGER PRIMARY KEY,
    dropbox       TEXT NOT NULL,
    path          TEXT NOT NULL,
    inner         TEXT NOT NULL,
    fingerprint   TEXT NOT NULL,
    state         TEXT NOT NULL,
    project       TEXT REFERENCES project (id),
    mix           TEXT,
    reason        TEXT,
    bytes         INTEGER NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    updated_ms    INTEGER NOT NULL,
    UNIQUE (dropbox, path, inner, fingerprint)
) STRICT;
CREATE INDEX dropped_of_project ON dropped (project);
CREATE INDEX dropped_by_state ON dropped (state);

CREATE TABLE notice (
    no       INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    at_ms    INTEGER NOT NULL,
    audience TEXT NOT NULL,
    project  TEXT REFERENCES project (id),
    kind     TEXT NOT NULL,
    text     TEXT NOT NULL,
    state    TEXT NOT NULL
) STRICT;
CREATE INDEX notice_of_audience ON notice (audience, no);

CREATE TABLE token (
    hash       TEXT NOT NULL PRIMARY KEY,
    kind       TEXT NOT NULL,
    person     TEXT REFERENCES person (id),
    project    TEXT REFERENCES project (id),
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER,
    state      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX token_of_person ON token (person, kind);

CREATE TABLE document (
    no      INTEGER PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    name    TEXT NOT NULL,
    body    TEXT NOT NULL,
    at_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX document_latest ON document (project, name, at_ms, no);

CREATE TABLE answer (
    key   TEXT NOT NULL PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    body  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- No reference to project: an object found on the disk is kept even when the database, restored
-- from an older copy, does not know its project.
CREATE TABLE object (
    project      TEXT NOT NULL,
    sha256       TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    sealed_bytes INTEGER,
    kind         TEXT NOT NULL,
    stored_ms    INTEGER NOT NULL,
    state        TEXT NOT NULL,
    PRIMARY KEY (project, sha256)
) STRICT, WITHOUT ROWID;

CREATE TABLE project_key (
    project   TEXT NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    state     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
