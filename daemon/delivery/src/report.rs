//! The note that stands beside a mix in the dropbox: what was found, where, and what to do.

use crate::Moment;
use crate::note_page::NotePage;
use crate::page::Page;

/// How much a finding matters, in the order a client should read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The mix cannot be used.
    Blocks,
    /// The client should answer before work goes on.
    Ask,
    /// Good to know.
    Note,
}

/// One finding in the client's words.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportFinding {
    /// How much it matters.
    pub weight: Weight,
    /// What was found: `The mix clips on both channels.`
    pub what: String,
    /// Where, in seconds from the start; empty where it concerns the whole file.
    pub at_seconds: Vec<f64>,
    /// What the client can do about it; empty for nothing.
    pub to_do: String,
    /// A small picture of it as SVG.
    pub picture: Option<String>,
}

/// How much of what was found a note tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Telling {
    /// Everything.
    #[default]
    Findings,
    /// Only that the mix arrived: a person has not released the findings yet.
    Receipt,
}

/// The language of a note's own words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoteLanguage {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

/// What the note says about one mix.
#[derive(Clone, Debug, PartialEq)]
pub struct IntakeReport {
    /// The language of its own words; those of findings come in it already.
    pub language: NoteLanguage,
    /// The studio's name.
    pub studio: String,
    /// The mix's file name as the client gave it.
    pub file_name: String,
    /// The order it was taken for, if one is known.
    pub order: Option<String>,
    /// When it was taken.
    pub received: Moment,
    /// The zone of `received`, as `UTC` or `CET`.
    pub zone: String,
    /// One line: `WAV, 48 kHz, 24 bit, stereo, 4:02.310`; absent where the file did not open.
    pub format: Option<String>,
    /// SHA-256 of the file as received, so that the client can compare.
    pub file_sha256: String,
    /// Measured figures with their units, in the order to show them.
    pub measurements: Vec<(String, String)>,
    /// Findings in any order.
    pub findings: Vec<ReportFinding>,
    /// How much of them is told; of a receipt's reader nobody can tell whether there are any.
    pub telling: Telling,
    /// Where to answer: the portal page's address, if there is one.
    pub portal: Option<String>,
}

/// Most places of one finding that are listed; the rest is counted.
const MAX_PLACES: usize = 12;

/// A note's own words.
struct Words {
    code: &'static str,
    title: &'static str,
    receipt: &'static str,
    blocks: &'static str,
    asks: &'static str,
    clear: &'static str,
    /// The sections of findings, in the order a client should read them.
    sections: [(Weight, &'static str); 3],
    at: &'static str,
    more: &'static str,
    to_do: &'static str,
    measured: &'static str,
    kept: &'static str,
    answer: &'static str,
    file: &'static str,
    order: &'static str,
    received: &'static str,
    format: &'static str,
    /// Figures by their English names.
    figures: &'static [(&'static str, &'static str)],
}

const ENGLISH: Words = Words {
    code: "en",
    title: "intake check",
    receipt: "This mix has arrived whole. The studio listens to it and will tell you about it.",
    blocks: "This mix cannot be mastered as it is. Please see below and send it again.",
    asks: "This mix has arrived whole. Before we go on, please look at the points below.",
    clear: "This mix has arrived whole and is ready for mastering.",
    sections: [
        (Weight::Blocks, "What stops us"),
        (Weight::Ask, "Please look at this"),
        (Weight::Note, "Good to know"),
    ],
    at: "at",
    more: "and {} more",
    to_do: "What to do:",
    measured: "Measured",
    kept: "Your file has been kept exactly as it came.",
    answer: "Answer and listen here:",
    file: "File",
    order: "Order",
    received: "Received",
    format: "Format",
    figures: &[],
};

const GERMAN: Words = Words {
    code: "de",
    title: "Eingangspr\u{fc}fung",
    receipt: "Dieser Mix ist vollst\u{e4}ndig angekommen. Das Studio h\u{f6}rt ihn an und meldet sich.",
    blocks: "Dieser Mix l\u{e4}sst sich so nicht mastern. Bitte lesen Sie weiter unten, und senden Sie ihn noch einmal.",
    asks: "Dieser Mix ist vollst\u{e4}ndig angekommen. Bevor es weitergeht, sehen Sie sich bitte die folgenden Punkte an.",
    clear: "Dieser Mix ist vollst\u{e4}ndig angekommen und kann gemastert werden.",
    sections: [
        (Weight::Blocks, "Was uns aufh\u{e4}lt"),
        (Weight::Ask, "Bitte sehen Sie sich das an"),
        (Weight::Note, "Gut zu wissen"),
    ],
    at: "bei",
    more: "und {} weiteren Stellen",
    to_do: "Was Sie tun k\u{f6}nnen:",
    measured: "Gemessen",
    kept: "Ihre Datei wurde genau so aufbewahrt, wie sie kam.",
    answer: "Hier antworten und h\u{f6}ren:",
    file: "Datei",
    order: "Auftrag",
    received: "Empfangen",
    format: "Format",
    figures: &[
        ("Integrated loudness", "Lautheit insgesamt"),
        ("Loudness range", "Lautheitsumfang"),
        ("Loudest short term", "Lauteste Kurzzeit"),
        ("True peak", "True Peak"),
        ("Sample peak", "Spitze der Samples"),
        ("Peak to loudness", "Spitze zu Lautheit"),
    ],
};

impl Words {
    /// The name of a figure.
    fn figure<'w>(&self, name: &'w str) -> &'w str {
        let found = self.figures.iter().find(|(english, _)| *english == name);
        found.map_or(name, |(_, own)| own)
    }

