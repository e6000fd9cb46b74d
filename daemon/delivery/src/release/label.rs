//! The text that is printed on a disc or a record's label: what is known of it, and nothing else.

use std::time::Duration;

use super::Release;

/// A line of a label: a song as it plays on the disc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelSong {
    /// The track, from 1.
    pub track: u32,
    /// How long it sounds.
    pub length: Duration,
}

impl Release {
    /// The text of a disc's label, in lines: `side` is what the disc is called, `songs` are its tracks.
    ///
    /// Songs by somebody else than the release say so, and whoever wrote them all alike stands once at the end.
    pub fn label_text(&self, disc: u32, side: Option<&str>, songs: &[LabelSong]) -> String {
        let mut lines: Vec<String> = self.artist.iter().cloned().collect();
        lines.push(self.title.clone());
        let of = (self.discs() > 1).then(|| format!("Disc {disc} of {}", self.discs()));
        let which: Vec<&str> = of.as_deref().into_iter().chain(side).collect();
        if !which.is_empty() {
            lines.push(which.join(", "));
        }
        let codes = [self.label.as_deref(), self.catalogue_number.as_deref()];
        let codes: Vec<&str> = codes.into_iter().flatten().collect();
        if !codes.is_empty() {
            lines.push(codes.join("  "));
        }
        if let Some(ean) = self.ean {
            lines.push(format!("EAN {ean}"));
        }
        lines.push(String::new());
        let writers: Vec<String> = self.songs_on(disc).map(writers).collect();
        let shared = writers
            .first()
            .filter(|first| !first.is_empty() && writers.iter().all(|one| one == *first));
        for (song, written) in self.songs_on(disc).zip(&writers) {
            let plays = songs.iter().find(|plays| plays.track == song.track);
            let length =
                plays.map_or_else(String::new, |plays| format!("  {}", clock(plays.length)));
            lines.push(format!("{:>2}  {}{length}", song.track, song.title));
            if song.artist != self.artist {
                lines.extend(song.artist.iter().map(|artist| format!("    {artist}")));
            }
            if shared.is_none() && !written.is_empty() {
                lines.push(format!("    ({written})"));
            }
        }
        lines.push(String::new());
        let whole = songs.iter().map(|song| song.length).sum();
        lines.push(format!("Music {}", clock(whole)));
        lines.extend(shared.map(|written| format!("Written by {written}")));
        let p_line = self.p_line.iter().map(|line| format!("\u{2117} {line}"));
        let c_line = self.c_line.iter().map(|line| format!("\u{a9} {line}"));
        lines.extend(p_line.chain(c_line));
        lines.join("\n") + "\n"
    }
}

/// Composers, then authors who are not among them.
fn writers(song: &super::ReleaseSong) -> String {
    let credits = &song.credits;
    let others = credits.authors.iter();
    let others = others.filter(|author| !credits.composers.contains(author));
    let all: Vec<&str> = credits
        .composers
        .iter()
        .chain(others)
        .map(String::as_str)
        .collect();
    all.join(", ")
}

/// Minutes and seconds, the nearest.
fn clock(length: Duration) -> String {
    let seconds = (length + Duration::from_millis(500)).as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::{ProgrammeFacts, ReleaseSheet, SongFacts};

    fn release(text: &str) -> Release {
        let song = |(track, name): (u32, &str)| SongFacts {
            disc: 1,
            track,
            name: name.to_owned(),
            title: name.to_owned(),
        };
        let facts = ProgrammeFacts {
            title: "Northern Lines".into(),
            artist: Some("Ada".into()),
            songs: (1..).zip(["Rain", "Coda"]).map(song).collect(),
            other_names: Vec::new(),
        };
        ReleaseSheet::read(text).unwrap().complete(&facts).unwrap()
    }

    fn songs() -> Vec<LabelSong> {
        let song = |(track, ms)| LabelSong {
            track,
            length: Duration::from_millis(ms),
        };
        (1..).zip([185_400, 59_600]).map(song).collect()
    }

    #[test]
    fn a_label_says_what_is_known_of_the_disc() {
        let release = release(
            "[release]\nlabel = \"Laqueur\"\ncatalogue_number = \"LAQ001\"\np_line = \"2026 Laqueur\"\n[[release.song]]\nsong = \"Rain\"\ncomposers = [\"Bo\"]\nauthors = [\"Cy\", \"Bo\"]\n[[release.song]]\nsong = \"Coda\"\nartist = \"Gil\"\n",
        );
        assert_eq!(
            release.label_text(1, Some("Side A"), &songs()),
            "Ada\nNorthern Lines\nSide A\nLaqueur  LAQ001\n\n 1  Rain  3:05\n    (Bo, Cy)\n 2  Coda  1:00\n    Gil\n\nMusic 4:05\n\u{2117} 2026 Laqueur\n"
        );
    }

    #[test]
    fn one_writer_of_all_songs_stands_once() {
        let song =
            |name: &str| format!("[[release.song]]\nsong = \"{name}\"\ncomposers = [\"Bo\"]\n");
        let text = format!(
            "[release]\nean = \"4006381333931\"\n{}{}",
            song("Rain"),
            song("Coda")
        );
        let said = release(&text).label_text(1, None, &songs());
        assert_eq!(
            said,
            "Ada\nNorthern Lines\nEAN 4006381333931\n\n 1  Rain  3:05\n 2  Coda  1:00\n\nMusic 4:05\nWritten by Bo\n"
        );
    }
}
