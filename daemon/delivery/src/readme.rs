//! Words that travel with files: the archive's README and the licence note of finals.

use crate::Moment;
use crate::page::Page;

/// A file with the checksum of its samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleProof {
    /// File name or track title.
    pub name: String,
    /// SHA-256 over its interleaved little-endian samples, lower-case hex.
    pub samples_sha256: String,
}

/// Who approved what and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalNote {
    /// Name of the person.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Revision number.
    pub revision: u32,
    /// The samples approved, by track.
    pub samples: Vec<SampleProof>,
}

/// What an archive's README says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveReadme {
    /// The studio's name.
    pub studio: String,
    /// Order number.
    pub order: String,
    /// The project's title.
    pub title: String,
    /// The client's name, where it may stand in the archive.
    pub client: Option<String>,
    /// When the project was completed.
    pub completed: Moment,
    /// Until when it is kept for a recall.
    pub recall_until: Option<Moment>,
    /// The zone of all times here.
    pub zone: String,
    /// Folders or files of the payload and what is in them, in the order to show them.
    pub contents: Vec<(String, String)>,
    /// The approval.
    pub approval: Option<ApprovalNote>,
    /// The finals.
    pub finals: Vec<SampleProof>,
    /// How the payload is kept.
    pub payload: PayloadForm,
}

/// How an archive's payload is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadForm {
    /// Files as they are.
    Plain,
    /// Each file encrypted in the `age` format.
    Age,
}

impl ArchiveReadme {
    /// The README as plain text in UTF-8 with CRLF line ends.
    pub fn text(&self) -> Vec<u8> {
        let mut page = Page::default();
        page.heading(&format!("{}  {}", self.order, self.title));
        page.blank();
        let completed = format!("{} {}", self.completed, self.zone);
        let recall = self.recall_until.map(|until| until.date());
        let mut rows = vec![("Studio", self.studio.as_str())];
        rows.extend(self.client.as_deref().map(|client| ("Client", client)));
        rows.push(("Completed", &completed));
        rows.extend(recall.as_deref().map(|until| ("Kept until", until)));
        page.columns(&rows);
        page.blank();
        page.heading("What is in here");
        let rows = self.contents.iter();
        let rows: Vec<(&str, &str)> = rows.map(|(l, r)| (l.as_str(), r.as_str())).collect();
        page.columns(&rows);
        if let Some(approval) = &self.approval {
            page.blank();
            page.heading("Approval");
            let (by, at, no) = (&approval.by, approval.at, approval.revision);
            let text = format!("{by} approved revision {no} on {at} {}.", self.zone);
            page.filled("", &text);
            proofs(&mut page, &approval.samples);
        }
        if !self.finals.is_empty() {
            page.blank();
            page.heading("Finals");
            proofs(&mut page, &self.finals);
        }
        self.how_to_read(&mut page);
        page.into_bytes()
    }

    fn how_to_read(&self, page: &mut Page) {
        page.blank();
        page.heading("How to read it");
        page.filled(
            "",
            "This folder is a BagIt bag (RFC 8493). To check that every byte is still there: \
             bagit.py --validate FOLDER, or: sha256sum -c manifest-sha256.txt",
        );
        page.blank();
        page.filled(
            "",
            "Checksums of samples are SHA-256 over the samples themselves, interleaved and \
             little-endian, without the file around them. For a 24-bit file:",
        );
        page.line("ffmpeg -i FILE -f s24le - | sha256sum");
        page.filled("", "(s16le for 16 bit, f32le for 32-bit float)");
        match self.payload {
            PayloadForm::Plain => (),
            PayloadForm::Age => {
                page.blank();
                page.filled(
                    "",
                    "The payload is encrypted in the age format (age-encryption.org). \
                     With the studio's recovery key in KEYFILE:",
                );
                page.line("age --decrypt -i KEYFILE FILE > OPENED");
            }
        }
    }
}

fn proofs(page: &mut Page, samples: &[SampleProof]) {
    for proof in samples {
        page.line(&format!("- {}", proof.name));
        page.line(&format!("  samples {}", proof.samples_sha256));
    }
}

/// What the note beside finals says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalsNote {
    /// The studio's name.
    pub studio: String,
    /// Order number.
    pub order: String,
    /// The project's title.
    pub title: String,
    /// Whose licence it is.
    pub client: String,
    /// When the finals were made.
    pub made: Moment,
    /// The finals.
    pub finals: Vec<SampleProof>,
    /// The studio's own licence wording; [`STANDARD_LICENCE`] where it has none.
    pub licence: String,
}

/// The licence that comes with finals unless the studio words its own.
pub const STANDARD_LICENCE: &str = "You may use these files for any purpose, also commercially, \
    copy them, and pass them and this licence on to others. The rights in the recordings and \
    works themselves stay with their owners.";

impl FinalsNote {
    /// The note as plain text in UTF-8 with CRLF line ends.
    pub fn text(&self) -> Vec<u8> {
        let mut page = Page::default();
        page.heading(&format!("{}  {}", self.order, self.title));
        page.blank();
        let by = format!(
            "Finals made by {} for {} on {}.",
            self.studio,
            self.client,
            self.made.date()
        );
        page.filled("", &by);
        page.blank();
        page.heading("Licence");
        page.filled("", &self.licence);
        page.blank();
        page.heading("Files");
        proofs(&mut page, &self.finals);
        page.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment() -> Moment {
        Moment::from_unix_ms(1_795_132_800_000).unwrap()
    }

    fn proof(name: &str) -> SampleProof {
        SampleProof {
            name: name.into(),
            samples_sha256: "cd".repeat(32),
        }
    }

    #[test]
    fn an_archive_explains_itself() {
        let readme = ArchiveReadme {
            studio: "Studio North".into(),
            order: "LQ-1001".into(),
            title: "First Song".into(),
            client: None,
            completed: moment(),
            recall_until: Some(Moment::from_unix_ms(1_858_291_200_000).unwrap()),
            zone: "UTC".into(),
            contents: vec![("mixes/".into(), "as received".into())],
            approval: Some(ApprovalNote {
                by: "First Client".into(),
                at: moment(),
                revision: 2,
                samples: vec![proof("First Song")],
            }),
            finals: vec![],
            payload: PayloadForm::Age,
        };
        let text = String::from_utf8(readme.text()).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(
            lines[..8],
            [
                "LQ-1001  First Song",
                "-------------------",
                "",
                "Studio      Studio North",
                "Completed   2026-11-20 00:00:00 UTC",
                "Kept until  2028-11-20",
                "",
                "What is in here",
            ]
        );
        assert!(lines.contains(&"First Client approved revision 2 on 2026-11-20 00:00:00 UTC."));
        assert!(lines.contains(&"age --decrypt -i KEYFILE FILE > OPENED"));
        assert!(!text.contains("Finals\r\n"));
    }

    #[test]
    fn finals_come_with_the_right_to_use_and_pass_them_on() {
        let note = FinalsNote {
            studio: "Studio North".into(),
            order: "LQ-1001".into(),
            title: "First Song".into(),
            client: "First Client".into(),
            made: moment(),
            finals: vec![proof("LQ-1001 01 First Song (24-48).wav")],
            licence: STANDARD_LICENCE.into(),
        };
        let text = String::from_utf8(note.text()).unwrap();
        assert!(text.contains("Finals made by Studio North for First Client on 2026-11-20.\r\n"));
        assert!(
            text.replace("\r\n", " ")
                .contains("pass them and this licence on to others")
        );
        assert!(text.lines().all(|line| line.chars().count() <= 78));
    }
}
