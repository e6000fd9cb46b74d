-- Where each project stands, for lists, counts and statistics: written with every commit to its journal,
-- and made anew from the journal where `form` is not that of the program that reads it.
ALTER TABLE project ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN artist TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN sought TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN stage TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN revision INTEGER;
ALTER TABLE project ADD COLUMN waits_for TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN waits_for_client TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN due_ms INTEGER;
ALTER TABLE project ADD COLUMN opened_month TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN offered_month TEXT;
ALTER TABLE project ADD COLUMN took_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN rounds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN mixes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN findings INTEGER NOT NULL DEFAULT 0;
CREATE INDEX project_form ON project (form);
CREATE INDEX project_stage ON project (stage);
CREATE INDEX project_due ON project (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX project_opened ON project (opened_month);
CREATE INDEX project_offered ON project (offered_month, took_ms, rounds) WHERE offered_month IS NOT NULL;
CREATE INDEX project_found ON project (client, mixes, findings);
