//! ERN 4.3 and 4.3.2: a supplemental video says whose sound it has; the booklet is a text.

use super::{BOOKLET, Film, VIDEO};
use crate::ddex::ern4::{People, file, titles};
use crate::ddex::message::ErnMessage;
use crate::ddex::xml::Xml;

impl ErnMessage<'_> {
    /// The videos, which come behind the recordings.
    pub(in crate::ddex) fn films4(&self, xml: &mut Xml, people: &People) {
        for film in self.films() {
            self.film4(xml, people, &film);
        }
    }

    fn film4(&self, xml: &mut Xml, people: &People, film: &Film<'_>) {
        // One that is not supplemental would be sold by itself, with a code and a release of its own.
        xml.around("Video", &[("IsSupplemental", "true")], |xml| {
            xml.text("ResourceReference", &format!("A{}", film.no));
            xml.text("Type", VIDEO);
            xml.around("VideoEdition", &[], |xml| {
                xml.around("ResourceId", &[], |xml| self.film_ids(xml, film));
                xml.around("TechnicalDetails", &[], |xml| {
                    xml.text(
                        "TechnicalResourceDetailsReference",
                        &format!("T{}", film.no),
                    );
                    xml.around("DeliveryFile", &[], |xml| {
                        xml.text("Type", "AudioVisualFile");
                        self.film_details(xml, film);
                        file(xml, &film.file.file_name, &film.file.sum, film.file.bytes);
                    });
                });
            });
            titles(xml, &film.song.title);
            self.artist(xml, people, film.song.artist.as_ref());
            xml.text("Duration", &film.duration());
            xml.text("ParentalWarningType", film.warning());
            xml.around("RelatedResource", &[], |xml| {
                xml.text("ResourceRelationshipType", "HasContentFrom");
                let song = format!("A{}", film.song_no);
                xml.text("ResourceRelatedResourceReference", &song);
            });
        });
    }

    /// The booklet, which comes behind the cover.
    pub(in crate::ddex) fn booklets4(&self, xml: &mut Xml) {
        for (no, booklet) in self.booklets() {
            xml.around("Text", &[], |xml| {
                xml.text("ResourceReference", &format!("A{no}"));
                xml.text("Type", BOOKLET);
                xml.around("ResourceId", &[], |xml| self.own_id(xml, "booklet"));
                xml.around("TechnicalDetails", &[], |xml| {
                    xml.text("TechnicalResourceDetailsReference", &format!("T{no}"));
                    xml.text("TextCodecType", "PDF");
                    file(xml, &booklet.file_name, &booklet.sum, booklet.bytes);
                });
            });
        }
    }

    /// What goes along belongs to the release, behind its songs and without a number.
    pub(in crate::ddex) fn bonus4(&self, xml: &mut Xml) {
        let films = self.films().map(|film| film.no);
        for no in films.chain(self.booklets().map(|(no, _)| no)) {
            xml.around("ResourceGroupContentItem", &[], |xml| {
                xml.text("ReleaseResourceReference", &format!("A{no}"));
                xml.text("IsBonusResource", "true");
            });
        }
    }
}
