//! What goes along with a release beside its sound: the booklet, videos of its songs, and what people look at in them and
//! in the cover, because no reader of files can.

use serde::{Deserialize, Serialize};

use crate::ids::{ObjectSum, RevisionNo, TrackId, UnixMs};
use crate::project::Project;

/// What is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentKind {
    /// A booklet, of the release.
    Booklet,
    /// A video, of one song.
    Video,
}

/// Something that a person looks at, and says is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TickPoint {
    /// No web address stands on it.
    NoAddress,
    /// It advertises nothing.
    NoAdvertising,
    /// It incites to nothing.
    NoIncitement,
    /// Somebody else's picture is on it only with their permission.
    Permitted,
    /// No frames are drawn around its pages.
    NoFrames,
    /// It links to the artist or the label alone.
    OwnLinks,
    /// It shows one song, whole.
    OneSong,
    /// No words, subtitles or dates stand in its picture.
    NoWords,
    /// No logos stand in its picture.
    NoLogos,
    /// Its picture goes with its song.
    InStep,
    /// What was asked about it was looked at.
    LookedAt,
}

impl TickPoint {
    /// Every point.
    pub const ALL: [Self; 11] = [
        Self::NoAddress,
        Self::NoAdvertising,
        Self::NoIncitement,
        Self::Permitted,
        Self::NoFrames,
        Self::OwnLinks,
        Self::OneSong,
        Self::NoWords,
        Self::NoLogos,
        Self::InStep,
        Self::LookedAt,
    ];
    /// What is looked at in a cover.
    pub const OF_COVER: [Self; 4] = [
        Self::NoAddress,
        Self::NoAdvertising,
        Self::NoIncitement,
        Self::Permitted,
    ];

    /// Its stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoAddress => "no_address",
            Self::NoAdvertising => "no_advertising",
            Self::NoIncitement => "no_incitement",
            Self::Permitted => "permitted",
            Self::NoFrames => "no_frames",
            Self::OwnLinks => "own_links",
            Self::OneSong => "one_song",
            Self::NoWords => "no_words",
            Self::NoLogos => "no_logos",
            Self::InStep => "in_step",
            Self::LookedAt => "looked_at",
        }
    }

    /// What a person says by ticking it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoAddress => "No web address stands on it",
            Self::NoAdvertising => "It advertises nothing",
            Self::NoIncitement => "It incites to nothing",
            Self::Permitted => "Somebody else\u{2019}s picture is on it only with their permission",
            Self::NoFrames => "No frames are drawn around its pages",
            Self::OwnLinks => "Its links lead to the artist or the label alone",
            Self::OneSong => "It shows one song, whole",
            Self::NoWords => "No words, subtitles or dates stand in its picture",
            Self::NoLogos => "No logos stand in its picture",
            Self::InStep => "Its picture goes with its song",
            Self::LookedAt => "What is asked above was looked at, and is right",
        }
    }
}

impl AttachmentKind {
    /// What a person looks at in one, whatever was found in it.
    #[must_use]
    pub fn points(self) -> &'static [TickPoint] {
        match self {
            Self::Booklet => &[
                TickPoint::NoAdvertising,
                TickPoint::NoFrames,
                TickPoint::OwnLinks,
            ],
            Self::Video => &[
                TickPoint::OneSong,
                TickPoint::NoWords,
                TickPoint::NoLogos,
                TickPoint::NoAdvertising,
                TickPoint::InStep,
            ],
        }
    }

    /// What people call one.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Booklet => "booklet",
            Self::Video => "video",
        }
    }
}

/// What a finding about an attachment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentWeight {
    /// Worth knowing.
    Note,
    /// A person has to look.
    Ask,
    /// It is not delivered as it is.
    Blocks,
}

/// Something that was found in an attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentFinding {
    /// What it does.
    pub weight: AttachmentWeight,
    /// What it is, where, and what to do: a sentence.
    pub words: String,
}

/// What was read of an attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentRead {
    /// What was found, by the usual rules.
    pub findings: Vec<AttachmentFinding>,
    /// The revision whose master its sound was laid beside; none for a booklet, or without a master.
    #[serde(default)]
    pub beside: Option<RevisionNo>,
    /// When.
    pub at: UnixMs,
}

