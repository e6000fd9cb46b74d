//! What shops do to the level of a programme: to each song alone, and to the album played in order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::balance::SongHeard;

/// The house's own list, `config/shops.toml`.
const HOUSE: &str = include_str!("../../../../config/shops.toml");

/// Where a shop stops to turn a quiet song up, in dBTP: what lossy encoding adds to peaks stays below full scale.
const PEAKS_UP_TO_DBTP: f64 = -1.0;

/// How a shop turns music.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    /// Its name for people.
    pub title: String,
    /// Where a song is turned to, integrated.
    pub level_lufs: f64,
    /// What becomes of quieter ones.
    pub quiet: Quiet,
    /// By what an album is turned.
    pub album: AlbumBy,
}

/// What a shop does with what is quieter than its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quiet {
    /// It is turned up, as far as its peaks allow.
    TurnedUp,
    /// It stays as it is.
    Left,
}

/// By what an album that is played in order is turned: all of its songs by the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlbumBy {
    /// The loudness of the whole.
    Whole,
    /// The loudness of its loudest song.
    LoudestSong,
    /// Not at all: each song is turned for itself there too.
    No,
}

/// What a shop does to a programme.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turned {
    /// The shop's name.
    pub shop: String,
    /// Each song alone, in dB; none for silence.
    pub songs_db: Vec<Option<f64>>,
    /// The album in order, in dB for all of its songs; none where the shop turns songs only, or all is silent.
    pub album_db: Option<f64>,
}

impl Shop {
    /// The house's own list of shops, by their keys.
    ///
    /// # Panics
    /// Never: a test reads the list.
    #[must_use]
    pub fn house() -> BTreeMap<String, Self> {
        toml::from_str(HOUSE).expect("a test reads the house's own shops")
    }

    /// What it does to songs, and to an album whose whole loudness is `whole_lufs`.
    #[must_use]
    pub fn turn(&self, songs: &[SongHeard], whole_lufs: Option<f64>) -> Turned {
        let peak = |peak: f64, song: &SongHeard| peak.max(song.true_peak_dbtp.unwrap_or(peak));
        let highest = songs.iter().fold(f64::NEG_INFINITY, peak);
        let loudest = songs.iter().filter_map(|song| song.integrated_lufs);
        let by = match self.album {
            AlbumBy::Whole => whole_lufs,
            AlbumBy::LoudestSong => loudest.max_by(f64::total_cmp),
            AlbumBy::No => None,
        };
        let own = |song: &SongHeard| {
            let peak = song.true_peak_dbtp.unwrap_or(f64::NEG_INFINITY);
            song.integrated_lufs.map(|lufs| self.change(lufs, peak))
        };
        Turned {
            shop: self.title.clone(),
            songs_db: songs.iter().map(own).collect(),
            album_db: by.map(|lufs| self.change(lufs, highest)),
        }
    }

    fn change(&self, lufs: f64, peak_dbtp: f64) -> f64 {
        let wanted = self.level_lufs - lufs;
        match self.quiet {
            _ if wanted <= 0.0 => wanted,
            Quiet::Left => 0.0,
            Quiet::TurnedUp => wanted.min((PEAKS_UP_TO_DBTP - peak_dbtp).max(0.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn song(lufs: f64, peak: f64) -> SongHeard {
        SongHeard {
            title: "Song".to_owned(),
            integrated_lufs: Some(lufs),
            max_short_term_lufs: None,
            range_top_lufs: None,
            true_peak_dbtp: Some(peak),
            brightness_db: None,
        }
    }

    #[test]
    fn songs_are_turned_alone_and_an_album_as_one() {
        let shops = Shop::house();
        assert!(shops.len() >= 4);
        let songs = [song(-9.0, -0.5), song(-18.0, -3.0), song(-14.0, -1.0)];
        let turned = |name: &str| shops[name].turn(&songs, Some(-11.0));
        let spotify = turned("spotify");
        // The quiet song would need 4 dB, and its peaks leave 2.
        assert_eq!(spotify.songs_db, [Some(-5.0), Some(2.0), Some(0.0)]);
        assert_eq!(spotify.album_db, Some(-3.0));
        let tidal = turned("tidal");
        assert_eq!(tidal.songs_db, [Some(-5.0), Some(0.0), Some(0.0)]);
        assert_eq!(tidal.album_db, Some(-5.0));
        assert_eq!(turned("youtube").album_db, None);
    }
}
