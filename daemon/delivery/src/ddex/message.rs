//! What every version of a message tells.

use super::along::Along;
use super::batch::Batch;
use super::parties::{DdexParties, ErnVersion};
use super::xml::Xml;
use crate::Moment;
use crate::picture::{PictureFacts, PictureKind};
use crate::release::{Explicit, Release, ReleaseKind, ReleaseSong, RightsLine};

/// The folder of resources beside the message.
pub(super) const RESOURCES: &str = "resources";

/// A file's checksum, lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileSum {
    /// SHA-256, which ERN 4 knows.
    Sha256(String),
    /// MD5, the usual one of ERN 3.8, whose list has no SHA-256.
    Md5(String),
}

impl FileSum {
    /// The algorithm by the name of DDEX's list, and the digits.
    pub(super) fn words(&self) -> (&'static str, &str) {
        match self {
            Self::Sha256(digits) => ("SHA-256", digits),
            Self::Md5(digits) => ("MD5", digits),
        }
    }
}

/// A song's file among the resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Its name.
    pub file_name: String,
    /// Bytes.
    pub bytes: u64,
    /// Its checksum.
    pub sum: FileSum,
    /// Rate in hertz.
    pub rate_hz: u32,
    /// Bits of a sample.
    pub bits: u16,
    /// Channels.
    pub channels: u16,
    /// Frames.
    pub frames: u64,
}

/// The cover among the resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Its name.
    pub file_name: String,
    /// Bytes.
    pub bytes: u64,
    /// Its checksum.
    pub sum: FileSum,
    /// What it is.
    pub facts: PictureFacts,
}

/// Everything that a message tells.
#[derive(Clone, Copy, Debug)]
pub struct ErnMessage<'a> {
    /// The release, which lacks none of [`super::NEEDS`].
    pub release: &'a Release,
    /// A recording for each of its songs, in order.
    pub recordings: &'a [Recording],
    /// Its cover.
    pub cover: &'a Cover,
    /// Its booklet and the videos of its songs.
    pub along: &'a [Along],
    /// From whom and to whom.
    pub parties: &'a DdexParties,
    /// The batch.
    pub batch: &'a Batch,
    /// When it was made.
    pub made_at: Moment,
}

/// The people behind a song with their roles, by the names of DDEX's list.
pub(super) fn contributors(song: &ReleaseSong) -> impl Iterator<Item = (&String, &'static str)> {
    let credits = &song.credits;
    let roles = [
        (&credits.composers, "Composer"),
        (&credits.authors, "Lyricist"),
        (&credits.arrangers, "Arranger"),
        (&credits.producers, "StudioProducer"),
    ];
    roles
        .into_iter()
        .flat_map(|(names, role)| names.iter().map(move |name| (name, role)))
}

