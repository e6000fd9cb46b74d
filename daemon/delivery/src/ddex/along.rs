//! What goes along with a release in a message beside songs and cover: its booklet, and videos of its songs. Both are bonus
//! resources, which no release of a track names; what their files do not tell stays unsaid.

mod ern3;
mod ern4;

use attachments::{Movie, MovieTrack, TrackKind};

use super::message::{ErnMessage, FileSum, iso_duration, warning};
use super::parties::ErnVersion;
use super::xml::Xml;
use crate::Ean;
use crate::release::{Explicit, ReleaseSong};

/// A booklet, by the name of DDEX's list.
const BOOKLET: &str = "NonInteractiveBooklet";
/// A video of one song, whole.
const VIDEO: &str = "ShortFormMusicalWorkVideo";

/// A file that goes along, among the resources.
#[derive(Clone, Debug, PartialEq)]
pub struct Along {
    /// Its name.
    pub file_name: String,
    /// Bytes.
    pub bytes: u64,
    /// Its checksum.
    pub sum: FileSum,
    /// What it is.
    pub what: AlongAs,
}

/// What goes along.
#[derive(Clone, Debug, PartialEq)]
pub enum AlongAs {
    /// The booklet, a PDF.
    Booklet,
    /// A video.
    Video {
        /// The place of its song in the release, from 0.
        song: usize,
        /// What its container says.
        movie: Movie,
    },
}

/// What a video's file is called among the resources: as its song's.
pub fn video_name(ean: Ean, song: &ReleaseSong) -> String {
    super::resource_name(ean, song, "mov")
}

/// A video with its song.
struct Film<'a> {
    file: &'a Along,
    /// Its number among the resources.
    no: usize,
    /// The number of its song there.
    song_no: usize,
    song: &'a ReleaseSong,
    movie: &'a Movie,
}

impl ErnMessage<'_> {
    /// The number of the first of what goes along: songs and cover come before it.
    fn first_along(&self) -> usize {
        self.release.songs.len() + 2
    }

    fn films(&self) -> impl Iterator<Item = Film<'_>> {
        let all = (self.first_along()..).zip(self.along);
        all.filter_map(|(no, file)| {
            let AlongAs::Video { song, movie } = &file.what else {
                return None;
            };
            Some(Film {
                file,
                no,
                song_no: song + 1,
                song: self.release.songs.get(*song)?,
                movie,
            })
        })
    }

    fn booklets(&self) -> impl Iterator<Item = (usize, &Along)> {
        let all = (self.first_along()..).zip(self.along);
        all.filter(|(_, file)| file.what == AlongAs::Booklet)
    }

    fn own_id(&self, xml: &mut Xml, id: &str) {
        let own = [("Namespace", self.parties.sender.as_str())];
        xml.text_with("ProprietaryId", &own, &format!("{}_{id}", self.ean()));
    }

    fn film_ids(&self, xml: &mut Xml, film: &Film<'_>) {
        if let Some(isrc) = &film.song.video_isrc {
            xml.text("ISRC", isrc.as_str());
        }
        let id = format!("{:02}_{:03}_video", film.song.disc, film.song.track);
        self.own_id(xml, &id);
    }

    /// How a film is packed, shown and heard, as far as its container says it.
    fn film_details(&self, xml: &mut Xml, film: &Film<'_>) {
        xml.text("ContainerFormat", "QuickTime");
        if let Some(picture) = film.movie.of_kind(TrackKind::Picture).next() {
            self.codec(xml, "VideoCodecType", picture_codec, picture);
            // Whether its pictures are interlaced stands in no part of it that is read.
            if let Some(rate) = picture.frame_rate.filter(|rate| rate.is_finite()) {
                xml.text("FrameRate", &decimal(rate));
            }
            let pixels = [("UnitOfMeasure", "Pixel")];
            xml.text_with("ImageHeight", &pixels, &picture.height_px.to_string());
            xml.text_with("ImageWidth", &pixels, &picture.width_px.to_string());
        }
        if let Some(sound) = film.movie.of_kind(TrackKind::Sound).next() {
            self.codec(xml, "AudioCodecType", sound_codec, sound);
            if sound.channels > 0 {
                xml.text("NumberOfAudioChannels", &sound.channels.to_string());
            }
            if sound.rate_hz > 0 {
                let hertz = [("UnitOfMeasure", "Hz")];
                xml.text_with("AudioSamplingRate", &hertz, &sound.rate_hz.to_string());
            }
            if sound.bits > 0 {
                xml.text("AudioBitsPerSample", &sound.bits.to_string());
            }
        }
        xml.text("Duration", &film.duration());
    }

    /// A codec by the name of DDEX's list, else by the trade's as the sender's own value.
    fn codec(
        &self,
        xml: &mut Xml,
        element: &str,
        listed: fn(&str, ErnVersion) -> Option<&'static str>,
        track: &MovieTrack,
    ) {
        let name = track.codec_name();
        if let Some(listed) = listed(name, self.parties.version) {
            return xml.text(element, listed);
        }
        let own = [
            ("Namespace", self.parties.sender.as_str()),
            ("UserDefinedValue", name),
        ];
        xml.text_with(element, &own, "UserDefined");
    }
}

impl Film<'_> {
    fn duration(&self) -> String {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what is no length of a film is written as none"
        )]
        iso_duration(self.movie.seconds.round().max(0.0) as u64)
    }

    /// Its sound is its song's; of what is seen nobody has said anything.
    fn warning(&self) -> &'static str {
        warning(self.song.explicit.filter(|said| *said == Explicit::Yes))
    }
}

/// A number without a trail of zeros, to a thousandth.
fn decimal(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The name that DDEX's list has for what pictures are coded as; that of ERN 3.8.2 is older.
fn picture_codec(name: &str, version: ErnVersion) -> Option<&'static str> {
    let listed = match name {
        "H.264" => return Some("AVC"),
        "MPEG-4 video" => return Some("MPEG-4"),
        "H.265" => "HEVC",
        "ProRes 422" => "ProRes-422",
        "ProRes 422 HQ" => "ProRes-422_HQ",
        "ProRes 422 LT" => "ProRes-422_LT",
        "ProRes 422 Proxy" => "ProRes-422_Proxy",
        "ProRes 4444" => "ProRes-4444",
        "ProRes 4444 XQ" => "ProRes-4444_XQ",
        _ => return None,
    };
    match version {
        ErnVersion::V43 | ErnVersion::V432 => Some(listed),
        ErnVersion::V382 => None,
    }
}

/// The name that DDEX's lists have for what sound is coded as.
fn sound_codec(name: &str, _: ErnVersion) -> Option<&'static str> {
    match name {
        "PCM" => Some("PCM"),
        "AAC" => Some("AAC"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_written_without_a_trail_of_zeros() {
        assert_eq!(decimal(25.0), "25");
        assert_eq!(decimal(30_000.0 / 1_001.0), "29.97");
        assert_eq!(decimal(24_000.0 / 1_001.0), "23.976");
    }

    #[test]
    fn the_older_list_knows_no_prores() {
        assert_eq!(
            picture_codec("ProRes 422 HQ", ErnVersion::V43),
            Some("ProRes-422_HQ")
        );
        assert_eq!(picture_codec("ProRes 422 HQ", ErnVersion::V382), None);
        assert_eq!(picture_codec("H.264", ErnVersion::V382), Some("AVC"));
        assert_eq!(picture_codec("DNxHD", ErnVersion::V432), None);
    }
}
