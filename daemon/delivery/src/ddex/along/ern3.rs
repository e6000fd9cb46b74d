//! ERN 3.8.2: a video contains its song's recording; the booklet is a text.

use super::{BOOKLET, Film, VIDEO};
use crate::ddex::ern3::{EVERYWHERE, artist, name, resource, title, titles, used};
use crate::ddex::message::{ErnMessage, warning};
use crate::ddex::xml::Xml;

impl ErnMessage<'_> {
    /// The videos, which come behind the recordings.
    pub(in crate::ddex) fn films3(&self, xml: &mut Xml) {
        for film in self.films() {
            self.film3(xml, &film);
        }
    }

    fn film3(&self, xml: &mut Xml, film: &Film<'_>) {
        let song = film.song;
        xml.around("Video", &[], |xml| {
            xml.text("VideoType", VIDEO);
            xml.around("VideoId", &[], |xml| self.film_ids(xml, film));
            xml.text("ResourceReference", &format!("A{}", film.no));
            title(xml, "ReferenceTitle", &[], &song.title);
            xml.text("Duration", &film.duration());
            xml.around("ResourceContainedResourceReferenceList", &[], |xml| {
                xml.around("ResourceContainedResourceReference", &[], |xml| {
                    let contained = format!("A{}", film.song_no);
                    xml.text("ResourceContainedResourceReference", &contained);
                });
            });
            xml.around("VideoDetailsByTerritory", &[], |xml| {
                xml.text("TerritoryCode", EVERYWHERE);
                titles(xml, &song.title);
                artist(xml, song.artist.as_deref());
                name(xml, "DisplayArtistName", song.artist.as_deref());
                xml.text("ParentalWarningType", film.warning());
                xml.around("TechnicalVideoDetails", &[], |xml| {
                    xml.text(
                        "TechnicalResourceDetailsReference",
                        &format!("T{}", film.no),
                    );
                    self.film_details(xml, film);
                    resource(xml, &film.file.file_name, &film.file.sum);
                });
            });
        });
    }

    /// The booklet, which comes behind the cover.
    pub(in crate::ddex) fn booklets3(&self, xml: &mut Xml) {
        for (no, booklet) in self.booklets() {
            xml.around("Text", &[], |xml| {
                xml.text("TextType", BOOKLET);
                xml.around("TextId", &[], |xml| self.own_id(xml, "booklet"));
                xml.text("ResourceReference", &format!("A{no}"));
                xml.around("TextDetailsByTerritory", &[], |xml| {
                    xml.text("TerritoryCode", EVERYWHERE);
                    xml.text("ParentalWarningType", warning(None));
                    xml.around("TechnicalTextDetails", &[], |xml| {
                        xml.text("TechnicalResourceDetailsReference", &format!("T{no}"));
                        xml.text("TextCodecType", "PDF");
                        resource(xml, &booklet.file_name, &booklet.sum);
                    });
                });
            });
        }
    }

    /// Its numbers with their kinds.
    fn bonuses(&self) -> impl Iterator<Item = (usize, &'static str)> {
        let films = self.films().map(|film| (film.no, "Video"));
        films.chain(self.booklets().map(|(no, _)| (no, "Text")))
    }

    /// What goes along among the release's resources.
    pub(in crate::ddex) fn bonus_references3(&self, xml: &mut Xml) {
        for (no, _) in self.bonuses() {
            used(xml, "SecondaryResource", &format!("A{no}"));
        }
    }

    /// What goes along belongs to the release, behind its songs and without a number.
    pub(in crate::ddex) fn bonus3(&self, xml: &mut Xml) {
        for (no, kind) in self.bonuses() {
            xml.around("ResourceGroupContentItem", &[], |xml| {
                xml.text("ResourceType", kind);
                used(xml, "SecondaryResource", &format!("A{no}"));
                xml.text("IsBonusResource", "true");
            });
        }
    }
}
