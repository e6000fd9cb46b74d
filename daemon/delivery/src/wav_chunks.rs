//! The chunks of a broadcast WAV that say what its audio is.
//!
//! Every body has an even length: libsndfile 1.2.0 fails to open an RF64 file in which a chunk
//! before `data` has an odd one.

use icu_normalizer::DecomposingNormalizerBorrowed;

use crate::{Isrc, Moment, TrackTags};

/// A RIFF chunk without its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Four characters.
    pub id: [u8; 4],
    /// Content, of even length.
    pub body: Vec<u8>,
}

impl Chunk {
    fn new(id: [u8; 4], mut body: Vec<u8>, filler: u8) -> Self {
        if !body.len().is_multiple_of(2) {
            body.push(filler);
        }
        Self { id, body }
    }

    /// The chunk as it stands in the file: id, length, body.
    pub fn riff_bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.body.len()).expect("descriptive chunks are small");
        let mut out = self.id.to_vec();
        out.extend(length.to_le_bytes());
        out.extend(&self.body);
        out
    }
}

/// Measured loudness for a `bext` chunk; what was not measured stays unset.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BextLoudness {
    /// Integrated loudness in LUFS.
    pub integrated_lufs: Option<f64>,
    /// Loudness range in LU.
    pub range_lu: Option<f64>,
    /// Highest true peak in dBTP.
    pub true_peak_dbtp: Option<f64>,
    /// Highest momentary loudness in LUFS.
    pub max_momentary_lufs: Option<f64>,
    /// Highest short-term loudness in LUFS.
    pub max_short_term_lufs: Option<f64>,
}

/// One line of a coding history: what was done to the audio, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodingStep {
    /// Frames per second.
    pub rate_hz: u32,
    /// Bits per sample.
    pub bits: u16,
    /// Channels: 1 is written as mono, 2 as stereo, more by number.
    pub channels: u16,
    /// What happened, without comma.
    pub text: String,
}

/// What a `bext` chunk, version 2, says (EBU Tech 3285).
#[derive(Clone, Debug, PartialEq)]
pub struct Bext {
    /// What the audio is; up to 256 characters of ASCII are kept.
    pub description: String,
    /// Who made the file; up to 32.
    pub originator: String,
    /// The originator's own unique mark of the file; up to 32.
    pub originator_reference: String,
    /// When it was made, in the studio's zone.
    pub originated: Option<Moment>,
    /// First sample's place on the time line, in samples since midnight.
    pub time_reference_samples: u64,
    /// Loudness.
    pub loudness: BextLoudness,
    /// What was done, oldest first.
    pub history: Vec<CodingStep>,
}

/// What the five loudness fields hold when nobody measured (EBU Tech 3285 s5).
const UNSET: i16 = 0x7fff;

impl Bext {
    /// Makes the chunk: 602 bytes and the coding history.
    pub fn chunk(&self) -> Chunk {
        let mut body = Vec::with_capacity(1024);
        push_field(&mut body, &self.description, 256);
        push_field(&mut body, &self.originator, 32);
        push_field(&mut body, &self.originator_reference, 32);
        let date = self.originated.map(|at| at.date()).unwrap_or_default();
        let time = self.originated.map(|at| at.time()).unwrap_or_default();
        push_field(&mut body, &date, 10);
        push_field(&mut body, &time, 8);
        body.extend(self.time_reference_samples.to_le_bytes());
        body.extend(2_u16.to_le_bytes());
        // No UMID.
        body.extend([0; 64]);
        let l = self.loudness;
        let fields = [
            l.integrated_lufs,
            l.range_lu,
            l.true_peak_dbtp,
            l.max_momentary_lufs,
            l.max_short_term_lufs,
        ];
        for value in fields {
            body.extend(hundredths(value).to_le_bytes());
        }
        body.extend([0; 180]);
        for step in &self.history {
            let mode = match step.channels {
                1 => "mono".to_owned(),
                2 => "stereo".to_owned(),
                more => more.to_string(),
            };
            let text = ascii(&step.text).replace([',', '\r', '\n'], " ");
            let (rate, bits) = (step.rate_hz, step.bits);
            let line = format!("A=PCM,F={rate},W={bits},M={mode},T={text}\r\n");
            body.extend(line.into_bytes());
        }
        Chunk::new(*b"bext", body, 0)
    }
}

