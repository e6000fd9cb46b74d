//! The booklet, videos and cover of an order for pages, the API and the command line: what was found in them, what people
//! said of them.

use std::io::{self, Read as _, Seek as _};

use attachments::{Finding, MovieTrack, PictureFacts, TrackKind};
use bytes::Bytes;
use futures_util::Stream;
use mastering::{
    Attachment, AttachmentCommand, AttachmentFinding, AttachmentKind, AttachmentWeight, Command,
    Cover, ObjectSum, OrderNumber, Project, TickPoint, TrackId, UnixMs,
};
use serde::Serialize;

use super::{Studio, Submission};
use crate::access::{Right, Visitor};
use crate::denied::Denied;
use crate::jobs::{AttachmentFacts, facts_document, id, most_bytes};

/// Bytes of a cover in which its head stands.
const COVER_HEAD_BYTES: u64 = 1 << 20;
/// The smallest cover that shops take, in pixels a side.
const LEAST_COVER_PX: u32 = 3_000;

/// A point of a tick list.
#[derive(Debug, Clone, Serialize)]
pub struct PointView {
    /// Its code.
    pub point: TickPoint,
    /// What is said by ticking it.
    pub words: &'static str,
    /// Who said it.
    pub by: Option<String>,
    /// When.
    pub at: Option<UnixMs>,
}

/// A booklet or a video with what is known of it.
#[derive(Debug, Clone, Serialize)]
pub struct AttachmentView {
    /// It.
    #[serde(flatten)]
    pub attachment: Attachment,
    /// What it is, in a line.
    pub told: String,
    /// What a person looks at in it.
    pub points: Vec<PointView>,
    /// What keeps it from being delivered by the usual rules.
    pub lacks: Vec<String>,
}

/// A song with its video.
#[derive(Debug, Clone, Serialize)]
pub struct SongVideo {
    /// The song.
    pub song: TrackId,
    /// Its title.
    pub title: String,
    /// Its video.
    pub video: Option<AttachmentView>,
}

/// The cover with what is known of it.
#[derive(Debug, Clone, Serialize)]
pub struct CoverView {
    /// It.
    pub cover: Cover,
    /// What keeps it from being one.
    pub findings: Vec<AttachmentFinding>,
    /// What a person looks at in it.
    pub points: Vec<PointView>,
}

/// What goes along with an order's sound.
#[derive(Debug, Clone, Serialize)]
pub struct AttachmentsView {
    /// The cover.
    pub cover: Option<CoverView>,
    /// The booklet.
    pub booklet: Option<AttachmentView>,
    /// Its songs with their videos.
    pub songs: Vec<SongVideo>,
    /// What came in the dropbox, newest first, until somebody takes it or sets it aside.
    pub proposed: Vec<Attachment>,
}

/// What is being brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// What it is.
    pub kind: AttachmentKind,
    /// The song that a video is of: its id, its number in the order, or its title.
    pub song: Option<String>,
    /// Its file's name.
    pub file_name: String,
}

fn broken(error: &dyn std::error::Error) -> Denied {
    Denied::fault("the file could not be kept", error)
}

