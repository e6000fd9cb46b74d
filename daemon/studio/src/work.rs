//! The kinds of work the machine does for a project, as the job list keeps them.

use std::collections::BTreeSet;

use mastering::{MixId, MixRole, ObjectSum, PersonId, Project, ProjectId, RevisionNo, TrackId};
use serde::{Deserialize, Serialize};
use vault::{JobRow, Write};

use crate::notices::Facts;

/// A unit of work. Its JSON form stands in the job list, so variants are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub(crate) enum Work {
    /// Takes a file from a dropbox: opens it in the worker, stores it, or unpacks it.
    Take {
        dropbox: String,
        path: String,
        fingerprint: String,
        role: MixRole,
    },
    /// Takes a file that belongs to a disc, or may: with the rest of it, once that is there.
    TakeDisc(DiscFile),
    /// The same a good while later: what is missing then is missed.
    MissDisc(DiscFile),
    /// Checks a file that lies in the vault: out of a zip, or a track of a disc.
    CheckEntry {
        dropbox: String,
        path: String,
        fingerprint: String,
        inner: String,
        role: MixRole,
        original: ObjectSum,
    },
    /// Takes a master made elsewhere.
    TakeMaster {
        dropbox: String,
        path: String,
        fingerprint: String,
    },
    /// Takes a list of titles, codes and credits, where the file is one.
    TakeLabelCopy {
        dropbox: String,
        path: String,
        fingerprint: String,
    },
    /// Keeps what may go along with the release, and proposes it.
    TakeAlong {
        dropbox: String,
        path: String,
        fingerprint: String,
    },
    /// Writes the report beside the mix.
    WriteNote {
        dropbox: String,
        path: String,
        document: String,
    },
    /// Writes what the client was told about the order into their dropbox.
    WriteMessages,
    /// Writes the reports of these mixes again, after something about them changed.
    WriteNotes { mixes: BTreeSet<MixId> },
    /// Compares the mixes of a set with each other.
    CompareSet { mixes: BTreeSet<MixId> },
    /// Makes the master of a song at a revision.
    Master {
        revision: RevisionNo,
        track: TrackId,
        mix: MixId,
        plan: Option<ObjectSum>,
    },
    /// Makes the masters of what goes beside a song, once it has its own.
    Beside { revision: RevisionNo, song: TrackId },
    /// Puts the programme of a revision together.
    Programme { revision: RevisionNo },
    /// Makes the finals of an approval, and reads them back.
    Finals { revision: RevisionNo },
    /// Makes a package for one recipient, and reads it back.
    Package { no: u32 },
    /// Sends a package to its recipient's own server.
    Send { package: u32, sending: u32 },
    /// Reads a booklet, or a video beside its song.
    ReadAttachment { no: u32 },
    /// Puts the finals where the client can fetch them.
    OfferFinals { revision: RevisionNo },
    /// Closes the project into the archive.
    Archive,
    /// Copies the closed archive to the second place.
    SecondCopy,
    /// Removes the working files, which a person or a setting let go.
    RemoveWorkingFiles,
    /// Removes the archive, which a person or a setting let go.
    RemoveArchive,
    /// Brings the order to what its client's account says of it.
    KeepHold,
    /// Quotes a request that costs, or takes its quote back.
    QuoteRequest { no: u32 },
    /// Quotes the fee of a removal, or takes the quote back.
    QuoteRemoval { no: u32 },
    /// Tells the orders that a distributor's report names of it; about no project.
    SpreadSales {
        report: u32,
        distributor: String,
        quarter: String,
    },
    /// Tells one of them.
    TellSales {
        report: u32,
        distributor: String,
        quarter: String,
    },
    /// The master was accepted by this name: a fee that waited for it falls due.
    FeeFallsDue { name: String },
    /// Sends a mail to the client of the project; lists of earlier versions hold it.
    MailClient { subject: String, text: String },
    /// Tells the client's people something, each in their own language.
    Tell { kind: String, facts: Facts },
    /// Mails one of them.
    MailPerson {
        person: PersonId,
        kind: String,
        facts: Facts,
    },
}

