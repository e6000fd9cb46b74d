//! Booklets and videos read in the worker: what they are, and of a video how it lies against its song.

use attachments::{
    Booklet, BookletRules, Envelope, Finding, Movie, MovieRules, Song, Sync, Weight, lay_beside,
};
use mastering::{
    Attachment, AttachmentCommand, AttachmentFinding, AttachmentKind, AttachmentRead,
    AttachmentWeight, Command, Master, Project, RevisionNo,
};
use serde::{Deserialize, Serialize};
use soundfile::WavReader;
use worker::WorkerError;

use super::{Done, Shop, Trouble, json_document, room_for};
use crate::denied::chain;

/// Longest song that a video is laid beside, in seconds.
const MOST_SECONDS: u32 = 3 * 3_600;

/// Frames that are read at once.
const BLOCK_FRAMES: usize = 16 * 1024;

/// What was read of an attachment, to be held against the rules of whoever takes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(crate) enum AttachmentFacts {
    /// It cannot be read as what it should be.
    Unread { why: String },
    /// A booklet.
    Booklet { booklet: Booklet },
    /// A video.
    Video {
        movie: Movie,
        /// Why its sound was not listened to.
        unheard: Option<String>,
        /// The song it is of, once that has a master.
        song: Option<BesideSong>,
    },
}

/// A song that a video was laid beside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BesideSong {
    pub(crate) title: String,
    pub(crate) seconds: f64,
    pub(crate) sync: Option<Sync>,
}

/// The document that holds the facts of an attachment.
pub(crate) fn facts_document(no: u32) -> String {
    format!("attachment:{no}")
}

impl AttachmentFacts {
    /// Holds it against these rules.
    pub(crate) fn judge(&self, booklets: &BookletRules, videos: &MovieRules) -> Vec<Finding> {
        match self {
            Self::Unread { why } => vec![Finding::blocks(sentence(why))],
            Self::Booklet { booklet } => booklet.judge(booklets),
            Self::Video {
                movie,
                unheard,
                song,
            } => {
                let of = song.as_ref().map(|song| Song {
                    title: &song.title,
                    seconds: song.seconds,
                    sync: song.sync,
                });
                let mut found = movie.judge(videos, of);
                if let Some(why) = unheard.as_ref().filter(|_| has_sound(movie)) {
                    found.push(Finding::ask(format!(
                        "Its sound ({}) was not listened to: {why}.",
                        sound_of(movie)
                    )));
                }
                if song.is_none() {
                    found.push(Finding::ask(
                        "Its song has no master yet, so that nothing could be laid beside it.",
                    ));
                }
                found
            }
        }
    }
}

fn has_sound(movie: &Movie) -> bool {
    movie
        .of_kind(attachments::TrackKind::Sound)
        .next()
        .is_some()
}

fn sound_of(movie: &Movie) -> &str {
    let sound = movie.of_kind(attachments::TrackKind::Sound).next();
    sound.map_or("none", |track| track.codec_name())
}

/// Words with a capital and a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// Reads an attachment that stands.
pub(super) fn read(shop: &Shop, project: &Project, no: u32) -> Result<Done, Trouble> {
    let attachment = project.attachment(no).filter(|one| one.stands());
    let Some(attachment) = attachment else {
        return Ok(Done::default());
    };
    // The copy that the worker gets.
    room_for(&shop.vault, attachment.bytes)?;
    let id = project.id.as_str();
    let file = shop.vault.copy_to_scratch(id, attachment.object.as_str())?;
    let (facts, beside) = match attachment.kind {
        AttachmentKind::Booklet => (booklet(shop, &file)?, None),
        AttachmentKind::Video => video(shop, project, (attachment, &file))?,
    };
    let found = facts.judge(&BookletRules::default(), &MovieRules::default());
    let read = AttachmentRead {
        findings: found.into_iter().map(noted).collect(),
        beside,
        at: 0,
    };
    Ok(Done {
        commands: vec![Command::Attachment(AttachmentCommand::Record { no, read })],
        also: vec![json_document(&project.id, &facts_document(no), &facts)?],
    })
}

