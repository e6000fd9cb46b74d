//! What is wrong with a programme: each fault with its track and its time.

use std::fmt;

use super::time::{Ticks, Time};

/// Where in a programme something is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The disc, from 1; none for the whole programme.
    pub disc: Option<u32>,
    /// The track on it, from 1, 0 for the hidden song, with its title; none for the whole disc.
    pub track: Option<(u32, String)>,
    /// The time on the song's source.
    pub at: Option<String>,
}

impl Spot {
    /// The whole programme.
    #[must_use]
    pub fn whole() -> Self {
        Self {
            disc: None,
            track: None,
            at: None,
        }
    }

    /// A disc, from 1.
    #[must_use]
    pub fn disc(disc: u32) -> Self {
        Self {
            disc: Some(disc),
            ..Self::whole()
        }
    }

    /// A song on it.
    #[must_use]
    pub fn track(disc: u32, number: u32, title: &str) -> Self {
        Self {
            track: Some((number, title.to_owned())),
            ..Self::disc(disc)
        }
    }

    /// The same at a time.
    #[must_use]
    pub fn at(&self, time: impl fmt::Display) -> Self {
        Self {
            at: Some(time.to_string()),
            ..self.clone()
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.disc {
            None => f.write_str("the programme")?,
            Some(disc) => write!(f, "disc {disc}")?,
        }
        match &self.track {
            None => {}
            Some((0, title)) => write!(f, ", hidden song \u{201c}{title}\u{201d}")?,
            Some((number, title)) => write!(f, ", track {number} \u{201c}{title}\u{201d}")?,
        }
        self.at.iter().try_for_each(|at| write!(f, ", at {at}"))
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{spot}: {problem}")]
pub struct Fault {
    /// Where.
    pub spot: Spot,
    /// What.
    pub problem: Problem,
}

/// What can be wrong with a programme, in words that say what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Problem {
    /// Nothing to play.
    #[error("there is no {0}: add one")]
    Empty(&'static str),
    /// More than there can be.
    #[error("there are {count} {what}, and at most {most} can be")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there can be.
        most: usize,
    },
    /// Nothing to call it by.
    #[error("it has no title")]
    NoTitle,
    /// Neither a gap of its own nor one for all.
    #[error("it has no gap before it: write `gap` for it, or once for the whole programme")]
    NoGap,
    /// A gap below zero.
    #[error("the gap before it is negative ({0}): let the song before run into it by a `segue`")]
    NegativeGap(String),
    /// A gap in samples.
    #[error(
        "the gap before it is written in samples, which depend on the rate: use seconds or CD frames"
    )]
    GapInSamples,
    /// Gap and segue at one boundary.
    #[error(
        "it has a gap of its own before it, and the song before runs into it: take the `gap` or the `segue` away"
    )]
    GapAndSegue,
    /// A segue into nothing.
    #[error("it runs into a next song, and there is none on this disc")]
    SegueIntoNothing,
    /// Fade and segue at one end.
    #[error("it has a fade and a segue at its {0}: take one of them away")]
    FadeAndSegue(&'static str),
    /// Room tone where nothing is silent.
    #[error("there is room tone before it and no gap for it to sound in")]
    ToneWithoutGap,
    /// An edition that the programme does not have.
    #[error(
        "it is on an edition \u{201c}{0}\u{201d}, which is not among the programme's `editions`"
    )]
    NoSuchEdition(String),
    /// A level nobody could mean.
    #[error("{what} is from -{most} to {most} dB, not {value}")]
    Level {
        /// The key.
        what: &'static str,
        /// Its limit.
        most: f64,
        /// What was written.
        value: f64,
    },
    /// A side's ceiling nobody could mean.
    #[error("the side's ceiling_dbtp is from -20 to 0 dBTP, not {0}")]
    Ceiling(f64),
    /// No folder to look for versions in.
    #[error("it is named by its track: write `versions_in`, the folder in which the versions lie")]
    NoFolder,
    /// A version that is not there.
    #[error("there is no {wanted} of \u{201c}{track}\u{201d}; there is {there}")]
    NoVersion {
        /// The track.
        track: String,
        /// Which version was asked for.
        wanted: String,
        /// Which there are, in words.
        there: String,
    },
    /// Several files would do.
    #[error(
        "\u{201c}{track}\u{201d} is several files ({files}): name one as `file`, or a `version`"
    )]
    Unclear {
        /// The track.
        track: String,
        /// The files.
        files: String,
    },
    /// A song that the order does not have.
    #[error("the order has no song \u{201c}{0}\u{201d}: name it as the order does")]
    NoSuchSong(String),
    /// A song twice on one disc.
    #[error("it stands on this disc already: take one of the two away")]
    TwiceOnDisc,
    /// Two versions of a song in one revision.
    #[error("it is in another version on another disc, and a revision holds one of each song")]
    TwoVersions,
    /// Another title than the order's.
    #[error("the order calls it \u{201c}{0}\u{201d}: correct its title in the order")]
    OtherTitle(String),
    /// A track that the order does not have.
    #[error(
        "the order has no track \u{201c}{0}\u{201d}: name a song of it, or what goes beside one"
    )]
    NoSuchTrack(String),
    /// A track without a place in the revision.
    #[error("\u{201c}{0}\u{201d} has no master in this revision: have it mastered first")]
    NotInRevision(String),
    /// An alternate as a song.
    #[error(
        "it goes beside \u{201c}{0}\u{201d} and is cut as that is: take it away here, or make it a song of its own in the order"
    )]
    GoesBeside(String),
    /// Another alternate than the order's.
    #[error("\u{201c}{0}\u{201d} does not go beside it as that: say in the order what it is")]
    NotBeside(String),
    /// Room tone at another rate than its song, in an order.
    #[error(
        "the room tone before it, {file}, is at {rate_hz} Hz and the song at {song_hz}: record it at the song's rate"
    )]
    ToneRate {
        /// The track.
        file: String,
        /// Its rate.
        rate_hz: u32,
        /// The song's.
        song_hz: u32,
    },
    /// A chain in an order's programme.
    #[error(
        "its chain does not go into an order's programme, whose masters have their own: change the song's plan in the order"
    )]
    ChainOfOrder,
    /// A side's own chain in an order's programme.
    #[error(
        "the side's chain is no part of what is heard and approved: write it into the file of this programme, and `lacquer album --sides` cuts the side through it"
    )]
    SideChainOfOrder,
    /// What an order's programme cannot have.
    #[error(
        "{0} does not go into an order's programme, which is made of its own masters: take it away"
    )]
    NotInOrder(&'static str),
    /// A file that was not opened.
    #[error("its file {0} is not there")]
    NoFile(String),
    /// Channels that do not go together.
    #[error("its file {file} has {channels} channels, and the programme begins with {first}")]
    Channels {
        /// The file.
        file: String,
        /// How many it has.
        channels: u32,
        /// How many the first one has.
        first: u32,
    },
    /// A file at another rate than the song it belongs to.
    #[error(
        "its alternate {file} is at {rate_hz} Hz and the song at {song_hz}: an edit does not convert"
    )]
    AlternateRate {
        /// The alternate.
        file: String,
        /// Its rate.
        rate_hz: u32,
        /// The song's.
        song_hz: u32,
    },
    /// Begins or ends where its source does not reach.
    #[error("its {what} lies behind the end of its source ({length})")]
    Outside {
        /// What of it.
        what: &'static str,
        /// How long the source is.
        length: Ticks,
    },
    /// Ends before it begins.
    #[error("it ends at {end}, not after it begins")]
    EndsFirst {
        /// Its end.
        end: Ticks,
    },
    /// A fade longer than what it fades.
    #[error("its {what} of {length} is longer than the song ({song})")]
    FadeTooLong {
        /// Which one.
        what: &'static str,
        /// Its length.
        length: Ticks,
        /// The song's.
        song: Ticks,
    },
    /// Two segues in one song that overlap.
    #[error(
        "the segues at its two ends overlap: together they are {both} long, and the song is {song}"
    )]
    SeguesOverlap {
        /// Both lengths.
        both: Ticks,
        /// The song's.
        song: Ticks,
    },
    /// A mark outside its segue.
    #[error(
        "the mark of the next song lies {after} after a segue of {length} begins, outside of it"
    )]
    MarkOutside {
        /// Where it was asked for.
        after: Ticks,
        /// How long the segue is.
        length: Ticks,
    },
    /// An index point outside of its song, or out of order.
    #[error("index {index} does not lie within the song, behind the one before")]
    Index {
        /// Which one, from 2.
        index: usize,
    },
    /// Room tone that does not last.
    #[error("the room tone before it lasts {tone} and the gap {gap}")]
    ToneTooShort {
        /// What there is.
        tone: Ticks,
        /// What is needed.
        gap: Ticks,
    },
    /// Blends of room tone longer than half the gap.
    #[error("the room tone before it blends for {blend} at both ends of a gap of {gap}")]
    BlendTooLong {
        /// How long it blends.
        blend: Ticks,
        /// The gap.
        gap: Ticks,
    },
    /// An edit of nothing.
    #[error("the edit ends at {0}, not after it begins")]
    EditEndsFirst(Time),
    /// An edit outside its song.
    #[error(
        "the edit to {to} lies outside the song, which goes from {start} to {end} on its source"
    )]
    EditOutside {
        /// Where it ends.
        to: Time,
        /// Where the song begins.
        start: Ticks,
        /// Where it ends.
        end: Ticks,
    },
    /// Edits of one moment.
    #[error("the edit overlaps the one before it, or lies before it: write them in order")]
    EditsOverlap,
    /// Something after the end.
    #[error("the song has faded out before this edit")]
    AfterRadioFade,
    /// A repeat of no times or of too many.
    #[error("an edit repeats 1 to {most} times, not {times}")]
    Times {
        /// What was written.
        times: u32,
        /// The limit.
        most: u32,
    },
    /// An alternate that does not reach.
    #[error(
        "the alternate {file} ends at {length} of the song, before the edit does: edit up to there, or export it to the song's end"
    )]
    AlternateTooShort {
        /// The alternate.
        file: String,
        /// How long it is.
        length: Ticks,
    },
    /// An alternate that was not opened.
    #[error("its alternate {0} is not there")]
    NoAlternate(String),
    /// An alternate at another rate than its song.
    #[error(
        "its alternate {file} is at {rate_hz} Hz and the song at {song_hz}: export it again at the song's rate"
    )]
    BesideRate {
        /// The alternate.
        file: String,
        /// Its rate.
        rate_hz: u32,
        /// The song's.
        song_hz: u32,
    },
    /// An alternate with other channels than its song.
    #[error(
        "its alternate {file} has {channels} channels and the song {song}: export it with as many as the song has"
    )]
    BesideChannels {
        /// The alternate.
        file: String,
        /// How many it has.
        channels: u32,
        /// How many the song has.
        song: u32,
    },
    /// An alternate that begins too late.
    #[error(
        "the alternate {file} begins at {begin} of the song, behind the edit's beginning: edit from there on, or export it from the song's start"
    )]
    AlternateTooLate {
        /// The alternate.
        file: String,
        /// Where it begins, on the song.
        begin: Ticks,
    },
    /// A longest length in samples.
    #[error(
        "its `longest` is written in samples, which depend on the rate: use minutes and seconds, or CD frames"
    )]
    LongestInSamples,
    /// A side or disc over its length.
    #[error(
        "the disc is {length} long, {over} over its {longest}: this song is the one that does not fit"
    )]
    TooLong {
        /// How long it is.
        length: Ticks,
        /// By how much too long.
        over: Ticks,
        /// How long it may be.
        longest: Ticks,
    },
    /// A side over what its record holds.
    #[error(
        "the side is {length} long, {over} over the {longest} that {record} hold: this song is the one that does not fit; move it to another side"
    )]
    SideTooLong {
        /// How long it is.
        length: Ticks,
        /// By how much too long.
        over: Ticks,
        /// How long it may be.
        longest: Ticks,
        /// The record.
        record: String,
    },
}

/// All that is wrong with a programme, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.0.iter().enumerate() {
            let between = if at > 0 { "\n" } else { "" };
            write!(f, "{between}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

impl Faults {
    /// An error where there is one.
    pub(super) fn none_or(faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self(faults))
        }
    }
}