/// A file in a dropbox that belongs to a disc, or may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DiscFile {
    pub(crate) dropbox: String,
    pub(crate) path: String,
    pub(crate) fingerprint: String,
    pub(crate) role: MixRole,
}

/// Lanes: each runs by itself, so that a long render never holds up a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Intake,
    Render,
    Desk,
    /// By itself because a mail server may take half a minute to say nothing.
    Mail,
    /// By itself because a large package takes hours over a slow line.
    Send,
}

impl Lane {
    pub(crate) const ALL: [Self; 5] = [
        Self::Intake,
        Self::Render,
        Self::Desk,
        Self::Mail,
        Self::Send,
    ];

    /// The kinds of work in this lane.
    pub(crate) fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Intake => &[
                "take",
                "take_disc",
                "check_entry",
                "take_master",
                "take_label_copy",
                "take_along",
                "read_attachment",
            ],
            Self::Render => &["master", "beside", "programme", "finals", "package"],
            Self::Desk => &[
                "write_note",
                "write_notes",
                // Not among the checks, for which an order waits: nothing may ever come.
                "miss_disc",
                "write_messages",
                "compare_set",
                "offer_finals",
                "keep_hold",
                "quote_request",
                "quote_removal",
                "spread_sales",
                "tell_sales",
                "fee_falls_due",
                "archive",
                "second_copy",
                "remove_working_files",
                "remove_archive",
                "tell",
            ],
            Self::Mail => &["mail_client", "mail_person"],
            Self::Send => &["send"],
        }
    }
}