fn noted(finding: Finding) -> AttachmentFinding {
    AttachmentFinding {
        weight: match finding.weight {
            Weight::Note => AttachmentWeight::Note,
            Weight::Ask => AttachmentWeight::Ask,
            Weight::Blocks => AttachmentWeight::Blocks,
        },
        words: finding.words,
    }
}

/// What a worker's end says of the file; trouble where this computer is to blame.
fn unread(error: &WorkerError) -> Result<AttachmentFacts, Trouble> {
    match error {
        WorkerError::NotAttached(why) => Ok(AttachmentFacts::Unread { why: why.clone() }),
        other if other.finding().is_some() => Ok(AttachmentFacts::Unread {
            why: format!(
                "the file could not be read: {}; export it again",
                chain(other)
            ),
        }),
        other => Err(Trouble::Again(chain(other))),
    }
}

fn booklet(shop: &Shop, file: &std::fs::File) -> Result<AttachmentFacts, Trouble> {
    match shop.workers.read_booklet(file) {
        Ok(booklet) => Ok(AttachmentFacts::Booklet { booklet }),
        Err(error) => unread(&error),
    }
}

fn video(
    shop: &Shop,
    project: &Project,
    (attachment, file): (&Attachment, &std::fs::File),
) -> Result<(AttachmentFacts, Option<RevisionNo>), Trouble> {
    let scratch = shop.vault.scratch()?;
    let read = match shop.workers.read_movie(file, &scratch) {
        Ok(read) => read,
        Err(error) => return Ok((unread(&error)?, None)),
    };
    let master = master_of(project, attachment);
    let mut song = None;
    if let Some((_, title, master)) = &master {
        let own = envelope(shop, project, master)?;
        let heard = read.unheard.is_none().then_some(&read.heard);
        #[expect(clippy::cast_precision_loss, reason = "frames of a song")]
        let frames = master.frames as f64;
        song = Some(BesideSong {
            title: title.clone(),
            seconds: frames / f64::from(master.rate_hz.max(1)),
            sync: heard.and_then(|heard| lay_beside(&own, heard)),
        });
    }
    let facts = AttachmentFacts::Video {
        movie: read.movie,
        unheard: read.unheard,
        song,
    };
    Ok((facts, master.map(|(revision, _, _)| revision)))
}

/// The master of a video's song: of the approved revision, else of the newest that has one.
fn master_of<'p>(
    project: &'p Project,
    attachment: &Attachment,
) -> Option<(RevisionNo, String, &'p Master)> {
    let song = attachment.song.as_ref()?;
    let title = project.track(song)?.title.clone();
    let approved = project.approved_revision();
    let approved = approved.and_then(|no| project.revisions.get(&no));
    let newest = project.revisions.values().rev();
    let mut rounds = approved.into_iter().chain(newest);
    rounds.find_map(|round| Some((round.no, title.clone(), round.master(song)?)))
}

/// How loud a master is, moment by moment.
fn envelope(shop: &Shop, project: &Project, master: &Master) -> Result<Vec<u8>, Trouble> {
    let never = |error: &dyn std::error::Error| Trouble::Never(chain(error));
    let object = shop
        .vault
        .open_object(project.id.as_str(), master.object.as_str())?;
    let mut reader = WavReader::open(object).map_err(|e| never(&e))?;
    let spec = reader.spec();
    let mut heard = Envelope::new(spec.rate_hz, MOST_SECONDS);
    let mut planar = vec![Vec::new(); usize::from(spec.channels)];
    while reader.read_planar(&mut planar, BLOCK_FRAMES)? > 0 {
        heard.feed(&planar);
    }
    Ok(heard.into_values())
}
