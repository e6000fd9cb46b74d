//! What a song is called inside its own file: Vorbis comments and ID3v2.

use crate::Isrc;
use crate::TagLyrics;
use crate::picture::FrontCover;

/// A place among others, such as track 3 of 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number from 1.
    pub no: u16,
    /// How many there are, where that is known.
    pub of: Option<u16>,
}

/// What is known of a track for its tags; what is unknown is left out of every format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackTags {
    /// Title as given.
    pub title: Option<String>,
    /// Artist of the track.
    pub artist: Option<String>,
    /// Artist of the album.
    pub album_artist: Option<String>,
    /// Title of the release.
    pub album: Option<String>,
    /// Place on its disc.
    pub track: Option<Place>,
    /// Disc of the release.
    pub disc: Option<Place>,
    /// Release date: `yyyy`, `yyyy-mm` or `yyyy-mm-dd`.
    pub date: Option<String>,
    /// The recording's code.
    pub isrc: Option<Isrc>,
    /// UPC or EAN of the release.
    pub barcode: Option<String>,
    /// Catalogue number.
    pub catalogue_number: Option<String>,
    /// Label.
    pub label: Option<String>,
    /// Composers.
    pub composer: Option<String>,
    /// Authors of the words.
    pub lyricist: Option<String>,
    /// Genre.
    pub genre: Option<String>,
    /// The (C) line.
    pub copyright: Option<String>,
    /// The (P) line.
    pub phonogram: Option<String>,
    /// A remark.
    pub comment: Option<String>,
    /// The words that are sung.
    pub lyrics: Option<TagLyrics>,
    /// Further fields by name, such as those of [`crate::Gain`]: Vorbis comments, and texts of one's
    /// own in ID3.
    pub further: Vec<(&'static str, String)>,
}

/// Which ID3v2 to write: 2.3 is read everywhere, 2.4 says more about dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id3Version {
    /// ID3v2.3 with UTF-16 text.
    V23,
    /// ID3v2.4 with UTF-8 text.
    V24,
}

impl TrackTags {
    /// Field names and values for FLAC, Ogg and Opus, in a fixed order.
    pub fn vorbis_comments(&self) -> Vec<(&'static str, String)> {
        let number = |place: Option<Place>| place.map(|place| place.no.to_string());
        let total = |place: Option<Place>| place.and_then(|place| place.of.map(|n| n.to_string()));
        let fields = [
            ("TITLE", self.title.clone()),
            ("ARTIST", self.artist.clone()),
            ("ALBUMARTIST", self.album_artist.clone()),
            ("ALBUM", self.album.clone()),
            ("TRACKNUMBER", number(self.track)),
            ("TRACKTOTAL", total(self.track)),
            ("DISCNUMBER", number(self.disc)),
            ("DISCTOTAL", total(self.disc)),
            ("DATE", self.date.clone()),
            ("ISRC", self.isrc.map(|isrc| isrc.as_str().to_owned())),
            ("BARCODE", self.barcode.clone()),
            ("CATALOGNUMBER", self.catalogue_number.clone()),
            ("LABEL", self.label.clone()),
            ("COMPOSER", self.composer.clone()),
            ("LYRICIST", self.lyricist.clone()),
            ("GENRE", self.genre.clone()),
            ("COPYRIGHT", self.copyright.clone()),
            ("ORGANIZATION", self.phonogram.clone()),
            ("COMMENT", self.comment.clone()),
            ("LYRICS", self.lyrics.as_ref().map(|own| own.plain.clone())),
            (
                "SYNCEDLYRICS",
                self.lyrics.as_ref().and_then(TagLyrics::lrc),
            ),
        ];
        let further = self.further.iter();
        let further = further.map(|(name, value)| (*name, Some(value.clone())));
        let known = fields
            .into_iter()
            .chain(further)
            .filter_map(|(name, value)| {
                let value = clean(&value?);
                (!value.is_empty()).then_some((name, value))
            });
        known.collect()
    }

