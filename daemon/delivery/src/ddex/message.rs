//! The message itself. Elements stand in the order that the schema of ERN 4.3 wants.

use super::batch::Batch;
use super::parties::DdexParties;
use super::xml::Xml;
use crate::Moment;
use crate::picture::{PictureFacts, PictureKind};
use crate::release::{Explicit, Release, ReleaseKind, ReleaseSong, RightsLine};

/// The version of the lists of allowed values, as DDEX's own samples of ERN 4.3 write it.
const VALUE_SETS: &str = "3";
/// The folder of resources beside the message.
pub(super) const RESOURCES: &str = "resources";

/// A song's file among the resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Its name.
    pub file_name: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
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
    /// SHA-256 of the file.
    pub sha256: String,
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
    /// From whom and to whom.
    pub parties: &'a DdexParties,
    /// The batch.
    pub batch: &'a Batch,
    /// When it was made.
    pub made_at: Moment,
}

/// Everybody whom a message names, once each, by the references it uses.
struct People(Vec<String>);

impl People {
    fn of(release: &Release) -> Self {
        let mut names = Vec::new();
        let mut add = |name: &String| {
            if !names.contains(name) {
                names.push(name.clone());
            }
        };
        release
            .label
            .iter()
            .chain(&release.artist)
            .for_each(&mut add);
        for song in &release.songs {
            song.artist.iter().for_each(&mut add);
            contributors(song).for_each(|(name, _)| add(name));
        }
        Self(names)
    }

    /// The reference of a name; one that is not among them is written as the first.
    fn reference(&self, name: Option<&String>) -> String {
        let place = self.0.iter().position(|known| Some(known) == name);
        format!("P{}", place.unwrap_or(0) + 1)
    }
}

