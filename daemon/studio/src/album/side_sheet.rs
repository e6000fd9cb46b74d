//! What lies beside the lathe: a side's songs with their times, its figures, and what was found.

use std::fmt::Write as _;

use super::{Album, Format, SideMade};

/// What a side is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideNamed {
    /// Its disc, from 0.
    pub disc: usize,
    /// Its letter.
    pub letter: String,
    /// Its title, or its letter in words.
    pub title: String,
}

impl Album {
    /// What each disc is called as a side.
    pub fn sides_named(&self) -> impl Iterator<Item = SideNamed> + '_ {
        let discs = self.timeline.discs.iter().enumerate();
        ('A'..='Z')
            .cycle()
            .zip(discs)
            .map(|(letter, (disc, line))| {
                let title = line.title.clone();
                let title = title.unwrap_or_else(|| format!("Side {letter}"));
                // A title such as "Side C" tells its own letter.
                let own = title.strip_prefix("Side ").unwrap_or_default();
                let is_letter = own.len() == 1 && own.chars().all(|c| c.is_ascii_uppercase());
                let letter = if is_letter {
                    own.to_owned()
                } else {
                    letter.to_string()
                };
                SideNamed {
                    disc,
                    letter,
                    title,
                }
            })
    }

    /// The cue sheet of a side that was written into the file `name`.
    #[must_use]
    pub fn side_sheet(
        &self,
        side: &SideNamed,
        (name, format): (&str, Format),
        made: &SideMade,
    ) -> String {
        let programme = &self.programme;
        let figure =
            |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.1}"));
        let mut text = format!("{}: {}\n", programme.title, side.title);
        let artist = programme.artist.iter().map(|artist| format!("{artist}\n"));
        text.extend(artist);
        let Some(line) = self.timeline.discs.get(side.disc) else {
            return text;
        };
        let record = programme.discs.get(side.disc);
        if let Some(record) = record.and_then(|disc| disc.side.as_ref()) {
            let lengths = record.lengths();
            let _ = writeln!(
                text,
                "{record}; length {}, full level up to {}, at most {}",
                line.length, lengths.full_level, lengths.longest
            );
        }
        let _ = writeln!(
            text,
            "{} Hz, {} frames, {} LUFS, {} dBTP\nfile {name}\nSHA-256 of its samples {}\n",
            format.rate_hz,
            made.written.frames,
            figure(made.measured.integrated_lufs),
            figure(made.measured.true_peak_dbtp),
            made.written.samples_sha256
        );
        let _ = writeln!(
            text,
            "      gap from       mark        end     length  title"
        );
        for song in &line.tracks {
            let _ = writeln!(
                text,
                "{:<3} {:>10} {:>10} {:>10} {:>10}  {}",
                format!("{}{}", side.letter, song.number),
                song.gap_from.to_string(),
                song.mark.to_string(),
                song.end.to_string(),
                (song.end - song.start).to_string(),
                song.title
            );
        }
        if !made.findings.is_empty() {
            text += "\nfor the cutter\n";
            let findings = made.findings.iter();
            text.extend(findings.map(|finding| format!("- {}\n", finding.words)));
        }
        text
    }
}
