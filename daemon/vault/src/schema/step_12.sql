-- What distributors reported: each report as it came, the songs it names, its lines. A report that was
-- wrong is withdrawn, never changed.
CREATE TABLE sales_report (
    no           INTEGER NOT NULL PRIMARY KEY,
    distributor  TEXT NOT NULL,
    quarter      TEXT NOT NULL,
    file_name    TEXT NOT NULL,
    sha256       TEXT NOT NULL,
    at_ms        INTEGER NOT NULL,
    -- A person of the studio, as journals name one.
    author       TEXT NOT NULL,
    -- How it was read, and what was left out, as JSON.
    reading      TEXT NOT NULL,
    -- The file itself, compressed.
    file         BLOB NOT NULL,
    withdrawn_ms INTEGER,
    withdrawn_by TEXT,
    why          TEXT
) STRICT;
CREATE UNIQUE INDEX sales_report_once ON sales_report (sha256) WHERE withdrawn_ms IS NULL;
CREATE TRIGGER sales_report_stays BEFORE DELETE ON sales_report BEGIN SELECT RAISE(ABORT, 'a report is never deleted'); END;
CREATE TRIGGER sales_report_is_fixed BEFORE UPDATE OF no, distributor, quarter, file_name, sha256, at_ms, author, reading, file ON sales_report
BEGIN SELECT RAISE(ABORT, 'a report is never changed'); END;

CREATE TABLE sales_song (
    no           INTEGER NOT NULL PRIMARY KEY,
    ean          TEXT NOT NULL,
    isrc         TEXT NOT NULL,
    catalogue_no TEXT NOT NULL,
    title        TEXT NOT NULL,
    artist       TEXT NOT NULL,
    -- The order that a person said it belongs to.
    project      TEXT REFERENCES project (id),
    UNIQUE (ean, isrc, catalogue_no, title, artist)
) STRICT;
CREATE INDEX sales_song_of_project ON sales_song (project) WHERE project IS NOT NULL;
CREATE INDEX sales_song_by_isrc ON sales_song (isrc);
CREATE INDEX sales_song_by_catalogue_no ON sales_song (catalogue_no);

CREATE TABLE sales_line (
    report     INTEGER NOT NULL REFERENCES sales_report (no),
    song       INTEGER NOT NULL REFERENCES sales_song (no),
    -- Such as 2026-07; empty where the report does not say.
    month      TEXT NOT NULL,
    shop       TEXT NOT NULL,
    territory  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    currency   TEXT NOT NULL,
    units      INTEGER NOT NULL,
    -- In billionths of the currency's unit.
    billionths INTEGER NOT NULL,
    PRIMARY KEY (report, song, month, shop, territory, kind, currency)
) STRICT, WITHOUT ROWID;
CREATE INDEX sales_line_of_song ON sales_line (song);
CREATE TRIGGER sales_line_stays BEFORE DELETE ON sales_line BEGIN SELECT RAISE(ABORT, 'a line of a report is never deleted'); END;
CREATE TRIGGER sales_line_is_fixed BEFORE UPDATE ON sales_line BEGIN SELECT RAISE(ABORT, 'a line of a report is never changed'); END;

-- The lines of a report added up by song, which is all that a quarter's page asks for.
CREATE TABLE sales_sum (
    report     INTEGER NOT NULL REFERENCES sales_report (no),
    song       INTEGER NOT NULL REFERENCES sales_song (no),
    currency   TEXT NOT NULL,
    streams    INTEGER NOT NULL,
    -- Everything that is no stream.
    sold       INTEGER NOT NULL,
    billionths INTEGER NOT NULL,
    PRIMARY KEY (report, song, currency)
) STRICT, WITHOUT ROWID;
CREATE INDEX sales_sum_of_song ON sales_sum (song);

-- The codes that a release is known by: its EAN, its catalogue number, its songs' ISRCs. Written with
-- where the project stands.
CREATE TABLE release_code (
    code    TEXT NOT NULL,
    project TEXT NOT NULL REFERENCES project (id),
    PRIMARY KEY (code, project)
) STRICT, WITHOUT ROWID;
CREATE INDEX release_code_of_project ON release_code (project);

-- Which order a song of a report belongs to: what a person said, else the only release with its EAN, else
-- the only one with its ISRC, else the only one with its catalogue number.
CREATE VIEW sales_song_order AS
SELECT no, coalesce(
    project,
    (SELECT CASE count(*) WHEN 1 THEN min(r.project) END FROM release_code AS r WHERE ean <> '' AND r.code = ean),
    (SELECT CASE count(*) WHEN 1 THEN min(r.project) END FROM release_code AS r WHERE isrc <> '' AND r.code = isrc),
    (SELECT CASE count(*) WHEN 1 THEN min(r.project) END FROM release_code AS r WHERE catalogue_no <> '' AND r.code = catalogue_no)
) AS project
FROM sales_song;