    fn places(&self, at_seconds: &[f64]) -> String {
        let shown = at_seconds.iter().take(MAX_PLACES);
        let shown = shown.map(|at| timecode(*at)).collect::<Vec<_>>().join(", ");
        match at_seconds.len().saturating_sub(MAX_PLACES) {
            0 => shown,
            more => format!("{shown} {}", self.more.replace("{}", &more.to_string())),
        }
    }
}

impl IntakeReport {
    fn words(&self) -> &'static Words {
        match self.language {
            NoteLanguage::English => &ENGLISH,
            NoteLanguage::German => &GERMAN,
        }
    }

    /// The sentence the client reads first.
    pub fn verdict(&self) -> &'static str {
        let words = self.words();
        if self.telling == Telling::Receipt {
            return words.receipt;
        }
        match self.findings.iter().map(|finding| finding.weight).min() {
            Some(Weight::Blocks) => words.blocks,
            Some(Weight::Ask) => words.asks,
            Some(Weight::Note) | None => words.clear,
        }
    }

    /// The note as plain text in UTF-8 with CRLF line ends.
    pub fn text(&self) -> Vec<u8> {
        let words = self.words();
        let mut page = Page::default();
        page.heading(&format!("{}: {}", self.studio, words.title));
        page.blank();
        page.filled("", self.verdict());
        page.blank();
        let rows = self.facts();
        let rows: Vec<(&str, &str)> = rows.iter().map(|(l, r)| (*l, r.as_str())).collect();
        page.columns(&rows);
        if self.telling == Telling::Findings {
            self.findings_text(&mut page);
        }
        if !self.measurements.is_empty() && self.telling == Telling::Findings {
            page.blank();
            page.heading(words.measured);
            let rows = self.measurements.iter();
            let rows: Vec<(&str, &str)> =
                rows.map(|(l, r)| (words.figure(l), r.as_str())).collect();
            page.columns(&rows);
        }
        page.blank();
        page.filled("", words.kept);
        if let Some(portal) = &self.portal {
            page.filled(&format!("{} ", words.answer), portal);
        }
        page.into_bytes()
    }

    /// The same note as a page: HTML that holds everything it shows, without script, for a
    /// browser, a network share and a printer.
    pub fn html(&self) -> Vec<u8> {
        let words = self.words();
        let title = format!("{}: {}", self.studio, words.title);
        let mut page = NotePage::new(&title, &self.file_name, words.code);
        page.lead(self.verdict());
        page.facts(&self.facts());
        if self.telling == Telling::Findings {
            for (title, of_weight) in self.by_weight() {
                page.heading(title);
                for finding in of_weight {
                    let places = words.places(&finding.at_seconds);
                    page.finding(finding, (words.at, &places), words.to_do);
                }
            }
            if !self.measurements.is_empty() {
                page.heading(words.measured);
                let rows = self.measurements.iter();
                let rows: Vec<(&str, String)> =
                    rows.map(|(l, r)| (words.figure(l), r.clone())).collect();
                page.facts(&rows);
            }
        }
        page.close(words.kept, (words.answer, self.portal.as_deref()))
    }

    /// What the file is, in rows.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let words = self.words();
        let mut rows = vec![(words.file, self.file_name.clone())];
        rows.extend(self.order.clone().map(|order| (words.order, order)));
        let received = format!("{} {}", self.received, self.zone);
        rows.push((words.received, received));
        rows.extend(self.format.clone().map(|format| (words.format, format)));
        rows.push(("SHA-256", self.file_sha256.clone()));
        rows
    }

    /// The findings of each weight under its title, the gravest first; none without a finding.
    fn by_weight(&self) -> impl Iterator<Item = (&'static str, Vec<&ReportFinding>)> {
        let sections = self.words().sections;
        sections.into_iter().filter_map(|(weight, title)| {
            let found = self.findings.iter().filter(|f| f.weight == weight);
            let found: Vec<&ReportFinding> = found.collect();
            (!found.is_empty()).then_some((title, found))
        })
    }

    fn findings_text(&self, page: &mut Page) {
        let words = self.words();
        for (title, of_weight) in self.by_weight() {
            page.blank();
            page.heading(title);
            for finding in of_weight {
                page.filled("- ", &finding.what);
                if !finding.at_seconds.is_empty() {
                    let places = words.places(&finding.at_seconds);
                    page.filled(&format!("  {} ", words.at), &places);
                }
                if !finding.to_do.is_empty() {
                    page.filled(&format!("  {} ", words.to_do), &finding.to_do);
                }
            }
        }
    }
}