impl Work {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Take { .. } => "take",
            Self::TakeDisc(_) => "take_disc",
            Self::MissDisc(_) => "miss_disc",
            Self::CheckEntry { .. } => "check_entry",
            Self::TakeMaster { .. } => "take_master",
            Self::TakeLabelCopy { .. } => "take_label_copy",
            Self::TakeAlong { .. } => "take_along",
            Self::WriteNote { .. } => "write_note",
            Self::WriteNotes { .. } => "write_notes",
            Self::WriteMessages => "write_messages",
            Self::CompareSet { .. } => "compare_set",
            Self::Master { .. } => "master",
            Self::Beside { .. } => "beside",
            Self::Programme { .. } => "programme",
            Self::Finals { .. } => "finals",
            Self::Package { .. } => "package",
            Self::Send { .. } => "send",
            Self::ReadAttachment { .. } => "read_attachment",
            Self::OfferFinals { .. } => "offer_finals",
            Self::Archive => "archive",
            Self::SecondCopy => "second_copy",
            Self::RemoveWorkingFiles => "remove_working_files",
            Self::RemoveArchive => "remove_archive",
            Self::KeepHold => "keep_hold",
            Self::QuoteRequest { .. } => "quote_request",
            Self::QuoteRemoval { .. } => "quote_removal",
            Self::SpreadSales { .. } => "spread_sales",
            Self::TellSales { .. } => "tell_sales",
            Self::FeeFallsDue { .. } => "fee_falls_due",
            Self::MailClient { .. } => "mail_client",
            Self::Tell { .. } => "tell",
            Self::MailPerson { .. } => "mail_person",
        }
    }

    /// How often it is tried before a person is asked.
    fn max_attempts(&self) -> u32 {
        match self {
            // A mail that may have gone out is sent at most once more.
            Self::MailClient { .. } | Self::MailPerson { .. } => 2,
            // It ends by time: a server may be away for a night.
            Self::Send { .. } => u32::MAX,
            _ => 6,
        }
    }

    /// What it is about, for the list of work in hand.
    pub(crate) fn about(&self) -> String {
        match self {
            Self::Take { path, .. } | Self::TakeDisc(DiscFile { path, .. }) => {
                format!("check {path}")
            }
            Self::MissDisc(file) => format!("look whether the disc of {} is whole", file.path),
            Self::CheckEntry { inner, .. } => format!("check {inner}"),
            Self::TakeLabelCopy { path, .. } => format!("read {path}"),
            Self::TakeAlong { path, .. } => format!("keep {path}"),
            Self::TakeMaster { path, .. } => format!("take the master {path}"),
            Self::WriteNote { path, .. } => format!("write the report beside {path}"),
            Self::WriteNotes { .. } => "write the reports beside the mixes again".to_owned(),
            Self::WriteMessages => "write the messages into the client's dropbox".to_owned(),
            Self::CompareSet { .. } => "compare the mixes with each other".to_owned(),
            Self::Master { revision, .. } => format!("make a master for revision {revision}"),
            Self::Beside { revision, .. } => {
                format!("master what goes beside a song in revision {revision}")
            }
            Self::Programme { revision } => {
                format!("put the programme of revision {revision} together")
            }
            Self::Finals { revision } => format!("make the finals of revision {revision}"),
            Self::Package { no } => format!("make package {no}"),
            Self::Send { package, .. } => format!("send package {package}"),
            Self::ReadAttachment { no } => format!("read what goes along, no. {no}"),
            Self::OfferFinals { .. } => "put the finals into the client's folder".to_owned(),
            Self::Archive => "close the project into the archive".to_owned(),
            Self::SecondCopy => "copy the archive to the second place".to_owned(),
            Self::RemoveWorkingFiles => "remove the working files".to_owned(),
            Self::RemoveArchive => "remove the archive".to_owned(),
            Self::KeepHold => "tell the order what its client's account says".to_owned(),
            Self::QuoteRequest { .. } => "quote what the client asks for".to_owned(),
            Self::QuoteRemoval { .. } => "quote the fee of a removal".to_owned(),
            Self::SpreadSales { distributor, .. } | Self::TellSales { distributor, .. } => {
                format!("tell what {distributor} reported")
            }
            Self::FeeFallsDue { .. } => "write the invoice that falls due".to_owned(),
            Self::MailClient { subject, .. } => format!("mail \u{201c}{subject}\u{201d}"),
            Self::Tell { kind, .. } | Self::MailPerson { kind, .. } => {
                format!("mail the notice {kind}")
            }
        }
    }

    /// The row that compares the set of a project, where it has changed.
    ///
    /// Mixes only come and only go, so what came and what still counts names every state of the
    /// set once: a set that is as it was before is compared again.
    pub(crate) fn comparison(project: &Project) -> Option<Write> {
        let mixes = project.set_to_compare()?;
        let (came, counts) = (project.mixes.len(), mixes.len());
        let gone = project.mixes.values().filter(|m| !m.is_current()).count();
        let inputs = format!("{came}:{gone}:{counts}");
        Some(Self::CompareSet { mixes }.queue(&project.id, &inputs))
    }

    /// The row that puts it on the list; `inputs` makes the key, so that the same work is listed once.
    pub(crate) fn queue(&self, project: &ProjectId, inputs: &str) -> Write {
        self.row(
            format!("{}:{project}:{inputs}", self.kind()),
            Some(project.to_string()),
        )
    }

    /// The same for what is not to be done before a time.
    pub(crate) fn queue_later(&self, project: &ProjectId, inputs: &str, at_ms: i64) -> Write {
        match self.queue(project, &format!("{inputs}:later")) {
            Write::Job(row) => Write::Job(JobRow {
                not_before_ms: at_ms,
                ..row
            }),
            other => other,
        }
    }

    /// The same for what is about the house.
    pub(crate) fn queue_for_house(&self, inputs: &str) -> Write {
        self.row(format!("{}:{inputs}", self.kind()), None)
    }

    /// The same for what is about a person and no project.
    pub(crate) fn queue_for_person(&self, person: &PersonId, inputs: &str) -> Write {
        self.row(format!("{}:{person}:{inputs}", self.kind()), None)
    }

    fn row(&self, key: String, project: Option<String>) -> Write {
        let is_in = |lane: &Lane| lane.kinds().contains(&self.kind());
        debug_assert!(Lane::ALL.iter().any(is_in), "work in no lane is never done");
        Write::Job(JobRow {
            key,
            kind: self.kind().to_owned(),
            project,
            body: serde_json::to_string(self).expect("work holds only text and numbers"),
            priority: 0,
            not_before_ms: 0,
            max_attempts: self.max_attempts(),
        })
    }
}