/// Hundredths as 16 bits, rounded half away from zero, held within ±99.99.
fn hundredths(value: Option<f64>) -> i16 {
    match value.filter(|value| value.is_finite()) {
        #[expect(clippy::cast_possible_truncation, reason = "held within ±9999 before")]
        Some(value) => (value * 100.0).round().clamp(-9999.0, 9999.0) as i16,
        None => UNSET,
    }
}

fn push_field(body: &mut Vec<u8>, text: &str, width: usize) {
    let text = ascii(text);
    let kept = text.len().min(width);
    body.extend(&text.as_bytes()[..kept]);
    body.resize(body.len() + width - kept, 0);
}

/// The nearest ASCII: accents fall off, common signs are spelt out, the rest becomes `?`.
pub(crate) fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in DecomposingNormalizerBorrowed::new_nfd()
        .normalize(text)
        .chars()
    {
        match c {
            '\u{300}'..='\u{36f}' => (),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'Æ' => out.push_str("AE"),
            'œ' => out.push_str("oe"),
            'Œ' => out.push_str("OE"),
            'ø' => out.push('o'),
            'Ø' => out.push('O'),
            'ł' => out.push('l'),
            'Ł' => out.push('L'),
            '‘' | '’' => out.push('\''),
            '“' | '”' | '„' => out.push('"'),
            '–' | '—' => out.push('-'),
            '…' => out.push_str("..."),
            c if c.is_control() => out.push(' '),
            c if c.is_ascii() => out.push(c),
            _ => out.push('?'),
        }
    }
    out
}

/// `LIST`/`INFO` with title, artist, album, track, date, comment, copyright and ISRC, in UTF-8.
pub fn info(tags: &TrackTags, software: &str) -> Chunk {
    let track = tags.track.map(|place| place.no.to_string());
    let entries: [(&[u8; 4], Option<&str>); 10] = [
        (b"INAM", tags.title.as_deref()),
        (b"IART", tags.artist.as_deref()),
        (b"IPRD", tags.album.as_deref()),
        (b"ITRK", track.as_deref()),
        (b"ICRD", tags.date.as_deref()),
        (b"IGNR", tags.genre.as_deref()),
        (b"ICMT", tags.comment.as_deref()),
        (b"ICOP", tags.copyright.as_deref()),
        (b"ISRC", tags.isrc.as_ref().map(Isrc::as_str)),
        (b"ISFT", Some(software)),
    ];
    let mut body = b"INFO".to_vec();
    for (id, value) in entries {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            continue;
        };
        // The final NUL counts; a second one keeps the declared length even.
        let mut text = value.replace('\0', " ").into_bytes();
        text.push(0);
        body.extend(Chunk::new(*id, text, 0).riff_bytes());
    }
    Chunk::new(*b"LIST", body, 0)
}

/// `axml` with the ISRC in the EBU's shape (Tech 3352).
pub fn axml_isrc(isrc: &Isrc) -> Chunk {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ebucore:ebuCoreMain xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:ebucore=\"urn:ebu:metadata-schema:ebuCore_2012\">\n\
         <ebucore:coreMetadata>\n\
         <ebucore:identifier typeLabel=\"GUID\" typeDefinition=\"Globally Unique Identifier\" \
         formatLabel=\"ISRC\" formatDefinition=\"International Standard Recording Code\" \
         formatLink=\"http://www.ebu.ch/metadata/cs/ebu_IdentifierTypeCodeCS.xml#3.7\">\n\
         <dc:identifier>ISRC:{}</dc:identifier>\n\
         </ebucore:identifier>\n</ebucore:coreMetadata>\n</ebucore:ebuCoreMain>\n",
        isrc.as_str()
    );
    Chunk::new(*b"axml", text.into_bytes(), b' ')
}

/// What a minimal iXML chunk says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ixml {
    /// The project, by its order number and title.
    pub project: String,
    /// A note.
    pub note: String,
    /// A unique mark of the file.
    pub file_uid: String,
    /// Frames per second.
    pub rate_hz: u32,
    /// Bits per sample.
    pub bits: u16,
    /// Names of the channels, in the file's order.
    pub channels: Vec<String>,
}

