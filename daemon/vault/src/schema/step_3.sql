-- What a session looks like to its owner.
CREATE TABLE session_seen (
    hash    TEXT NOT NULL PRIMARY KEY REFERENCES token (hash),
    address TEXT NOT NULL,
    browser TEXT NOT NULL,
    seen_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Where a decision in the journal came from. It stands outside the journal, so that it can be erased.
CREATE TABLE event_origin (
    project TEXT NOT NULL REFERENCES project (id),
    seq     INTEGER NOT NULL,
    person  TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (project, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_origin_of_person ON event_origin (person);

-- What a person said of themselves, and how they want to be told.
CREATE TABLE profile (
    person      TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    language    TEXT NOT NULL,
    party       TEXT NOT NULL,
    company     TEXT NOT NULL,
    phone       TEXT NOT NULL,
    postal      TEXT NOT NULL,
    of_age_ms   INTEGER,
    notices_off TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A client's people, and guests of one order.
CREATE TABLE member (
    person  TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    client  TEXT NOT NULL REFERENCES person (id),
    project TEXT REFERENCES project (id),
    rights   TEXT NOT NULL,
    until_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX member_of_client ON member (client);

-- A text that somebody agreed to, word for word.
CREATE TABLE acceptance (
    no      INTEGER PRIMARY KEY,
    person  TEXT NOT NULL REFERENCES person (id),
    project TEXT REFERENCES project (id),
    what    TEXT NOT NULL,
    sha256  TEXT NOT NULL,
    wording TEXT NOT NULL,
    name    TEXT NOT NULL,
    at_ms   INTEGER NOT NULL,
    address TEXT NOT NULL
) STRICT;
CREATE INDEX acceptance_of_person ON acceptance (person, what, no);

-- An address that a mail server refused: nothing more goes there until it changes or is tried again.
CREATE TABLE mail_hold (
    person TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    email  TEXT NOT NULL,
    answer TEXT NOT NULL,
    at_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What fills the words of a notice's kind, so that each reads it in their own language.
ALTER TABLE notice ADD COLUMN facts TEXT;
-- How many are unread stands on every page.
CREATE INDEX notice_unread ON notice (audience) WHERE state = 'new';