impl Studio {
    /// What goes along with an order, what was found in it, and what people said of it.
    ///
    /// # Errors
    /// `NotFound` where there is no such order for this visitor; `NotAllowed` for guests who only listen.
    pub async fn attachments(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<AttachmentsView, Denied> {
        let live = self.seen(visitor, number).await?;
        visitor.must(Right::Download)?;
        let project = live.project.clone();
        let mut booklet = None;
        if let Some(own) = project.attached(AttachmentKind::Booklet).next() {
            booklet = Some(self.told_of_attachment(&project, own).await?);
        }
        let mut songs = Vec::new();
        for track in &project.tracks {
            let mut videos = project.attached(AttachmentKind::Video);
            let video = videos.find(|video| video.song.as_ref() == Some(&track.id));
            let video = match video {
                Some(video) => Some(self.told_of_attachment(&project, video).await?),
                None => None,
            };
            songs.push(SongVideo {
                song: track.id.clone(),
                title: track.title.clone(),
                video,
            });
        }
        let mut proposed: Vec<Attachment> = project.proposed_attachments().cloned().collect();
        proposed.reverse();
        Ok(AttachmentsView {
            cover: self.told_of_cover(&project).await?,
            booklet,
            songs,
            proposed,
        })
    }

    async fn told_of_attachment(
        &self,
        project: &Project,
        one: &Attachment,
    ) -> Result<AttachmentView, Denied> {
        let facts: Option<AttachmentFacts> = self.kept(project, facts_document(one.no)).await?;
        Ok(AttachmentView {
            told: facts.as_ref().map(told).unwrap_or_default(),
            points: points(project, &one.object, &one.points()),
            lacks: project.attachment_lacks(one),
            attachment: one.clone(),
        })
    }

    async fn told_of_cover(&self, project: &Project) -> Result<Option<CoverView>, Denied> {
        let Some(cover) = project.cover.clone() else {
            return Ok(None);
        };
        let (id, object) = (project.id.to_string(), cover.object.clone());
        let head = self
            .access
            .read(move |vault| {
                let mut head = Vec::new();
                let reader = vault.open_object(&id, object.as_str())?;
                let read = reader.take(COVER_HEAD_BYTES).read_to_end(&mut head);
                Ok(read.map(|_| head))
            })
            .await?
            .map_err(|e| Denied::fault("the cover could not be read", &e))?;
        let judged = PictureFacts::read(&head).and_then(|facts| facts.is_cover(LEAST_COVER_PX));
        let findings = judged.err().map(|why| AttachmentFinding {
            weight: AttachmentWeight::Blocks,
            words: Finding::blocks(why.to_string()).words,
        });
        Ok(Some(CoverView {
            findings: findings.into_iter().collect(),
            points: points(project, &cover.object, &TickPoint::OF_COVER),
            cover,
        }))
    }

    /// Keeps a booklet, or a video of a song, as it is sent; it is read afterwards.
    ///
    /// # Errors
    /// A song that is not there; a file that is too large, or breaks off.
    pub async fn keep_attachment(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        new: NewAttachment,
        body: impl Stream<Item = io::Result<Bytes>> + Unpin,
    ) -> Result<u64, Denied> {
        visitor.must(Right::Send)?;
        let live = self.seen(visitor, number).await?;
        let song = song_of(&live.project, (new.kind, new.song.as_deref()))?;
        let what = match new.kind {
            AttachmentKind::Booklet => "a booklet",
            AttachmentKind::Video => "a video",
        };
        let most = most_bytes(new.kind);
        let mut file = self.taken(what, body, most).await?;
        let (vault, project) = (self.vault.clone(), live.project.id.to_string());
        let stored = tokio::task::spawn_blocking(move || {
            file.rewind().map_err(|e| broken(&e))?;
            let stored = vault.store(&project, "attachment", &mut file);
            stored.map_err(|e| broken(&e))
        });
        let stored = stored.await.map_err(|e| broken(&e))??;
        let object: ObjectSum =
            id(&stored.sha256).map_err(|_| Denied::Fault("a checksum is none".to_owned()))?;
        let name = new.file_name.rsplit(['/', '\\']).next();
        let kept = Attachment {
            no: 0,
            kind: new.kind,
            song,
            object,
            file_name: name.unwrap_or(what).to_owned(),
            bytes: stored.bytes,
            by: visitor.name().to_owned(),
            at: 0,
            read: None,
            gone_at: None,
            is_waiting: false,
            isrc: String::new(),
        };
        let command = AttachmentCommand::Keep(Box::new(kept));
        self.on_attachment(visitor, number, command).await
    }

    /// Takes a booklet or a video that came in the dropbox among what is delivered; it is read afterwards. A video's song is
    /// said by its id, its number in the order, or its title.
    ///
    /// # Errors
    /// One that nobody proposes; a song that is not there; what the rules refuse.
    pub async fn take_attachment(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        (no, song): (u32, Option<String>),
    ) -> Result<u64, Denied> {
        visitor.must(Right::Send)?;
        let live = self.seen(visitor, number).await?;
        let one = live.project.attachment(no).ok_or(Denied::NotFound)?;
        let song = song_of(&live.project, (one.kind, song.as_deref()))?;
        let by = visitor.name().to_owned();
        let command = AttachmentCommand::Take { no, song, by };
        self.on_attachment(visitor, number, command).await
    }

    /// Does something with what goes along: ticks a point of its list, takes it out.
    ///
    /// # Errors
    /// What the rules refuse.
    pub async fn on_attachment(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        command: AttachmentCommand,
    ) -> Result<u64, Denied> {
        let given = Submission {
            command: Command::Attachment(command),
            seq: None,
            key: None,
        };
        self.submit(visitor, number, given).await
    }
}

/// The song that a video is of.
fn song_of(
    project: &Project,
    (kind, said): (AttachmentKind, Option<&str>),
) -> Result<Option<TrackId>, Denied> {
    let Some(said) = said.filter(|_| kind == AttachmentKind::Video) else {
        return match kind {
            AttachmentKind::Booklet => Ok(None),
            AttachmentKind::Video => Err(Denied::Invalid(
                "say which song the video is of; a video is of one song".to_owned(),
            )),
        };
    };
    let place = said.parse::<usize>().ok().and_then(|no| no.checked_sub(1));
    let mut tracks = project.tracks.iter();
    let named = tracks.find(|track| track.id.as_str() == said || track.title == said);
    let track = named.or_else(|| project.tracks.get(place?));
    let track = track
        .ok_or_else(|| Denied::Invalid(format!("the order has no song \u{201c}{said}\u{201d}")))?;
    Ok(Some(track.id.clone()))
}

fn points(project: &Project, object: &ObjectSum, points: &[TickPoint]) -> Vec<PointView> {
    let points = points.iter().map(|point| {
        let tick = project.tick(object, *point);
        PointView {
            point: *point,
            words: point.words(),
            by: tick.map(|tick| tick.by.clone()),
            at: tick.map(|tick| tick.at),
        }
    });
    points.collect()
}

/// What an attachment is, in a line.
fn told(facts: &AttachmentFacts) -> String {
    match facts {
        AttachmentFacts::Unread { .. } => String::new(),
        AttachmentFacts::Booklet { booklet } => {
            let first = booklet.pages.first();
            let size = first.map_or_else(String::new, |page| {
                format!(
                    ", the first {:.1} × {:.1} mm",
                    page.width_mm, page.height_mm
                )
            });
            format!("{} pages{size}", booklet.pages.len())
        }
        AttachmentFacts::Video { movie, .. } => {
            let minutes = (movie.seconds / 60.0).floor();
            let mut said = vec![format!(
                "{minutes:.0}:{:04.1}",
                movie.seconds - 60.0 * minutes
            )];
            said.extend(movie.tracks.iter().map(track_told));
            said.join(", ")
        }
    }
}

fn track_told(track: &MovieTrack) -> String {
    let name = track.codec_name();
    match track.kind {
        TrackKind::Picture => format!(
            "{name} {} × {} at {} a second",
            track.width_px,
            track.height_px,
            (track.frame_rate.unwrap_or(0.0) * 1_000.0).round() / 1_000.0
        ),
        TrackKind::Sound => format!(
            "{name} {} kHz in {} channels",
            f64::from(track.rate_hz) / 1_000.0,
            track.channels
        ),
        TrackKind::Text => "text".to_owned(),
        TrackKind::Timecode => "timecode".to_owned(),
        TrackKind::Other => name.to_owned(),
    }
}
