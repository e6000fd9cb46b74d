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

/// What the note says about one mix.
#[derive(Clone, Debug, PartialEq)]
pub struct IntakeReport {
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

/// The sections of findings, in the order a client should read them.
const TITLES: [(Weight, &str); 3] = [
    (Weight::Blocks, "What stops us"),
    (Weight::Ask, "Please look at this"),
    (Weight::Note, "Good to know"),
];

impl IntakeReport {
    /// The sentence the client reads first.
    pub fn verdict(&self) -> &'static str {
        if self.telling == Telling::Receipt {
            return "This mix has arrived whole. The studio listens to it and will tell you about it.";
        }
        match self.findings.iter().map(|finding| finding.weight).min() {
            Some(Weight::Blocks) => {
                "This mix cannot be mastered as it is. Please see below and send it again."
            }
            Some(Weight::Ask) => {
                "This mix has arrived whole. Before we go on, please look at the points below."
            }
            Some(Weight::Note) | None => "This mix has arrived whole and is ready for mastering.",
        }
    }

    /// The note as plain text in UTF-8 with CRLF line ends.
    pub fn text(&self) -> Vec<u8> {
        let mut page = Page::default();
        page.heading(&format!("{}: intake check", self.studio));
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
            page.heading("Measured");
            let rows = self.measurements.iter();
            let rows: Vec<(&str, &str)> = rows.map(|(l, r)| (l.as_str(), r.as_str())).collect();
            page.columns(&rows);
        }
        page.blank();
        page.filled("", "Your file has been kept exactly as it came.");
        if let Some(portal) = &self.portal {
            page.filled("Answer and listen here: ", portal);
        }
        page.into_bytes()
    }

    /// The same note as a page: HTML that holds everything it shows, without script, for a
    /// browser, a network share and a printer.
    pub fn html(&self) -> Vec<u8> {
        let mut page = NotePage::new(&format!("{}: intake check", self.studio), &self.file_name);
        page.lead(self.verdict());
        page.facts(&self.facts());
        if self.telling == Telling::Findings {
            for (title, of_weight) in self.by_weight() {
                page.heading(title);
                for finding in of_weight {
                    page.finding(finding, &places(&finding.at_seconds));
                }
            }
            if !self.measurements.is_empty() {
                page.heading("Measured");
                let rows = self.measurements.iter();
                let rows: Vec<(&str, String)> =
                    rows.map(|(l, r)| (l.as_str(), r.clone())).collect();
                page.facts(&rows);
            }
        }
        page.close(
            "Your file has been kept exactly as it came.",
            self.portal.as_deref(),
        )
    }

    /// What the file is, in rows.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![("File", self.file_name.clone())];
        rows.extend(self.order.clone().map(|order| ("Order", order)));
        rows.push(("Received", format!("{} {}", self.received, self.zone)));
        rows.extend(self.format.clone().map(|format| ("Format", format)));
        rows.push(("SHA-256", self.file_sha256.clone()));
        rows
    }

    /// The findings of each weight under its title, the gravest first; none without a finding.
    fn by_weight(&self) -> impl Iterator<Item = (&'static str, Vec<&ReportFinding>)> {
        TITLES.into_iter().filter_map(|(weight, title)| {
            let found = self.findings.iter().filter(|f| f.weight == weight);
            let found: Vec<&ReportFinding> = found.collect();
            (!found.is_empty()).then_some((title, found))
        })
    }

    fn findings_text(&self, page: &mut Page) {
        for (title, of_weight) in self.by_weight() {
            page.blank();
            page.heading(title);
            for finding in of_weight {
                page.filled("- ", &finding.what);
                if !finding.at_seconds.is_empty() {
                    page.filled("  at ", &places(&finding.at_seconds));
                }
                if !finding.to_do.is_empty() {
                    page.filled("  What to do: ", &finding.to_do);
                }
            }
        }
    }
}

fn places(at_seconds: &[f64]) -> String {
    let shown = at_seconds.iter().take(MAX_PLACES);
    let shown = shown.map(|at| timecode(*at)).collect::<Vec<_>>().join(", ");
    match at_seconds.len().saturating_sub(MAX_PLACES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
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
        assert!(places(&at).ends_with("0:11.000 and 988 more"));
    }

    #[test]
    fn timecodes_round_to_the_millisecond() {
        assert_eq!(timecode(59.9996), "1:00.000");
        assert_eq!(timecode(-1.0), "0:00.000");
        assert_eq!(timecode(f64::NAN), "0:00.000");
    }
}
