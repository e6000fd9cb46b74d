//! What a delivery takes, and what of it is missing.

use std::collections::BTreeSet;
use std::fmt;

use delivery::profile::Need;
use delivery::wish::{Bits, Lossy, Wish};
use soundfile::OPUS_HZ;

use super::Delivery;
use super::cd::{OnCd, on_cd};
use super::lossy::is_there;
use super::rendered::{Basis, CD};

/// Rates that MP3 knows at full quality, and that every player of AAC plays.
const LOSSY_RATES_HZ: [u32; 2] = [44_100, 48_000];

/// Something that keeps a format from being made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The format; none where all of them need it.
    pub format: Option<Wish>,
    /// What is missing, where, and what to write.
    pub what: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.format {
            Some(format) => write!(f, "{format}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// What will be made.
#[derive(Debug)]
pub struct DeliveryPlan {
    pub(super) wishes: Vec<(Wish, Option<Basis>)>,
    pub(super) discs: Vec<OnCd>,
    missing: Vec<Missing>,
    /// What no file of a song holds, and what of its words none says.
    left_out: Vec<String>,
}

impl DeliveryPlan {
    /// What is missing; nothing can be made before it is there.
    #[must_use]
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// The formats in order.
    pub fn wishes(&self) -> impl Iterator<Item = Wish> + '_ {
        self.wishes.iter().map(|(wish, _)| *wish)
    }

    /// What is put on borders of CD frames, and by how much; what is on discs alone.
    pub fn said(&self) -> impl Iterator<Item = &str> {
        let moved = self.discs.iter().flat_map(|disc| &disc.said);
        moved.chain(&self.left_out).map(String::as_str)
    }

    /// The discs' lengths, where audio CDs are made.
    pub fn disc_lengths(&self) -> impl Iterator<Item = String> + '_ {
        self.discs.iter().map(|disc| disc.disc.end.to_string())
    }

    /// Every kind of samples that songs' own files are made from.
    pub(super) fn bases_of_songs(&self) -> BTreeSet<Basis> {
        let songs = self.wishes.iter();
        let songs = songs.filter(|(wish, _)| matches!(wish, Wish::Song(..) | Wish::Lossy(..)));
        songs.filter_map(|(_, basis)| *basis).collect()
    }

    /// Every kind of samples that files of songs and sides are made from.
    pub(super) fn bases(&self) -> BTreeSet<Basis> {
        let files = self.wishes.iter();
        let files = files.filter(|(wish, _)| !matches!(wish, Wish::Disc(_)));
        files.filter_map(|(_, basis)| *basis).collect()
    }
}

impl Delivery<'_> {
    /// Says what will be made, and all that is missing for it, before anything is rendered.
    #[must_use]
    pub fn plan(&self) -> DeliveryPlan {
        let mut plan = DeliveryPlan {
            wishes: Vec::new(),
            discs: Vec::new(),
            missing: Vec::new(),
            left_out: [self.left_out(), self.lyrics_left_out()].concat(),
        };
        self.check_needs(None, &self.profile.needs, &mut plan.missing);
        plan.missing.extend(self.missing_of_cover());
        if self.profile.formats.contains(&Wish::Ddex) {
            plan.missing.extend(self.missing_for_ddex());
        }
        for wish in &self.profile.formats {
            if plan.wishes.iter().any(|(known, _)| known == wish) {
                continue;
            }
            let basis = self.basis(*wish).unwrap_or_else(|what| {
                let format = Some(*wish);
                plan.missing.push(Missing { format, what });
                None
            });
            if let Wish::Lossy(Lossy::Aac, _) = wish
                && let Err(what) = is_there(&self.profile.aac_encoder)
            {
                let format = Some(*wish);
                plan.missing.push(Missing { format, what });
            }
            plan.missing.extend(self.missing_of_attached(*wish));
            if let Wish::Session(way) = wish {
                plan.missing.extend(self.missing_of_session(*way));
            }
            plan.wishes.push((*wish, basis));
            if let Wish::Disc(_) = wish
                && plan.discs.is_empty()
            {
                self.lay_discs(*wish, &mut plan);
            }
        }
        plan
    }

    /// Hidden songs, which songs' files leave out.
    fn left_out(&self) -> Vec<String> {
        let is_of_songs =
            |wish: &Wish| matches!(wish, Wish::Song(..) | Wish::Lossy(..) | Wish::Ddex);
        if !self.profile.formats.iter().any(is_of_songs) {
            return Vec::new();
        }
        let discs = (1..).zip(&self.album.timeline().discs);
        let hidden = discs.flat_map(|(disc, line)| {
            let hidden = line.tracks.iter().filter(|track| track.number == 0);
            hidden.map(move |track| {
                format!(
                    "disc {disc}, hidden song \u{201c}{}\u{201d}: it has no number, and so no file of its own; discs and sides hold it",
                    track.title
                )
            })
        });
        hidden.collect()
    }

    fn check_needs(&self, format: Option<Wish>, needs: &[Need], missing: &mut Vec<Missing>) {
        let lacks = self.release.lacks(needs);
        missing.extend(lacks.iter().map(|lack| Missing {
            format,
            what: lack.to_string(),
        }));
    }

    /// The samples that a format is made from; none where it holds none.
    fn basis(&self, wish: Wish) -> Result<Option<Basis>, String> {
        let of = |rate_hz, bits| Ok(Some(Basis { rate_hz, bits }));
        match wish {
            Wish::Song(_, samples) | Wish::Whole(samples) => {
                let rate_hz = samples.rate_hz.map_or_else(|| self.native_hz(), Ok)?;
                of(rate_hz, samples.bits)
            }
            Wish::Lossy(Lossy::Opus, _) => of(OPUS_HZ, Bits::Float32),
            Wish::Lossy(Lossy::Mp3 | Lossy::Aac, rate_hz) => {
                let rate_hz = rate_hz.map_or_else(|| self.native_hz().map(lossy_rate), Ok)?;
                of(rate_hz, Bits::Float32)
            }
            Wish::Disc(_) | Wish::Ddex => Ok(Some(CD)),
            Wish::Label | Wish::Lyrics(_) | Wish::Booklet | Wish::Video | Wish::Session(_) => {
                Ok(None)
            }
        }
    }

    /// The songs' own rate, where all have the same.
    fn native_hz(&self) -> Result<u32, String> {
        match self.album.rates_hz()[..] {
            [only] => Ok(only),
            ref rates => {
                let rates: Vec<String> = rates.iter().map(|rate| format!("{rate} Hz")).collect();
                Err(format!(
                    "the songs are at {}; say which rate is meant behind the format, such as wav-24@96000",
                    rates.join(" and ")
                ))
            }
        }
    }

    fn lay_discs(&self, wish: Wish, plan: &mut DeliveryPlan) {
        let lines = &self.album.timeline().discs;
        for (number, line) in (1..).zip(lines) {
            match on_cd(number, line, self.release, &self.profile.plant()) {
                Ok(disc) => plan.discs.push(disc),
                Err(refusals) => {
                    let format = Some(wish);
                    let refusals = refusals.into_iter();
                    plan.missing
                        .extend(refusals.map(|what| Missing { format, what }));
                }
            }
        }
    }
}

/// The rate an MP3 or AAC file is made at: the songs' own where players know it, else the one of its family.
fn lossy_rate(rate_hz: u32) -> u32 {
    if LOSSY_RATES_HZ.contains(&rate_hz) {
        rate_hz
    } else if rate_hz.is_multiple_of(11_025) {
        44_100
    } else {
        48_000
    }
}
