//! ERN 3.8.2: everybody is named where he is meant, and what may differ by territory stands under the territory. Elements
//! stand in the order of the schema.

use super::message::{
    ErnMessage, FileSum, RESOURCES, Recording, contributors, duration, isrc, line, pixels, samples,
    warning,
};
use super::xml::Xml;
use crate::release::{ReleaseKind, ReleaseSong};

const NAMESPACE: &str = "http://ddex.net/xml/ern/382";
/// The profiles of common release types, version 1.3.
const SINGLE: &str = "CommonReleaseTypesTypes/13/AudioSingle";
const ALBUM: &str = "CommonReleaseTypesTypes/13/AudioAlbumMusicOnly";
/// What is said holds everywhere; deals name their own territories.
pub(super) const EVERYWHERE: &str = "Worldwide";

impl ErnMessage<'_> {
    pub(super) fn write_ern3(&self) -> Vec<u8> {
        let mut xml = Xml::new();
        let profile = match self.release.kind {
            Some(ReleaseKind::Single) => SINGLE,
            Some(ReleaseKind::Ep | ReleaseKind::Album | ReleaseKind::Compilation) | None => ALBUM,
        };
        let attributes = [
            ("xmlns:ern", NAMESPACE),
            ("MessageSchemaVersionId", "ern/382"),
            ("ReleaseProfileVersionId", profile),
            ("LanguageAndScriptCode", self.language()),
        ];
        xml.around("ern:NewReleaseMessage", &attributes, |xml| {
            self.header(xml);
            xml.text("UpdateIndicator", "OriginalMessage");
            xml.around("ResourceList", &[], |xml| {
                let songs = self.release.songs.iter().zip(self.recordings);
                for (no, song) in (1..).zip(songs) {
                    self.recording3(xml, no, song);
                }
                self.films3(xml);
                self.cover3(xml);
                self.booklets3(xml);
            });
            xml.around("ReleaseList", &[], |xml| {
                self.main_release3(xml);
                for (no, song) in (1..).zip(self.release.songs.iter().zip(self.recordings)) {
                    self.track_release3(xml, no, song);
                }
            });
            self.deals3(xml);
        });
        xml.finish()
    }

    fn recording3(&self, xml: &mut Xml, no: usize, (song, file): (&ReleaseSong, &Recording)) {
        xml.around("SoundRecording", &[], |xml| {
            xml.text("SoundRecordingType", "MusicalWorkSoundRecording");
            xml.around("SoundRecordingId", &[], |xml| xml.text("ISRC", isrc(song)));
            xml.text("ResourceReference", &format!("A{no}"));
            title(xml, "ReferenceTitle", &[], &song.title);
            if let Some(language) = &song.language {
                xml.text("LanguageOfPerformance", language);
            }
            xml.text("Duration", &duration(file.frames, file.rate_hz));
            xml.around("SoundRecordingDetailsByTerritory", &[], |xml| {
                xml.text("TerritoryCode", EVERYWHERE);
                titles(xml, &song.title);
                artist(xml, song.artist.as_deref());
                people(xml, song);
                name(xml, "DisplayArtistName", song.artist.as_deref());
                name(xml, "LabelName", self.release.label.as_deref());
                let p_line = self.release.p_line_of(song);
                line(xml, "PLine", "PLineText", "(P)", p_line);
                genre(xml, self.release.genre.as_deref());
                xml.text("ParentalWarningType", warning(song.explicit));
                xml.around("TechnicalSoundRecordingDetails", &[], |xml| {
                    xml.text("TechnicalResourceDetailsReference", &format!("T{no}"));
                    samples(xml, file);
                    resource(xml, &file.file_name, &file.sum);
                });
            });
        });
    }

    fn cover3(&self, xml: &mut Xml) {
        let (cover, facts) = (self.cover, &self.cover.facts);
        xml.around("Image", &[], |xml| {
            xml.text("ImageType", "FrontCoverImage");
            xml.around("ImageId", &[], |xml| {
                let own = [("Namespace", self.parties.sender.as_str())];
                xml.text_with("ProprietaryId", &own, &format!("{}_cover", self.ean()));
            });
            xml.text("ResourceReference", &self.cover_reference());
            xml.around("ImageDetailsByTerritory", &[], |xml| {
                xml.text("TerritoryCode", EVERYWHERE);
                xml.text("ParentalWarningType", warning(self.release.explicit));
                xml.around("TechnicalImageDetails", &[], |xml| {
                    let no = self.release.songs.len() + 1;
                    xml.text("TechnicalResourceDetailsReference", &format!("T{no}"));
                    pixels(xml, facts);
                    resource(xml, &cover.file_name, &cover.sum);
                });
            });
        });
    }

    fn main_release3(&self, xml: &mut Xml) {
        let release = self.release;
        xml.around("Release", &[("IsMainRelease", "true")], |xml| {
            self.ids3(xml);
            xml.text("ReleaseReference", "R0");
            title(xml, "ReferenceTitle", &[], &release.title);
            xml.around("ReleaseResourceReferenceList", &[], |xml| {
                for no in 1..=release.songs.len() {
                    used(xml, "PrimaryResource", &format!("A{no}"));
                }
                used(xml, "SecondaryResource", &self.cover_reference());
                self.bonus_references3(xml);
            });
            xml.text("ReleaseType", self.kind());
            self.details3(xml);
            xml.text("Duration", &self.whole_duration());
            line(xml, "PLine", "PLineText", "(P)", release.p_line.as_ref());
            line(xml, "CLine", "CLineText", "(C)", release.c_line.as_ref());
            if release.released_on.is_some() {
                xml.text("GlobalReleaseDate", self.first_day());
            }
        });
    }

    fn ids3(&self, xml: &mut Xml) {
        let ean = self.ean();
        xml.around("ReleaseId", &[], |xml| {
            // A UPC has twelve digits, an EAN thirteen.
            let is_ean = [("IsEan", if ean.len() == 13 { "true" } else { "false" })];
            xml.text_with("ICPN", &is_ean, &ean);
            if let Some(number) = &self.release.catalogue_number {
                let own = [("Namespace", self.parties.sender.as_str())];
                xml.text_with("CatalogNumber", &own, number);
            }
        });
    }

    fn details3(&self, xml: &mut Xml) {
        let release = self.release;
        xml.around("ReleaseDetailsByTerritory", &[], |xml| {
            xml.text("TerritoryCode", EVERYWHERE);
            name(xml, "DisplayArtistName", release.artist.as_deref());
            name(xml, "LabelName", release.label.as_deref());
            titles(xml, &release.title);
            artist(xml, release.artist.as_deref());
            if release.kind == Some(ReleaseKind::Compilation) {
                xml.text("IsMultiArtistCompilation", "true");
            }
            xml.text("ParentalWarningType", warning(release.explicit));
            xml.around("ResourceGroup", &[], |xml| {
                for no in 1..=release.songs.len() {
                    xml.around("ResourceGroupContentItem", &[], |xml| {
                        xml.text("SequenceNumber", &no.to_string());
                        xml.text("ResourceType", "SoundRecording");
                        used(xml, "PrimaryResource", &format!("A{no}"));
                    });
                }
                xml.around("ResourceGroupContentItem", &[], |xml| {
                    xml.text("ResourceType", "Image");
                    used(xml, "SecondaryResource", &self.cover_reference());
                });
                self.bonus3(xml);
            });
            genre(xml, release.genre.as_deref());
        });
    }

    fn track_release3(&self, xml: &mut Xml, no: usize, (song, file): (&ReleaseSong, &Recording)) {
        xml.around("Release", &[], |xml| {
            xml.around("ReleaseId", &[], |xml| xml.text("ISRC", isrc(song)));
            xml.text("ReleaseReference", &format!("R{no}"));
            title(xml, "ReferenceTitle", &[], &song.title);
            xml.around("ReleaseResourceReferenceList", &[], |xml| {
                used(xml, "PrimaryResource", &format!("A{no}"));
            });
            xml.text("ReleaseType", "TrackRelease");
            xml.around("ReleaseDetailsByTerritory", &[], |xml| {
                xml.text("TerritoryCode", EVERYWHERE);
                name(xml, "DisplayArtistName", song.artist.as_deref());
                name(xml, "LabelName", self.release.label.as_deref());
                titles(xml, &song.title);
                artist(xml, song.artist.as_deref());
                xml.text("ParentalWarningType", warning(song.explicit));
                genre(xml, self.release.genre.as_deref());
            });
            xml.text("Duration", &duration(file.frames, file.rate_hz));
            let p_line = self.release.p_line_of(song);
            line(xml, "PLine", "PLineText", "(P)", p_line);
        });
    }

    fn deals3(&self, xml: &mut Xml) {
        xml.around("DealList", &[], |xml| {
            xml.around("ReleaseDeal", &[], |xml| {
                for no in 0..=self.release.songs.len() {
                    xml.text("DealReleaseReference", &format!("R{no}"));
                }
                for deal in &self.parties.deals {
                    let (model, uses) = deal.terms();
                    xml.around("Deal", &[], |xml| {
                        xml.around("DealTerms", &[], |xml| {
                            xml.text("CommercialModelType", model);
                            xml.around("Usage", &[], |xml| {
                                uses.iter().for_each(|used| xml.text("UseType", used));
                            });
                            for code in &self.release.territories {
                                xml.text("TerritoryCode", code);
                            }
                            xml.around("ValidityPeriod", &[], |xml| {
                                xml.text("StartDate", self.first_day());
                            });
                        });
                    });
                }
            });
        });
    }
}

