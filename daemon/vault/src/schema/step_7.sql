-- What each person has read of the bell they share with others. What anybody had read before this
-- step stays read for all of them: that stands in the notice's own state.
CREATE TABLE notice_seen (
    person   TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    -- Everything up to here is read.
    until_no INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Single notices above that.
CREATE TABLE notice_read (
    person TEXT NOT NULL REFERENCES person (id),
    notice INTEGER NOT NULL REFERENCES notice (no),
    PRIMARY KEY (person, notice)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_read_by ON notice_read (notice);
INSERT INTO notice_seen (person, until_no) SELECT id, 0 FROM person;