/// A place in a song as people write it: `2:14.305`, `1:02:14.305`.
pub fn timecode(seconds: f64) -> String {
    let ms = (seconds.max(0.0) * 1000.0).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and a float cast saturates far beyond any song"
    )]
    let ms = ms as u64;
    let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
    let (seconds, ms) = (ms / 1000 % 60, ms % 1000);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}.{ms:03}")
    } else {
        format!("{minutes}:{seconds:02}.{ms:03}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(findings: Vec<ReportFinding>) -> IntakeReport {
        IntakeReport {
            language: NoteLanguage::English,
            studio: "Studio North".into(),
            file_name: "LQ-1001 song.wav".into(),
            order: Some("LQ-1001".into()),
            received: Moment::from_unix_ms(1_795_132_800_000).unwrap(),
            zone: "UTC".into(),
            format: Some("WAV, 48 kHz, 24 bit, stereo, 4:02.310".into()),
            file_sha256: "ab".repeat(32),
            measurements: vec![
                ("Integrated loudness".into(), "-16.2 LUFS".into()),
                ("True peak".into(), "-4.1 dBTP".into()),
            ],
            findings,
            telling: Telling::Findings,
            portal: Some("http://127.0.0.1:8080/p/abc".into()),
        }
    }

    fn finding(weight: Weight, what: &str, at_seconds: Vec<f64>, to_do: &str) -> ReportFinding {
        ReportFinding {
            weight,
            what: what.into(),
            at_seconds,
            to_do: to_do.into(),
            picture: None,
        }
    }

    #[test]
    fn the_note_reads_like_a_letter() {
        let said = report(vec![
            finding(Weight::Note, "The last second is silent.", vec![], ""),
            finding(
                Weight::Ask,
                "The mix clips on both channels.",
                vec![134.3054, 3734.0],
                "Export it again with the master fader 3 dB lower.",
            ),
        ]);
        let text = String::from_utf8(said.text()).unwrap();
        let expected = [
            "Studio North: intake check",
            "--------------------------",
            "",
            "This mix has arrived whole. Before we go on, please look at the points below.",
            "",
            "File      LQ-1001 song.wav",
            "Order     LQ-1001",
            "Received  2026-11-20 00:00:00 UTC",
            "Format    WAV, 48 kHz, 24 bit, stereo, 4:02.310",
            &format!("SHA-256   {}", "ab".repeat(32)),
            "",
            "Please look at this",
            "-------------------",
            "- The mix clips on both channels.",
            "  at 2:14.305, 1:02:14.000",
            "  What to do: Export it again with the master fader 3 dB lower.",
            "",
            "Good to know",
            "------------",
            "- The last second is silent.",
            "",
            "Measured",
            "--------",
            "Integrated loudness  -16.2 LUFS",
            "True peak            -4.1 dBTP",
            "",
            "Your file has been kept exactly as it came.",
            "Answer and listen here: http://127.0.0.1:8080/p/abc",
            "",
        ];
        assert_eq!(text.split("\r\n").collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_german_client_reads_a_german_letter() {
        let said = IntakeReport {
            language: NoteLanguage::German,
            ..report(vec![finding(
                Weight::Ask,
                "Der Mix \u{fc}bersteuert.",
                vec![134.3054; 14],
                "Bitte exportieren Sie noch einmal.",
            )])
        };
        let text = String::from_utf8(said.text()).unwrap();
        let html = String::from_utf8(said.html()).unwrap();
        for part in [
            "Studio North: Eingangspr\u{fc}fung",
            "sehen Sie sich bitte die folgenden Punkte",
            "Auftrag",
            "und 2 weiteren Stellen",
            "Was Sie tun k\u{f6}nnen: Bitte exportieren",
            "Lautheit insgesamt",
            "Hier antworten",
        ] {
            let in_one_line = text.replace("\r\n", " ").replace("  ", " ");
            assert!(in_one_line.contains(part), "{part} is missing in {text}");
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        for english in ["intake", "What to do", "Measured", "Received", " at "] {
            assert!(!text.contains(english), "{english} stands in {text}");
            assert!(!html.contains(english), "{english} stands in {html}");
        }
        assert!(html.contains("<html lang=\"de\">"));
    }

    #[test]
    fn the_page_holds_everything_and_runs_nothing() {
        let mut said = report(vec![ReportFinding {
            picture: Some(
                "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>x</script></svg>".into(),
            ),
            ..finding(
                Weight::Ask,
                "It clips <here>.",
                vec![134.3054],
                "Print & send.",
            )
        }]);
        said.file_name = "<img src=x onerror=y>.wav".into();
        let html = String::from_utf8(said.html()).unwrap();
        assert!(html.starts_with("<!doctype html>"));
        for part in [
            "It clips &lt;here&gt;.",
            "2:14.305",
            "Print &amp; send.",
            "-16.2 LUFS",
            "&lt;img src=x",
            "<img alt=\"\" src=\"data:image/svg+xml,%3Csvg",
            "http://127.0.0.1:8080/p/abc",
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        // A picture is shown as a picture: whatever stands in it does not run, and nothing is fetched.
        assert!(
            !html.contains("<script") && !html.contains("<img src=x"),
            "{html}"
        );
        assert!(html.contains("default-src 'none'"));
    }

    #[test]
    fn a_receipt_does_not_tell_whether_anything_was_found() {
        let blocks = finding(Weight::Blocks, "The file is silent.", vec![], "");
        let receipt = |findings| IntakeReport {
            telling: Telling::Receipt,
            ..report(findings)
        };
        let (found, clear) = (receipt(vec![blocks]), receipt(vec![]));
        assert_eq!(found.text(), clear.text());
        assert_eq!(found.html(), clear.html());
        let text = String::from_utf8(found.text()).unwrap();
        assert!(
            text.contains("arrived whole") && !text.contains("LUFS"),
            "{text}"
        );
    }

    #[test]
    fn the_heaviest_finding_gives_the_verdict() {
        let blocks = finding(Weight::Blocks, "The file is empty.", vec![], "");
        let note = finding(Weight::Note, "Small.", vec![], "");
        assert!(
            report(vec![note.clone(), blocks])
                .verdict()
                .contains("cannot be mastered")
        );
        assert!(report(vec![note]).verdict().contains("ready"));
        assert!(report(vec![]).verdict().contains("ready"));
    }

    #[test]
    fn a_thousand_places_are_counted_not_listed() {
        let at: Vec<f64> = (0..1000_u32).map(f64::from).collect();
        assert!(ENGLISH.places(&at).ends_with("0:11.000 and 988 more"));
    }

    #[test]
    fn timecodes_round_to_the_millisecond() {
        assert_eq!(timecode(59.9996), "1:00.000");
        assert_eq!(timecode(-1.0), "0:00.000");
        assert_eq!(timecode(f64::NAN), "0:00.000");
    }
}