/// The people behind a song with their roles, by the names of DDEX's list.
fn contributors(song: &ReleaseSong) -> impl Iterator<Item = (&String, &'static str)> {
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
    /// The message as a file.
    pub fn write(&self) -> Vec<u8> {
        let people = People::of(self.release);
        let mut xml = Xml::new();
        let attributes = [
            ("xmlns:ern", "http://ddex.net/xml/ern/43"),
            ("ReleaseProfileVersionId", self.profile()),
            ("AvsVersionId", VALUE_SETS),
            ("LanguageAndScriptCode", self.language()),
        ];
        xml.around("ern:NewReleaseMessage", &attributes, |xml| {
            self.header(xml);
            xml.around("PartyList", &[], |xml| {
                for name in &people.0 {
                    xml.around("Party", &[], |xml| {
                        xml.text("PartyReference", &people.reference(Some(name)));
                        xml.around("PartyName", &[], |xml| xml.text("FullName", name));
                    });
                }
            });
            self.resources(xml, &people);
            self.releases(xml, &people);
            self.deals(xml);
        });
        xml.finish()
    }

    /// A single of one song has a profile of its own, without releases of tracks.
    fn profile(&self) -> &'static str {
        if self.is_simple() {
            "SimpleAudioSingle"
        } else {
            "Audio"
        }
    }

    fn is_simple(&self) -> bool {
        self.release.kind == Some(ReleaseKind::Single) && self.release.songs.len() == 1
    }

    fn language(&self) -> &str {
        self.release.language.as_deref().unwrap_or("en")
    }

    fn ean(&self) -> String {
        self.release
            .ean
            .map(|ean| ean.to_string())
            .unwrap_or_default()
    }

    fn header(&self, xml: &mut Xml) {
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

    fn resources(&self, xml: &mut Xml, people: &People) {
        xml.around("ResourceList", &[], |xml| {
            for (place, (song, file)) in self.release.songs.iter().zip(self.recordings).enumerate()
            {
                self.recording(xml, people, place + 1, (song, file));
            }
            self.cover(xml);
        });
    }

    fn recording(
        &self,
        xml: &mut Xml,
        people: &People,
        no: usize,
        (song, file): (&ReleaseSong, &Recording),
    ) {
        xml.around("SoundRecording", &[], |xml| {
            xml.text("ResourceReference", &format!("A{no}"));
            xml.text("Type", "MusicalWorkSoundRecording");
            xml.around("SoundRecordingEdition", &[], |xml| {
                let isrc = song
                    .isrc
                    .map(|isrc| isrc.as_str().to_owned())
                    .unwrap_or_default();
                xml.around("ResourceId", &[], |xml| xml.text("ISRC", &isrc));
                line(
                    xml,
                    "PLine",
                    "PLineText",
                    "(P)",
                    self.release.p_line_of(song),
                );
                xml.around("TechnicalDetails", &[], |xml| technical(xml, no, file));
            });
            titles(xml, &song.title);
            let artist = song.artist.as_ref();
            self.artist(xml, people, artist);
            for (place, (name, role)) in contributors(song).enumerate() {
                let sequence = (place + 1).to_string();
                xml.around("Contributor", &[("SequenceNumber", &sequence)], |xml| {
                    xml.text("ContributorPartyReference", &people.reference(Some(name)));
                    xml.text("Role", role);
                });
            }
            xml.text("Duration", &duration(file.frames, file.rate_hz));
            xml.text("ParentalWarningType", warning(song.explicit));
            if let Some(language) = &song.language {
                xml.text("LanguageOfPerformance", language);
            }
        });
    }

    fn artist(&self, xml: &mut Xml, people: &People, artist: Option<&String>) {
        xml.text("DisplayArtistName", artist.map_or("", String::as_str));
        xml.around("DisplayArtist", &[("SequenceNumber", "1")], |xml| {
            xml.text("ArtistPartyReference", &people.reference(artist));
            xml.text("DisplayArtistRole", "MainArtist");
        });
    }

    fn cover_reference(&self) -> String {
        format!("A{}", self.release.songs.len() + 1)
    }

    fn cover(&self, xml: &mut Xml) {
        let (cover, facts) = (self.cover, &self.cover.facts);
        xml.around("Image", &[], |xml| {
            xml.text("ResourceReference", &self.cover_reference());
            xml.text("Type", "FrontCoverImage");
            xml.around("ResourceId", &[], |xml| {
                let own = [("Namespace", self.parties.sender.as_str())];
                xml.text_with("ProprietaryId", &own, &format!("{}_cover", self.ean()));
            });
            xml.text("ParentalWarningType", warning(self.release.explicit));
            xml.around("TechnicalDetails", &[], |xml| {
                let no = self.release.songs.len() + 1;
                xml.text("TechnicalResourceDetailsReference", &format!("T{no}"));
                xml.text(
                    "ImageCodecType",
                    match facts.kind {
                        PictureKind::Jpeg => "JPEG",
                        PictureKind::Png => "PNG",
                    },
                );
                let pixels = [("UnitOfMeasure", "Pixel")];
                xml.text_with("ImageHeight", &pixels, &facts.height.to_string());
                xml.text_with("ImageWidth", &pixels, &facts.width.to_string());
                file(xml, &cover.file_name, &cover.sha256, cover.bytes);
            });
        });
    }

    fn releases(&self, xml: &mut Xml, people: &People) {
        xml.around("ReleaseList", &[], |xml| {
            self.main_release(xml, people);
            if self.is_simple() {
                return;
            }
            for (no, song) in (1..).zip(&self.release.songs) {
                xml.around("TrackRelease", &[], |xml| {
                    xml.text("ReleaseReference", &format!("R{no}"));
                    let isrc = song
                        .isrc
                        .map(|isrc| isrc.as_str().to_owned())
                        .unwrap_or_default();
                    xml.around("ReleaseId", &[], |xml| {
                        let own = [("Namespace", self.parties.sender.as_str())];
                        xml.text_with(
                            "ProprietaryId",
                            &own,
                            &format!("{}_{isrc}_R{no}", self.ean()),
                        );
                    });
                    xml.text("ReleaseResourceReference", &format!("A{no}"));
                    self.label_and_genre(xml, people);
                });
            }
        });
    }

    fn main_release(&self, xml: &mut Xml, people: &People) {
        let release = self.release;
        xml.around("Release", &[], |xml| {
            xml.text("ReleaseReference", "R0");
            let kind = match release.kind {
                Some(ReleaseKind::Single) => "Single",
                Some(ReleaseKind::Ep) => "EP",
                Some(ReleaseKind::Album | ReleaseKind::Compilation) | None => "Album",
            };
            xml.text("ReleaseType", kind);
            xml.around("ReleaseId", &[], |xml| {
                xml.text("ICPN", &self.ean());
                if let Some(number) = &release.catalogue_number {
                    let own = [("Namespace", self.parties.sender.as_str())];
                    xml.text_with("CatalogNumber", &own, number);
                }
            });
            titles(xml, &release.title);
            self.artist(xml, people, release.artist.as_ref());
            let label = people.reference(release.label.as_ref());
            xml.text("ReleaseLabelReference", &label);
            line(xml, "PLine", "PLineText", "(P)", release.p_line.as_ref());
            line(xml, "CLine", "CLineText", "(C)", release.c_line.as_ref());
            let seconds = self
                .recordings
                .iter()
                .map(|file| seconds(file.frames, file.rate_hz));
            xml.text("Duration", &iso_duration(seconds.sum()));
            self.genre(xml);
            if let Some(date) = &release.released_on {
                xml.text("ReleaseDate", date.as_str());
            }
            xml.text("ParentalWarningType", warning(release.explicit));
            if release.kind == Some(ReleaseKind::Compilation) {
                xml.text("IsMultiArtistCompilation", "true");
            }
            xml.around("ResourceGroup", &[], |xml| {
                xml.text("SequenceNumber", "1");
                for no in 1..=release.songs.len() {
                    xml.around("ResourceGroupContentItem", &[], |xml| {
                        xml.text("SequenceNumber", &no.to_string());
                        xml.text("ReleaseResourceReference", &format!("A{no}"));
                    });
                }
                xml.text("LinkedReleaseResourceReference", &self.cover_reference());
            });
        });
    }

    fn label_and_genre(&self, xml: &mut Xml, people: &People) {
        let label = people.reference(self.release.label.as_ref());
        xml.text("ReleaseLabelReference", &label);
        self.genre(xml);
    }

    fn genre(&self, xml: &mut Xml) {
        let genre = self.release.genre.as_deref().unwrap_or_default();
        xml.around("Genre", &[], |xml| xml.text("GenreText", genre));
    }

    fn deals(&self, xml: &mut Xml) {
        let date = self
            .release
            .released_on
            .as_ref()
            .map_or("", |date| date.as_str());
        xml.around("DealList", &[], |xml| {
            xml.around("ReleaseDeal", &[], |xml| {
                let tracks = if self.is_simple() {
                    0
                } else {
                    self.release.songs.len()
                };
                for no in 0..=tracks {
                    xml.text("DealReleaseReference", &format!("R{no}"));
                }
                for deal in &self.parties.deals {
                    let (model, uses) = deal.terms();
                    xml.around("Deal", &[], |xml| {
                        xml.around("DealTerms", &[], |xml| {
                            for code in &self.release.territories {
                                xml.text("TerritoryCode", code);
                            }
                            xml.around("ValidityPeriod", &[], |xml| xml.text("StartDate", date));
                            xml.text("CommercialModelType", model);
                            uses.iter().for_each(|used| xml.text("UseType", used));
                        });
                    });
                }
            });
        });
    }
}

