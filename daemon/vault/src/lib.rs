//! Keeps audio by checksum, project keys, the journal, jobs and read models.