impl ErnMessage<'_> {
    /// The message as a file, in the version that the recipient takes.
    pub fn write(&self) -> Vec<u8> {
        match self.parties.version {
            ErnVersion::V43 | ErnVersion::V432 => self.write_ern4(),
            ErnVersion::V382 => self.write_ern3(),
        }
    }

    /// Whether it is a single of one song and nothing goes along, which has a profile of its own.
    pub(super) fn is_simple(&self) -> bool {
        let is_single = self.release.kind == Some(ReleaseKind::Single);
        is_single && self.release.songs.len() == 1 && self.along.is_empty()
    }

    pub(super) fn language(&self) -> &str {
        self.release.language.as_deref().unwrap_or("en")
    }

    pub(super) fn ean(&self) -> String {
        self.release
            .ean
            .map(|ean| ean.to_string())
            .unwrap_or_default()
    }

    pub(super) fn header(&self, xml: &mut Xml) {
        let parties = self.parties;
        xml.around("MessageHeader", &[], |xml| {
            xml.text("MessageThreadId", &self.batch.release);
            xml.text(
                "MessageId",
                &format!("{}_{}", self.batch.release, self.batch.id),
            );
            for (element, dpid, name) in [
                ("MessageSender", &parties.sender, &parties.sender_name),
                (
                    "MessageRecipient",
                    &parties.recipient,
                    &parties.recipient_name,
                ),
            ] {
                xml.around(element, &[], |xml| {
                    xml.text("PartyId", dpid);
                    xml.around("PartyName", &[], |xml| xml.text("FullName", name));
                });
            }
            let at = format!("{}T{}", self.made_at.date(), self.made_at.time());
            xml.text("MessageCreatedDateTime", &at);
            let kind = if parties.is_live {
                "LiveMessage"
            } else {
                "TestMessage"
            };
            xml.text("MessageControlType", kind);
        });
    }

    /// The cover's reference among the resources.
    pub(super) fn cover_reference(&self) -> String {
        format!("A{}", self.release.songs.len() + 1)
    }

    /// The day from which deals are good.
    pub(super) fn first_day(&self) -> &str {
        let date = self.release.released_on.as_ref();
        date.map_or("", |date| date.as_str())
    }

    /// How long all songs are together.
    pub(super) fn whole_duration(&self) -> String {
        let files = self.recordings.iter();
        iso_duration(files.map(|file| seconds(file.frames, file.rate_hz)).sum())
    }

    pub(super) fn kind(&self) -> &'static str {
        match self.release.kind {
            Some(ReleaseKind::Single) => "Single",
            Some(ReleaseKind::Ep) => "EP",
            Some(ReleaseKind::Album | ReleaseKind::Compilation) | None => "Album",
        }
    }
}

/// A song's code, or nothing.
pub(super) fn isrc(song: &ReleaseSong) -> &str {
    song.isrc.as_ref().map_or("", |isrc| isrc.as_str())
}

/// What a song's samples are.
pub(super) fn samples(xml: &mut Xml, file: &Recording) {
    xml.text("AudioCodecType", "PCM");
    xml.text("NumberOfChannels", &file.channels.to_string());
    let hertz = [("UnitOfMeasure", "Hz")];
    xml.text_with("SamplingRate", &hertz, &file.rate_hz.to_string());
    xml.text("BitsPerSample", &file.bits.to_string());
}

/// What a cover's pixels are.
pub(super) fn pixels(xml: &mut Xml, facts: &PictureFacts) {
    let codec = match facts.kind {
        PictureKind::Jpeg => "JPEG",
        PictureKind::Png => "PNG",
    };
    xml.text("ImageCodecType", codec);
    let pixels = [("UnitOfMeasure", "Pixel")];
    xml.text_with("ImageHeight", &pixels, &facts.height.to_string());
    xml.text_with("ImageWidth", &pixels, &facts.width.to_string());
}

pub(super) fn line(
    xml: &mut Xml,
    element: &'static str,
    text: &str,
    sign: &str,
    line: Option<&RightsLine>,
) {
    let Some(line) = line else { return };
    xml.around(element, &[], |xml| {
        xml.text("Year", line.year());
        xml.text(text, &format!("{sign} {line}"));
    });
}

pub(super) fn warning(explicit: Option<Explicit>) -> &'static str {
    match explicit {
        Some(Explicit::Yes) => "Explicit",
        Some(Explicit::No) => "NotExplicit",
        Some(Explicit::Cleaned) => "ExplicitContentEdited",
        None => "NoAdviceAvailable",
    }
}

/// Whole seconds, the nearest.
fn seconds(frames: u64, rate_hz: u32) -> u64 {
    let rate = u64::from(rate_hz.max(1));
    (frames + rate / 2) / rate
}

pub(super) fn duration(frames: u64, rate_hz: u32) -> String {
    iso_duration(seconds(frames, rate_hz))
}

/// ISO 8601: `PT3M5S`.
pub(super) fn iso_duration(seconds: u64) -> String {
    let (minutes, rest) = (seconds / 60, seconds % 60);
    match minutes / 60 {
        0 => format!("PT{minutes}M{rest}S"),
        hours => format!("PT{hours}H{}M{rest}S", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_iso_8601() {
        assert_eq!(duration(44_100 * 185, 44_100), "PT3M5S");
        assert_eq!(duration(22_050, 44_100), "PT0M1S");
        assert_eq!(iso_duration(3_661), "PT1H1M1S");
    }
}