    /// A whole ID3v2 tag to put before the first MP3 frame; empty when nothing is known.
    pub fn id3v2(&self, version: Id3Version) -> Vec<u8> {
        self.id3v2_with(version, None)
    }

    /// The same with the front cover (`APIC`, ID3v2.3 section 4.15).
    pub fn id3v2_with(&self, version: Id3Version, cover: Option<FrontCover<'_>>) -> Vec<u8> {
        let mut frames = Frames {
            version,
            bytes: Vec::new(),
        };
        frames.text(b"TIT2", self.title.as_deref());
        frames.text(b"TPE1", self.artist.as_deref());
        frames.text(b"TPE2", self.album_artist.as_deref());
        frames.text(b"TALB", self.album.as_deref());
        frames.text(b"TRCK", self.track.map(place_text).as_deref());
        frames.text(b"TPOS", self.disc.map(place_text).as_deref());
        frames.date(self.date.as_deref());
        frames.text(b"TSRC", self.isrc.as_ref().map(Isrc::as_str));
        frames.text(b"TPUB", self.label.as_deref());
        frames.text(b"TCOM", self.composer.as_deref());
        frames.text(b"TEXT", self.lyricist.as_deref());
        frames.text(b"TCON", self.genre.as_deref());
        frames.text(b"TCOP", self.copyright.as_deref());
        frames.own_text("BARCODE", self.barcode.as_deref());
        frames.own_text("CATALOGNUMBER", self.catalogue_number.as_deref());
        frames.own_text("PHONOGRAM", self.phonogram.as_deref());
        for (name, value) in &self.further {
            frames.own_text(name, Some(value));
        }
        frames.comment(self.comment.as_deref());
        if let Some(lyrics) = &self.lyrics {
            frames.lyrics(lyrics);
        }
        frames.cover(cover);
        frames.into_tag()
    }
}

fn place_text(place: Place) -> String {
    match place.of {
        Some(of) => format!("{}/{of}", place.no),
        None => place.no.to_string(),
    }
}

/// NUL ends a text in ID3 and has no meaning in Vorbis comments.
fn clean(value: &str) -> String {
    value.replace('\0', " ").trim().to_owned()
}

pub(crate) struct Frames {
    version: Id3Version,
    bytes: Vec<u8>,
}

impl Frames {
    fn text(&mut self, id: &[u8; 4], value: Option<&str>) {
        let Some(value) = value.map(clean).filter(|value| !value.is_empty()) else {
            return;
        };
        let mut body = vec![self.encoding()];
        body.extend(self.encoded(&value));
        self.frame(id, &body);
    }

    fn own_text(&mut self, description: &str, value: Option<&str>) {
        let Some(value) = value.map(clean).filter(|value| !value.is_empty()) else {
            return;
        };
        let mut body = vec![self.encoding()];
        body.extend(self.encoded(description));
        body.extend(self.terminator());
        body.extend(self.encoded(&value));
        self.frame(b"TXXX", &body);
    }

    fn comment(&mut self, value: Option<&str>) {
        let Some(value) = value.map(clean).filter(|value| !value.is_empty()) else {
            return;
        };
        let mut body = vec![self.encoding()];
        // ID3's own mark for a language that is not known, and an empty description.
        body.extend(b"XXX");
        body.extend(self.encoded(""));
        body.extend(self.terminator());
        body.extend(self.encoded(&value));
        self.frame(b"COMM", &body);
    }

    fn cover(&mut self, cover: Option<FrontCover<'_>>) {
        let Some(cover) = cover else { return };
        // Latin-1 for both texts, the second of which is empty; 3 is a front cover.
        let mut body = vec![0];
        body.extend(cover.facts.kind.mime().as_bytes());
        body.extend([0, 3, 0]);
        body.extend(cover.bytes);
        self.frame(b"APIC", &body);
    }