fn technical(xml: &mut Xml, no: usize, recording: &Recording) {
    xml.text("TechnicalResourceDetailsReference", &format!("T{no}"));
    xml.around("DeliveryFile", &[], |xml| {
        xml.text("Type", "AudioFile");
        xml.text("AudioCodecType", "PCM");
        xml.text("NumberOfChannels", &recording.channels.to_string());
        let hertz = [("UnitOfMeasure", "Hz")];
        xml.text_with("SamplingRate", &hertz, &recording.rate_hz.to_string());
        xml.text("BitsPerSample", &recording.bits.to_string());
        file(
            xml,
            &recording.file_name,
            &recording.sha256,
            recording.bytes,
        );
    });
}

fn file(xml: &mut Xml, name: &str, sha256: &str, bytes: u64) {
    xml.around("File", &[], |xml| {
        xml.text("URI", &format!("{RESOURCES}/{name}"));
        xml.around("HashSum", &[], |xml| {
            xml.text("Algorithm", "SHA-256");
            xml.text("HashSumValue", sha256);
        });
        xml.text("FileSize", &bytes.to_string());
    });
}

fn titles(xml: &mut Xml, title: &str) {
    xml.text("DisplayTitleText", title);
    let everywhere = [
        ("ApplicableTerritoryCode", "Worldwide"),
        ("IsDefault", "true"),
    ];
    xml.around("DisplayTitle", &everywhere, |xml| {
        xml.text("TitleText", title)
    });
}

fn line(xml: &mut Xml, element: &'static str, text: &str, sign: &str, line: Option<&RightsLine>) {
    let Some(line) = line else { return };
    xml.around(element, &[], |xml| {
        xml.text("Year", line.year());
        xml.text(text, &format!("{sign} {line}"));
    });
}

fn warning(explicit: Option<Explicit>) -> &'static str {
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

fn duration(frames: u64, rate_hz: u32) -> String {
    iso_duration(seconds(frames, rate_hz))
}

/// ISO 8601: `PT3M5S`.
fn iso_duration(seconds: u64) -> String {
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