/// A booklet, or a video.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its number in the order, from 1.
    pub no: u32,
    /// What it is. The journal's line has a `kind` of its own.
    #[serde(rename = "is")]
    pub kind: AttachmentKind,
    /// The song that a video is of.
    #[serde(default)]
    pub song: Option<TrackId>,
    /// The file in the vault.
    pub object: ObjectSum,
    /// Its name.
    pub file_name: String,
    /// Bytes.
    pub bytes: u64,
    /// Who brought it.
    pub by: String,
    /// When.
    pub at: UnixMs,
    /// What was read of it; none while nobody has.
    #[serde(default)]
    pub read: Option<AttachmentRead>,
    /// When it was taken out or set aside, or another took its place.
    #[serde(default)]
    pub gone_at: Option<UnixMs>,
    /// Whether it came in the dropbox, and nobody has taken it.
    #[serde(default)]
    pub is_waiting: bool,
    /// A video's own ISRC, which is never its recording's; empty where nobody has said one.
    #[serde(default)]
    pub isrc: String,
}

impl Attachment {
    /// Whether it is what is delivered.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.gone_at.is_none() && !self.is_waiting
    }

    /// Whether somebody has to say what becomes of it.
    #[must_use]
    pub fn is_proposed(&self) -> bool {
        self.gone_at.is_none() && self.is_waiting
    }

    /// Whether something of this weight was found.
    #[must_use]
    pub fn has(&self, weight: AttachmentWeight) -> bool {
        let findings = self.read.iter().flat_map(|read| &read.findings);
        findings.into_iter().any(|finding| finding.weight == weight)
    }

    /// What a person looks at in it, with what was found.
    #[must_use]
    pub fn points(&self) -> Vec<TickPoint> {
        let mut points = self.kind.points().to_vec();
        if self.has(AttachmentWeight::Ask) {
            points.push(TickPoint::LookedAt);
        }
        points
    }
}

/// That somebody says that something is so of a file. It holds for that file: another in its place is looked at anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// The file.
    pub object: ObjectSum,
    /// What is so.
    pub point: TickPoint,
    /// Who says it.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// Something that is done with attachments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachmentCommand {
    /// Keeps a file that was stored; it takes the place of the one before it, of the same song.
    Keep(Box<Attachment>),
    /// Keeps a file that came in the dropbox, for somebody to take or to set aside.
    Propose(Box<Attachment>),
    /// Takes one that came in the dropbox among what is delivered; it takes the place of the one before it, of the same song.
    Take {
        /// Which.
        no: u32,
        /// The song that a video is of.
        song: Option<TrackId>,
        /// Who.
        by: String,
    },
    /// Says a video's own ISRC; an empty one takes it away.
    Code {
        /// Which.
        no: u32,
        /// The code, in any common spelling.
        isrc: String,
        /// Who.
        by: String,
    },
    /// Records what was read of one.
    Record {
        /// Which.
        no: u32,
        /// What was found.
        read: AttachmentRead,
    },
    /// Says that something is so.
    Tick {
        /// Of which attachment; none for the cover.
        no: Option<u32>,
        /// What is so.
        point: TickPoint,
        /// Who says it.
        by: String,
    },
    /// Takes that back.
    TakeBack {
        /// Of which attachment; none for the cover.
        no: Option<u32>,
        /// What.
        point: TickPoint,
        /// Who takes it back.
        by: String,
    },
    /// Takes one out of what is delivered, or sets aside one that came in the dropbox. Its file stays with the order.
    Remove {
        /// Which.
        no: u32,
        /// Who.
        by: String,
    },
}