    /// 2.4 has one time stamp; 2.3 has the year, and day and month apart from it.
    fn date(&mut self, date: Option<&str>) {
        let Some(date) = date else { return };
        match self.version {
            Id3Version::V24 => self.text(b"TDRC", Some(date)),
            Id3Version::V23 => {
                self.text(b"TYER", date.get(..4));
                if let (Some(month), Some(day)) = (date.get(5..7), date.get(8..10)) {
                    self.text(b"TDAT", Some(&format!("{day}{month}")));
                }
            }
        }
    }

    pub(crate) fn encoding(&self) -> u8 {
        match self.version {
            Id3Version::V23 => 1,
            Id3Version::V24 => 3,
        }
    }

    pub(crate) fn terminator(&self) -> &'static [u8] {
        match self.version {
            Id3Version::V23 => &[0, 0],
            Id3Version::V24 => &[0],
        }
    }

    pub(crate) fn encoded(&self, text: &str) -> Vec<u8> {
        match self.version {
            Id3Version::V24 => text.as_bytes().to_vec(),
            Id3Version::V23 => {
                let units = std::iter::once(0xfeff).chain(text.encode_utf16());
                units.flat_map(u16::to_le_bytes).collect()
            }
        }
    }

    pub(crate) fn frame(&mut self, id: &[u8; 4], body: &[u8]) {
        let length = u32::try_from(body.len())
            .expect("texts are small, and so is a cover that stands inside");
        self.bytes.extend(id);
        self.bytes.extend(match self.version {
            Id3Version::V23 => length.to_be_bytes(),
            Id3Version::V24 => synchsafe(length),
        });
        self.bytes.extend([0, 0]);
        self.bytes.extend(body);
    }

    fn into_tag(self) -> Vec<u8> {
        if self.bytes.is_empty() {
            return self.bytes;
        }
        let length = u32::try_from(self.bytes.len())
            .expect("texts are small, and so is a cover that stands inside");
        let mut tag = b"ID3".to_vec();
        tag.extend(match self.version {
            Id3Version::V23 => [3, 0, 0],
            Id3Version::V24 => [4, 0, 0],
        });
        tag.extend(synchsafe(length));
        tag.extend(self.bytes);
        tag
    }
}

/// Seven bits a byte, so that no byte looks like the start of an MP3 frame.
fn synchsafe(length: u32) -> [u8; 4] {
    let [.., low] = length.to_be_bytes();
    let at = |shift: u32| u8::try_from(length >> shift & 0x7f).expect("seven bits");
    [at(21), at(14), at(7), low & 0x7f]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_stays_unknown() {
        assert!(TrackTags::default().vorbis_comments().is_empty());
        assert!(TrackTags::default().id3v2(Id3Version::V23).is_empty());
        let tags = TrackTags {
            title: Some("  ".into()),
            track: Some(Place { no: 3, of: None }),
            ..TrackTags::default()
        };
        assert_eq!(tags.vorbis_comments(), [("TRACKNUMBER", "3".to_owned())]);
    }

    #[test]
    fn an_id3v23_tag_is_spelt_byte_for_byte() {
        let tags = TrackTags {
            title: Some("Hé".into()),
            ..TrackTags::default()
        };
        let expected: Vec<u8> = [
            &b"ID3\x03\0\0\0\0\0\x11TIT2\0\0\0\x07\0\0\x01"[..],
            &[0xff, 0xfe, b'H', 0, 0xe9, 0],
        ]
        .concat();
        assert_eq!(tags.id3v2(Id3Version::V23), expected);
    }

    #[test]
    fn lengths_spread_over_seven_bits_a_byte() {
        assert_eq!(synchsafe(0), [0, 0, 0, 0]);
        // The example of the ID3v2.3 text: 257 bytes are 00 00 02 01.
        assert_eq!(synchsafe(257), [0, 0, 2, 1]);
        assert_eq!(synchsafe((1 << 28) - 1), [0x7f; 4]);
    }
}
