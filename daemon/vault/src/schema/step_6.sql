-- What clients fetched: each final once on each day, with the month of that day by the studio's calendar.
CREATE TABLE download (
    project TEXT NOT NULL REFERENCES project (id),
    file    TEXT NOT NULL,
    day     TEXT NOT NULL,
    PRIMARY KEY (project, file, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX download_by_day ON download (day);
-- What of the ledger has a day: open invoices, quotes that lapse, credits that lapse.
CREATE INDEX ledger_document_due ON ledger_document (due_ms, client) WHERE state = 'open' AND due_ms IS NOT NULL;