/// A name, where there is one.
pub(super) fn name(xml: &mut Xml, element: &str, name: Option<&str>) {
    if let Some(name) = name {
        xml.text(element, name);
    }
}

pub(super) fn title(
    xml: &mut Xml,
    element: &'static str,
    attributes: &[(&str, &str)],
    title: &str,
) {
    xml.around(element, attributes, |xml| xml.text("TitleText", title));
}

pub(super) fn titles(xml: &mut Xml, text: &str) {
    for kind in ["FormalTitle", "DisplayTitle"] {
        title(xml, "Title", &[("TitleType", kind)], text);
    }
}

pub(super) fn artist(xml: &mut Xml, artist: Option<&str>) {
    let Some(artist) = artist else { return };
    xml.around("DisplayArtist", &[("SequenceNumber", "1")], |xml| {
        xml.around("PartyName", &[], |xml| xml.text("FullName", artist));
        xml.text("ArtistRole", "MainArtist");
    });
}

/// Who made the recording, then who made the work.
fn people(xml: &mut Xml, song: &ReleaseSong) {
    let of_recording = |role: &str| role == "StudioProducer";
    for (element, role_element, is_of_recording) in [
        ("ResourceContributor", "ResourceContributorRole", true),
        (
            "IndirectResourceContributor",
            "IndirectResourceContributorRole",
            false,
        ),
    ] {
        let its = contributors(song).filter(|(_, role)| of_recording(role) == is_of_recording);
        for (no, (name, role)) in (1..).zip(its) {
            let sequence = no.to_string();
            xml.around(element, &[("SequenceNumber", &sequence)], |xml| {
                xml.around("PartyName", &[], |xml| xml.text("FullName", name));
                // The list of this version knows producers of every kind by one word.
                let role = if of_recording(role) { "Producer" } else { role };
                xml.text(role_element, role);
            });
        }
    }
}

fn genre(xml: &mut Xml, genre: Option<&str>) {
    let text = genre.unwrap_or_default();
    xml.around("Genre", &[], |xml| xml.text("GenreText", text));
}

pub(super) fn used(xml: &mut Xml, kind: &str, reference: &str) {
    let kind = [("ReleaseResourceType", kind)];
    xml.text_with("ReleaseResourceReference", &kind, reference);
}

pub(super) fn resource(xml: &mut Xml, name: &str, sum: &FileSum) {
    let (algorithm, digits) = sum.words();
    xml.around("File", &[], |xml| {
        xml.text("FileName", name);
        xml.text("FilePath", &format!("{RESOURCES}/"));
        xml.around("HashSum", &[], |xml| {
            xml.text("HashSum", digits);
            xml.text("HashSumAlgorithmType", algorithm);
        });
    });
}
