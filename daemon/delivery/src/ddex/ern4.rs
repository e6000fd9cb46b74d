//! ERN 4.3 and 4.3.2: names in a list of parties, all else refers to them. Elements stand in the order of the schema.

use super::message::{
    ErnMessage, FileSum, RESOURCES, Recording, contributors, duration, isrc, line, pixels, samples,
    warning,
};
use super::parties::ErnVersion;
use super::xml::Xml;
use crate::release::{Release, ReleaseKind, ReleaseSong};

/// Everybody whom a message names, once each, by the references it uses.
pub(super) struct People(Vec<String>);

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

impl ErnVersion {
    /// The namespace, and the version of the lists of allowed values, as DDEX's own samples write them.
    fn of_ern4(self) -> (&'static str, &'static str) {
        match self {
            Self::V43 | Self::V382 => ("http://ddex.net/xml/ern/43", "3"),
            Self::V432 => ("http://ddex.net/xml/ern/432", "9"),
        }
    }
}

impl ErnMessage<'_> {
    pub(super) fn write_ern4(&self) -> Vec<u8> {
        let people = People::of(self.release);
        let mut xml = Xml::new();
        let (namespace, value_sets) = self.parties.version.of_ern4();
        let attributes = [
            ("xmlns:ern", namespace),
            ("ReleaseProfileVersionId", self.profile()),
            ("AvsVersionId", value_sets),
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

    /// A single of one song, with which nothing goes along, has no releases of tracks.
    fn profile(&self) -> &'static str {
        if self.is_simple() {
            "SimpleAudioSingle"
        } else {
            "Audio"
        }
    }

    fn resources(&self, xml: &mut Xml, people: &People) {
        xml.around("ResourceList", &[], |xml| {
            for (place, (song, file)) in self.release.songs.iter().zip(self.recordings).enumerate()
            {
                self.recording(xml, people, place + 1, (song, file));
            }
            self.films4(xml, people);
            self.cover(xml);
            self.booklets4(xml);
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
                let isrc = isrc(song);
                xml.around("ResourceId", &[], |xml| xml.text("ISRC", isrc));
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
                    self.role(xml, role);
                });
            }
            xml.text("Duration", &duration(file.frames, file.rate_hz));
            xml.text("ParentalWarningType", warning(song.explicit));
            if let Some(language) = &song.language {
                xml.text("LanguageOfPerformance", language);
            }
        });
    }

    pub(super) fn artist(&self, xml: &mut Xml, people: &People, artist: Option<&String>) {
        xml.text("DisplayArtistName", artist.map_or("", String::as_str));
        xml.around("DisplayArtist", &[("SequenceNumber", "1")], |xml| {
            xml.text("ArtistPartyReference", &people.reference(artist));
            xml.text("DisplayArtistRole", "MainArtist");
        });
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
                pixels(xml, facts);
                file(xml, &cover.file_name, &cover.sum, cover.bytes);
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
                    let isrc = isrc(song);
                    xml.around("ReleaseId", &[], |xml| {
                        let own = [("Namespace", self.parties.sender.as_str())];
                        xml.text_with(
                            "ProprietaryId",
                            &own,
                            &format!("{}_{isrc}_R{no}", self.ean()),
                        );
                    });
                    titles(xml, &song.title);
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
            xml.text("ReleaseType", self.kind());
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
            xml.text("Duration", &self.whole_duration());
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
                self.bonus4(xml);
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
        let element = match self.parties.version {
            ErnVersion::V43 | ErnVersion::V382 => "Genre",
            ErnVersion::V432 => "DisplayGenre",
        };
        xml.around(element, &[], |xml| xml.text("GenreText", genre));
    }

    fn role(&self, xml: &mut Xml, role: &str) {
        match self.parties.version {
            ErnVersion::V43 | ErnVersion::V382 => xml.text("Role", role),
            ErnVersion::V432 => xml.around("Role", &[], |xml| xml.text("Value", role)),
        }
    }

    fn deals(&self, xml: &mut Xml) {
        let date = self.first_day();
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
        samples(xml, recording);
        file(xml, &recording.file_name, &recording.sum, recording.bytes);
    });
}

pub(super) fn file(xml: &mut Xml, name: &str, sum: &FileSum, bytes: u64) {
    xml.around("File", &[], |xml| {
        xml.text("URI", &format!("{RESOURCES}/{name}"));
        xml.around("HashSum", &[], |xml| {
            let (algorithm, value) = sum.words();
            xml.text("Algorithm", algorithm);
            xml.text("HashSumValue", value);
        });
        xml.text("FileSize", &bytes.to_string());
    });
}

pub(super) fn titles(xml: &mut Xml, title: &str) {
    xml.text("DisplayTitleText", title);
    let everywhere = [
        ("ApplicableTerritoryCode", "Worldwide"),
        ("IsDefault", "true"),
    ];
    xml.around("DisplayTitle", &everywhere, |xml| {
        xml.text("TitleText", title)
    });
}