/// Something that became of attachments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "attachment", rename_all = "snake_case")]
pub enum AttachmentEvent {
    /// One was brought.
    Kept(Box<Attachment>),
    /// One came in the dropbox, and waits for somebody.
    Proposed(Box<Attachment>),
    /// That was taken among what is delivered.
    Taken {
        /// Which.
        no: u32,
        /// The song that a video is of.
        #[serde(default)]
        song: Option<TrackId>,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// A video's own ISRC was said, or taken away.
    Coded {
        /// Which.
        no: u32,
        /// The code; empty for none.
        isrc: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// It was read.
    Read {
        /// Which.
        no: u32,
        /// What was found.
        read: AttachmentRead,
    },
    /// Somebody says that something is so.
    Ticked {
        /// Of which attachment; none for the cover.
        no: Option<u32>,
        /// What, of which file, who, when.
        #[serde(flatten)]
        tick: Tick,
    },
    /// That was taken back.
    TickTakenBack {
        /// Of which attachment; none for the cover.
        no: Option<u32>,
        /// What, of which file; who took it back, and when.
        #[serde(flatten)]
        tick: Tick,
    },
    /// One was taken out of what is delivered, or set aside.
    Removed {
        /// Which.
        no: u32,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
}

impl AttachmentEvent {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Kept(_) => "attachment_kept",
            Self::Proposed(_) => "attachment_proposed",
            Self::Taken { .. } => "attachment_taken",
            Self::Coded { .. } => "attachment_coded",
            Self::Read { .. } => "attachment_read",
            Self::Ticked { .. } => "ticked",
            Self::TickTakenBack { .. } => "tick_taken_back",
            Self::Removed { .. } => "attachment_removed",
        }
    }

    /// The attachment that it is about; none for the cover.
    #[must_use]
    pub fn no(&self) -> Option<u32> {
        match self {
            Self::Kept(attachment) | Self::Proposed(attachment) => Some(attachment.no),
            Self::Taken { no, .. }
            | Self::Coded { no, .. }
            | Self::Read { no, .. }
            | Self::Removed { no, .. } => Some(*no),
            Self::Ticked { no, .. } | Self::TickTakenBack { no, .. } => *no,
        }
    }
}

impl Project {
    /// An attachment by its number.
    #[must_use]
    pub fn attachment(&self, no: u32) -> Option<&Attachment> {
        self.attachments.iter().find(|one| one.no == no)
    }

    /// What is delivered along with it, of a kind.
    pub fn attached(&self, kind: AttachmentKind) -> impl Iterator<Item = &Attachment> {
        let all = self.attachments.iter();
        all.filter(move |one| one.kind == kind && one.stands())
    }

    /// What came in the dropbox and may go along, once somebody takes it.
    pub fn proposed_attachments(&self) -> impl Iterator<Item = &Attachment> {
        self.attachments.iter().filter(|one| one.is_proposed())
    }

    /// Whether anything may still go along: its files are there.
    #[must_use]
    pub fn may_attach(&self) -> bool {
        let archive = self.archive.as_ref();
        archive.is_none_or(|a| a.working_gone_at.is_none() && a.all_gone_at.is_none())
    }

    /// Who said that something is so of a file, and when.
    #[must_use]
    pub fn tick(&self, object: &ObjectSum, point: TickPoint) -> Option<&Tick> {
        let mut ticks = self.ticks.iter();
        ticks.find(|tick| tick.object == *object && tick.point == point)
    }

    /// Whether somebody has looked at all that is looked at in the cover.
    #[must_use]
    pub fn is_cover_checked(&self) -> bool {
        let is_ticked = |object: &ObjectSum| {
            let mut points = TickPoint::OF_COVER.iter();
            points.all(|point| self.tick(object, *point).is_some())
        };
        self.cover
            .as_ref()
            .is_some_and(|cover| is_ticked(&cover.object))
    }

    /// What keeps an attachment from being delivered, each in a sentence.
    #[must_use]
    pub fn attachment_lacks(&self, attachment: &Attachment) -> Vec<String> {
        let what = attachment.kind.words();
        let name = &attachment.file_name;
        if attachment.read.is_none() {
            return vec![format!("the {what} {name} is still being read")];
        }
        let mut lacks = Vec::new();
        if attachment.has(AttachmentWeight::Blocks) {
            lacks.push(format!(
                "the {what} {name} breaks what shops ask of one: see what was found in it"
            ));
        }
        lacks.extend(self.attachment_unseen(attachment));
        lacks
    }

    /// What nobody has looked at in an attachment, in a sentence.
    #[must_use]
    pub fn attachment_unseen(&self, attachment: &Attachment) -> Option<String> {
        let (what, name) = (attachment.kind.words(), &attachment.file_name);
        let points = attachment.points();
        let is_open = |point: &&TickPoint| self.tick(&attachment.object, **point).is_none();
        let open = points.iter().filter(is_open).map(|point| point.words());
        let open: Vec<&str> = open.collect();
        (!open.is_empty()).then(|| {
            format!(
                "nobody has looked at the {what} {name} and said: {}",
                open.join("; ")
            )
        })
    }
}
