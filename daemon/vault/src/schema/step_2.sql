-- Workers ask for the next job several times a second; finished jobs must not slow them down.
CREATE INDEX job_waiting ON job (kind, priority, not_before_ms) WHERE state = 'queued';

-- The list of what became of one file in a dropbox is asked for before its fingerprint is known.
CREATE INDEX dropped_taken ON dropped (dropbox, path) WHERE state = 'taken';
