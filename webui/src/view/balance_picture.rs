//! All songs of a programme side by side as a picture: loudness, where each would go, and spectrum.

use std::fmt::Write as _;

use askama::Template;
use studio::{ProgrammeBalance, SongBeside};

/// Pixels of the part that shows loudness, and of the part that shows spectra.
const LOUD: f64 = 120.0;
const SPECTRUM: f64 = 96.0;
/// Pixels of a song's column, at least and at most.
const COLUMN: (f64, f64) = (84.0, 180.0);
/// What is seen beyond the loudest and the quietest, in LU.
const MARGIN_LU: f64 = 4.0;
/// Nothing quieter than this is seen, in LUFS.
const QUIETEST_LUFS: f64 = -50.0;
/// Below it songs hold little but rumble, in hertz.
const LOWEST_HZ: f64 = 30.0;
/// Letters of a title that a column has room for.
const TITLE_LETTERS: usize = 11;

/// A picture of a proposal.
#[derive(Template)]
#[template(path = "balance_picture.html")]
struct Picture {
    wide: f64,
    tall: f64,
    title_y: f64,
    songs: Vec<Column>,
}

/// One song: from its loudness to its loudest seconds, where it would go, and its spectrum over the anchor's.
struct Column {
    left: f64,
    title: String,
    class: &'static str,
    level: Option<Level>,
    /// Lines with their classes.
    lines: Vec<(String, &'static str)>,
}

/// A loudness, as heights from above.
struct Level {
    middle: f64,
    top: f64,
    range: f64,
    own: f64,
    moved: Option<f64>,
    words: String,
}

/// Heights of levels in LUFS.
struct Heights {
    loudest: f64,
    quietest: f64,
}

impl Heights {
    fn of(songs: &[SongBeside]) -> Self {
        let heard = songs.iter().map(|song| &song.heard);
        let levels = heard.flat_map(|song| [song.integrated_lufs, song.max_short_term_lufs]);
        let levels: Vec<f64> = levels.flatten().collect();
        let loudest = levels.iter().copied().fold(QUIETEST_LUFS, f64::max);
        let quietest = levels.iter().copied().fold(loudest, f64::min);
        Self {
            loudest: loudest + MARGIN_LU / 2.0,
            quietest: quietest.max(QUIETEST_LUFS) - MARGIN_LU,
        }
    }

