//! What shops ask of a video, held against what one is.

use serde::{Deserialize, Serialize};

use super::{Movie, MovieTrack, TrackKind};
use crate::finding::Finding;
use crate::sync::Sync;

/// Bytes of a gigabyte.
const GB: u64 = 1_000_000_000;
/// The frame that a video without a rate is judged by, in milliseconds: that of 25 a second.
const USUAL_FRAME_MS: f64 = 40.0;

/// What a recipient takes as a video; the figures that shops ask for where nothing else is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MovieRules {
    /// The largest file, in gigabytes of a thousand million bytes.
    pub most_gb: u64,
    /// How much longer or shorter than its song it may be, in seconds, before a person is asked.
    pub length_tolerance_seconds: f64,
    /// How many frames its sound may lie beside the song before a person is asked.
    pub most_frames_off: f64,
}

impl Default for MovieRules {
    fn default() -> Self {
        Self {
            most_gb: 6,
            length_tolerance_seconds: 2.0,
            most_frames_off: 1.0,
        }
    }
}

/// The song that a video is of, as it was approved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Song<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its length in seconds.
    pub seconds: f64,
    /// How the video's sound lies against it; none where it could not be laid beside it.
    pub sync: Option<Sync>,
}

impl Movie {
    /// Says what of it these rules refuse, and what a person has to look at.
    pub fn judge(&self, rules: &MovieRules, song: Option<Song<'_>>) -> Vec<Finding> {
        let mut found: Vec<Finding> = self
            .damage
            .iter()
            .map(|damage| Finding::blocks(format!("The film is damaged: {damage}.")))
            .collect();
        if self.bytes > rules.most_gb.saturating_mul(GB) {
            let tenths = self.bytes / (GB / 10);
            found.push(Finding::blocks(format!(
                "The film has {}.{} GB; at most {} GB are taken.",
                tenths / 10,
                tenths % 10,
                rules.most_gb
            )));
        }
        self.pictures(&mut found);
        self.words(&mut found);
        self.sounds(&mut found);
        if let Some(song) = song {
            self.beside(rules, song, &mut found);
        }
        found
    }

    fn pictures(&self, found: &mut Vec<Finding>) {
        let pictures: Vec<&MovieTrack> = self.of_kind(TrackKind::Picture).collect();
        match pictures.as_slice() {
            [] => found.push(Finding::blocks(
                "The film has no picture; export the video with it.",
            )),
            [one] => {
                if one.width_px == 0 || one.height_px == 0 || one.seconds <= 0.0 {
                    found.push(Finding::blocks(
                        "The film's picture has no size or no length; export the video again.",
                    ));
                }
                if !one.is_steady {
                    found.push(Finding::ask(format!(
                        "Its pictures do not come evenly ({:.2} a second on average); shops want one frame rate throughout.",
                        one.frame_rate.unwrap_or(0.0)
                    )));
                }
            }
            more => found.push(Finding::ask(format!(
                "The film has {} tracks of pictures; a shop shows the first alone.",
                more.len()
            ))),
        }
    }

    fn words(&self, found: &mut Vec<Finding>) {
        for (track, no) in self.tracks.iter().zip(1..) {
            let what = match track.kind {
                TrackKind::Text => "words over the picture (subtitles, captions or chapters)",
                TrackKind::Timecode => "a timecode",
                TrackKind::Other => {
                    found.push(Finding::ask(format!(
                        "Track {no} is neither picture nor sound ({}); export the video without it.",
                        track.codec
                    )));
                    continue;
                }
                TrackKind::Picture | TrackKind::Sound => continue,
            };
            found.push(Finding::blocks(format!(
                "Track {no} holds {what}; export the video without it."
            )));
        }
    }

    fn sounds(&self, found: &mut Vec<Finding>) {
        let sounds: Vec<&MovieTrack> = self.of_kind(TrackKind::Sound).collect();
        match sounds.as_slice() {
            [] => found.push(Finding::blocks(
                "The film has no sound; export the video with its song.",
            )),
            [one] => {
                if one.channels != 2 {
                    found.push(Finding::ask(format!(
                        "Its sound has {} {}; shops want two.",
                        one.channels,
                        if one.channels == 1 {
                            "channel"
                        } else {
                            "channels"
                        }
                    )));
                }
                if one.edits > 1 {
                    found.push(Finding::ask(
                        "Its sound is put together of several pieces by a list of edits, which some players leave out; export the video as one piece.",
                    ));
                }
            }
            more => found.push(Finding::ask(format!(
                "The film has {} tracks of sound; a shop plays the first alone.",
                more.len()
            ))),
        }
    }

    /// The film beside its song.
    fn beside(&self, rules: &MovieRules, song: Song<'_>, found: &mut Vec<Finding>) {
        let title = song.title;
        let longer = self.seconds - song.seconds;
        if longer.abs() > rules.length_tolerance_seconds {
            found.push(Finding::ask(format!(
                "The film lasts {} and \u{201c}{title}\u{201d} {}: {:.1} s {}. A video is of one song, whole.",
                clock(self.seconds),
                clock(song.seconds),
                longer.abs(),
                if longer > 0.0 { "longer" } else { "shorter" }
            )));
        }
        let Some(sync) = song.sync else {
            if self.of_kind(TrackKind::Sound).next().is_some() {
                found.push(Finding::ask(format!(
                    "Its sound could not be laid beside \u{201c}{title}\u{201d}: look and listen whether the two are in step."
                )));
            }
            return;
        };
        if !sync.is_the_song() {
            found.push(Finding::ask(format!(
                "Its sound is not the approved master of \u{201c}{title}\u{201d} ({} of {} passages are alike): another song, version or mix.",
                sync.agreeing, sync.sounding
            )));
            return;
        }
        self.steps(rules, title, sync, found);
    }

    fn steps(&self, rules: &MovieRules, title: &str, sync: Sync, found: &mut Vec<Finding>) {
        let frame_ms = self
            .frame_rate()
            .map_or(USUAL_FRAME_MS, |rate| 1_000.0 / rate);
        let most = rules.most_frames_off * frame_ms;
        let (offset, drift) = (sync.offset_ms, sync.drift_ms);
        if offset.abs() > most {
            found.push(Finding::ask(format!(
                "\u{201c}{title}\u{201d} begins {:.0} ms {} in the film than by itself ({:.1} frames).",
                offset.abs(),
                if offset > 0.0 { "later" } else { "earlier" },
                offset.abs() / frame_ms
            )));
        }
        if drift.abs() > most {
            found.push(Finding::ask(format!(
                "The film's sound runs {}: at the end of \u{201c}{title}\u{201d} it is {:.0} ms {} ({:.1} frames); the film was made at another frame rate.",
                if drift > 0.0 { "slow" } else { "fast" },
                drift.abs(),
                if drift > 0.0 { "late" } else { "early" },
                drift.abs() / frame_ms
            )));
        }
        if offset.abs() <= most && drift.abs() <= most {
            found.push(Finding::note(format!(
                "Its sound is the approved master of \u{201c}{title}\u{201d}, {} beside it, {} at its end.",
                signed_ms(offset),
                signed_ms(offset + drift)
            )));
        }
    }
}

/// Whole milliseconds with their sign; none for 0.
fn signed_ms(ms: f64) -> String {
    if ms.abs() < 0.5 {
        "0 ms".to_owned()
    } else {
        format!("{ms:+.0} ms")
    }
}

/// A length as minutes and seconds.
fn clock(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    let minutes = (seconds / 60.0).floor();
    format!("{minutes:.0}:{:04.1}", seconds - 60.0 * minutes)
}