impl Ixml {
    /// Makes the chunk.
    pub fn chunk(&self) -> Chunk {
        let mut tracks = String::new();
        for (index, name) in self.channels.iter().enumerate() {
            let no = index + 1;
            tracks += &format!(
                "<TRACK><CHANNEL_INDEX>{no}</CHANNEL_INDEX>\
                 <INTERLEAVE_INDEX>{no}</INTERLEAVE_INDEX><NAME>{}</NAME></TRACK>\n",
                xml_text(name)
            );
        }
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BWFXML>\n\
             <IXML_VERSION>2.10</IXML_VERSION>\n<PROJECT>{}</PROJECT>\n<NOTE>{}</NOTE>\n\
             <FILE_UID>{}</FILE_UID>\n<SPEED><FILE_SAMPLE_RATE>{}</FILE_SAMPLE_RATE>\
             <AUDIO_BIT_DEPTH>{}</AUDIO_BIT_DEPTH></SPEED>\n\
             <TRACK_LIST>\n<TRACK_COUNT>{}</TRACK_COUNT>\n{tracks}</TRACK_LIST>\n</BWFXML>\n",
            xml_text(&self.project),
            xml_text(&self.note),
            xml_text(&self.file_uid),
            self.rate_hz,
            self.bits,
            self.channels.len(),
        );
        Chunk::new(*b"iXML", text.into_bytes(), b' ')
    }
}

/// Text content of an element; characters XML 1.0 cannot hold at all are dropped.
pub(crate) fn xml_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => (),
            c if c.is_control() => (),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bext() -> Bext {
        Bext {
            description: "Grüße".into(),
            originator: "Studio".into(),
            originator_reference: "LQ-1001".into(),
            originated: Some(Moment::from_unix_ms(1_795_132_800_000).unwrap()),
            time_reference_samples: 0x1_0000_0002,
            loudness: BextLoudness {
                integrated_lufs: Some(-14.23),
                true_peak_dbtp: Some(f64::NEG_INFINITY),
                range_lu: Some(4.005),
                ..BextLoudness::default()
            },
            history: vec![CodingStep {
                rate_hz: 48_000,
                bits: 24,
                channels: 2,
                text: "mix, as received".into(),
            }],
        }
    }

    #[test]
    fn bext_fields_stand_at_their_offsets() {
        let body = bext().chunk().body;
        assert_eq!(&body[..6], b"Grusse");
        assert_eq!(&body[256..262], b"Studio");
        assert_eq!(&body[288..295], b"LQ-1001");
        assert_eq!(&body[320..338], b"2026-11-2000:00:00");
        assert_eq!(&body[338..346], &[2, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(&body[346..348], &[2, 0]);
        // -14.23 LUFS is FA71 (EBU Tech 3285); what was not measured or is not a number is 7FFF.
        assert_eq!(&body[412..414], &[0x71, 0xfa]);
        assert_eq!(&body[416..418], &[0xff, 0x7f]);
        assert_eq!(&body[418..420], &[0xff, 0x7f]);
        assert_eq!(
            &body[602..],
            b"A=PCM,F=48000,W=24,M=stereo,T=mix  as received\r\n"
        );
    }

    #[test]
    fn hundredths_round_away_from_zero() {
        // 0.125 and its half are exact in binary, so the tie is a real one.
        assert_eq!(hundredths(Some(0.125)), 13);
        assert_eq!(hundredths(Some(-0.125)), -13);
        assert_eq!(hundredths(Some(-250.0)), -9999);
        assert_eq!(hundredths(Some(f64::NAN)), UNSET);
    }

    #[test]
    fn every_chunk_has_an_even_length() {
        let isrc = Isrc::parse("DEA122600001").unwrap();
        for length in 0..6 {
            let text = "x".repeat(length);
            let mut bext = bext();
            bext.history[0].text.clone_from(&text);
            let tags = TrackTags {
                title: Some(text.clone()),
                ..TrackTags::default()
            };
            let ixml = Ixml {
                project: text,
                note: String::new(),
                file_uid: String::new(),
                rate_hz: 48_000,
                bits: 24,
                channels: vec!["L".into(), "R".into()],
            };
            for chunk in [
                bext.chunk(),
                info(&tags, "Lacquer"),
                axml_isrc(&isrc),
                ixml.chunk(),
            ] {
                assert!(chunk.body.len().is_multiple_of(2), "{:?}", chunk.id);
            }
        }
    }

    #[test]
    fn text_is_safe_inside_xml() {
        assert_eq!(xml_text("a<b>&\u{1}\u{ffff}c\n"), "a&lt;b&gt;&amp;c ");
    }

    #[test]
    fn ascii_keeps_the_sound_of_a_name() {
        assert_eq!(ascii("Björk Guðmundsdóttir"), "Bjork Gu?mundsdottir");
        assert_eq!(ascii("Œuvre “A” – Łódź…"), "OEuvre \"A\" - Lodz...");
    }
}