    fn of_level(&self, lufs: f64) -> f64 {
        let below = self.loudest - lufs.max(self.quietest);
        round(16.0 + below / (self.loudest - self.quietest) * LOUD)
    }
}

/// Draws a proposal whose anchor is this song, from 1; each song's column is `column` pixels wide, within what it needs.
pub(crate) fn picture(balance: &ProgrammeBalance, anchor: usize, column: f64) -> String {
    // What is no number is as narrow as can be.
    let column = column.round().max(COLUMN.0).min(COLUMN.1);
    let heights = Heights::of(&balance.songs);
    let anchor_song = anchor.checked_sub(1).and_then(|at| balance.songs.get(at));
    let songs = balance.songs.iter().zip(&balance.steps).zip(1_u32..);
    let songs: Vec<Column> = songs
        .map(|((song, step), number)| {
            let left = f64::from(number - 1) * column;
            let is_anchor = usize::try_from(number) == Ok(anchor);
            let class = if is_anchor { "anchor" } else { "" };
            let beside = anchor_song.filter(|_| !is_anchor);
            let beside = beside.and_then(|anchor| spectrum(anchor, left, column));
            let own = spectrum(song, left, column);
            let lines = beside.map(|line| (line, "beside")).into_iter();
            Column {
                left: left + 6.0,
                title: shortened(&song.heard.title),
                class,
                level: level(song, step.gain_db, &heights, left + column / 2.0 - 14.0),
                lines: lines.chain(own.map(|line| (line, class))).collect(),
            }
        })
        .collect();
    let picture = Picture {
        wide: column * songs.len() as f64,
        tall: 66.0 + LOUD + SPECTRUM,
        title_y: 40.0 + LOUD,
        songs,
    };
    picture.render().expect("drawing into a string cannot fail")
}

fn level(song: &SongBeside, gain_db: f64, heights: &Heights, middle: f64) -> Option<Level> {
    let lufs = song.heard.integrated_lufs?;
    let top = heights.of_level(song.heard.max_short_term_lufs.unwrap_or(lufs));
    let own = heights.of_level(lufs);
    Some(Level {
        middle,
        top,
        range: (own - top).max(1.0),
        own,
        moved: (gain_db != 0.0).then(|| heights.of_level(lufs + gain_db) - 0.75),
        words: format!("{lufs:.1}").replace('-', "\u{2212}"),
    })
}

/// A song's spectrum against its own level, so that only its colour is compared; none where too little was measured.
fn spectrum(song: &SongBeside, left: f64, column: f64) -> Option<String> {
    song.heard.integrated_lufs?;
    let octaves = song.octaves.iter().filter(|(hz, _)| *hz >= LOWEST_HZ);
    let levels: Vec<f64> = octaves.filter_map(|(_, level)| *level).collect();
    if levels.len() < 2 {
        return None;
    }
    let mean = levels.iter().sum::<f64>() / levels.len() as f64;
    let step = (column - 16.0) / (levels.len() - 1) as f64;
    let mut points = String::new();
    for (level, n) in levels.iter().zip(0_u32..) {
        let db = (level - mean - 22.0).clamp(-50.0, 0.0);
        let (x, y) = (
            left + 8.0 + f64::from(n) * step,
            60.0 + LOUD - db / 50.0 * SPECTRUM,
        );
        write!(points, "{x:.1},{y:.1} ").expect("writing to a string cannot fail");
    }
    points.pop();
    Some(points)
}

fn shortened(title: &str) -> String {
    if title.chars().count() <= TITLE_LETTERS {
        return title.to_owned();
    }
    let kept: String = title.chars().take(TITLE_LETTERS - 1).collect();
    format!("{kept}\u{2026}")
}

/// To a tenth of a pixel.
fn round(pixels: f64) -> f64 {
    (pixels * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use mastering::programme::{BalanceLimits, BalanceStep, LoudnessBy, SongHeard};

    use super::*;

    fn song(title: &str, lufs: Option<f64>) -> SongBeside {
        SongBeside {
            heard: SongHeard {
                title: title.to_owned(),
                integrated_lufs: lufs,
                max_short_term_lufs: lufs.map(|lufs| lufs + 3.0),
                range_top_lufs: lufs,
                true_peak_dbtp: lufs,
                brightness_db: None,
            },
            octaves: vec![(20.0, None), (40.0, Some(-20.0)), (80.0, Some(-26.0))],
        }
    }

    fn drawn(songs: Vec<SongBeside>, gain_db: f64) -> String {
        let steps = songs.iter().map(|song| BalanceStep {
            title: song.heard.title.clone(),
            gain_db,
            tilt_db: 0.0,
            left_lu: None,
            reasons: Vec::new(),
        });
        let balance = ProgrammeBalance {
            by: LoudnessBy::Integrated,
            limits: BalanceLimits::default(),
            steps: steps.collect(),
            whole_lufs: None,
            shops: Vec::new(),
            songs,
        };
        picture(&balance, 1, 100.0)
    }

    #[test]
    fn each_song_has_its_column_and_the_anchors_spectrum_behind_its_own() {
        let songs = vec![song("A & B <i>", Some(-14.0)), song("Second", Some(-20.0))];
        let svg = drawn(songs, -1.0);
        assert!(
            svg.contains("width=\"200\"") && svg.contains("\u{2212}14.0"),
            "{svg}"
        );
        // A title is text, whatever letters it has.
        assert!(svg.contains("A &#38; B &#60;i&#62;"), "{svg}");
        assert_eq!(svg.matches("<polyline").count(), 3, "{svg}");
        assert_eq!(svg.matches("class=\"moved\"").count(), 2, "{svg}");
        // 15 LU from −9 to −24 LUFS are seen on 120 pixels: the loudnesses are 5 and 11 below the top.
        assert!(
            svg.contains("y=\"54.5\"") && svg.contains("y=\"102.5\""),
            "{svg}"
        );
    }

    #[test]
    fn silence_has_no_level_and_long_titles_are_cut_between_letters() {
        let svg = drawn(vec![song("Überlängenträger", None)], 0.0);
        assert!(
            svg.contains("Überlängen\u{2026}") && !svg.contains("<rect"),
            "{svg}"
        );
        assert!(!svg.contains("NaN") && !svg.contains("polyline"), "{svg}");
    }
}
