//! A programme's disc as the sectors of a CD.

use delivery::cd::{Disc, DiscPlan, PlannedTrack, PlantRules, PqTime};
use delivery::release::Release;
use mastering::programme::{DiscLine, Ticks, TrackLine};

/// A disc of the programme on a CD.
#[derive(Debug)]
pub(super) struct OnCd {
    /// The CD.
    pub(super) disc: Disc,
    /// Where the programme's disc begins on it.
    pub(super) from: PqTime,
    /// What was put on borders of sectors, and by how much.
    pub(super) said: Vec<String>,
}

/// Puts a disc of the programme, by its number from 1, on a CD.
///
/// Marks and index points have to lie on CD frames already. What may not lie there is where a gap begins: its index 0 stands on
/// the next border, so that the song before keeps its last sample, and that is said.
pub(super) fn on_cd(
    number: u32,
    line: &DiscLine,
    release: &Release,
    plant: &PlantRules,
) -> Result<OnCd, Vec<String>> {
    let mut sectors = Sectors {
        number,
        from: lead(line).ok_or_else(|| vec![format!("disc {number}: it has no tracks")])?,
        refused: Vec::new(),
        said: Vec::new(),
    };
    let mut plan = DiscPlan::default();
    for track in line.tracks.iter().filter(|track| track.number > 0) {
        let pregap = match plan.tracks.len() {
            0 => Some(PqTime::ZERO),
            _ => sectors.pregap(track),
        };
        if let Some(planned) = sectors.track(track) {
            plan.tracks.push(PlannedTrack { pregap, ..planned });
        }
    }
    plan.end = sectors.end(line);
    if !sectors.refused.is_empty() {
        return Err(sectors.refused);
    }
    let told = release.put_on_disc(number, &mut plan);
    told.map_err(|refusal| vec![format!("disc {number}: {refusal}")])?;
    let disc = Disc::new(plan, plant).map_err(|not| {
        let all = not.0.iter();
        all.map(|refusal| format!("disc {number}: {refusal}"))
            .collect::<Vec<_>>()
    })?;
    Ok(OnCd {
        disc,
        from: sectors.from,
        said: sectors.said,
    })
}

/// How far behind the first sector the programme's disc begins.
///
/// Each CD begins with two seconds that most players never play. Where something sounds before the first mark, all of it comes
/// behind them; a silent gap before the first song is these two seconds, or a part of them.
fn lead(line: &DiscLine) -> Option<PqTime> {
    let first = line.tracks.iter().find(|track| track.number > 0)?;
    if line.pieces.iter().any(|piece| piece.at < first.mark) {
        return Some(PqTime::FIRST_PREGAP);
    }
    let there = first.mark.cd_border_before().cd_frames().unwrap_or(0);
    let there = u32::try_from(there).unwrap_or(u32::MAX);
    PqTime::from_sectors(PqTime::FIRST_PREGAP.sectors().saturating_sub(there))
}

/// Places of one disc while they become sectors.
struct Sectors {
    number: u32,
    from: PqTime,
    refused: Vec<String>,
    said: Vec<String>,
}

impl Sectors {
    fn about(&self, track: &TrackLine) -> String {
        let (disc, number, title) = (self.number, track.number, &track.title);
        format!("disc {disc}, track {number} \u{201c}{title}\u{201d}")
    }

    /// Its mark and its index points.
    fn track(&mut self, track: &TrackLine) -> Option<PlannedTrack> {
        let about = self.about(track);
        self.said.extend(
            track
                .moved
                .iter()
                .map(|moved| format!("{about}: {}", moved)),
        );
        let start = self.on_border(&about, "mark", track.mark);
        let indexes = track.indexes.iter().zip(2..);
        let indexes: Vec<Option<PqTime>> = indexes
            .map(|(at, no)| self.on_border(&about, &format!("index {no}"), *at))
            .collect();
        Some(PlannedTrack {
            start: start?,
            indexes: indexes.into_iter().collect::<Option<_>>()?,
            ..PlannedTrack::default()
        })
    }

    /// Index 0, where a whole sector of gap is left.
    fn pregap(&mut self, track: &TrackLine) -> Option<PqTime> {
        let about = self.about(track);
        let border = track.gap_from.cd_border_after();
        if border >= track.mark {
            return None;
        }
        if border > track.gap_from {
            let ms = (border - track.gap_from).seconds() * 1000.0;
            self.said.push(format!(
                "{about}: its gap begins on the next CD frame (index 0), {ms:.1} ms after the song before is over"
            ));
        }
        self.at(border)
    }

    fn on_border(&mut self, about: &str, what: &str, at: Ticks) -> Option<PqTime> {
        if at.cd_frames().is_none() {
            self.refused.push(format!(
                "{about}: its {what} at {at} lies between two CD frames; write grid = \"cd_frames\" in the programme"
            ));
            return None;
        }
        let place = self.at(at);
        if place.is_none() {
            self.refused.push(format!(
                "{about}: its {what} lies behind 99:59:74, the last address of a disc"
            ));
        }
        place
    }

    /// A place of the programme's disc that lies on a border.
    fn at(&self, at: Ticks) -> Option<PqTime> {
        let frames = u32::try_from(at.cd_frames()?).ok()?;
        PqTime::from_sectors(self.from.sectors().checked_add(frames)?)
    }

    fn end(&mut self, line: &DiscLine) -> PqTime {
        let end = line.length.cd_border_after();
        let filled = (end - line.length) + line.padding;
        if filled > Ticks::ZERO {
            let ms = filled.seconds() * 1000.0;
            self.said.push(format!(
                "disc {}: {ms:.1} ms of silence fill its last CD frame",
                self.number
            ));
        }
        self.at(end).unwrap_or_else(|| {
            self.refused.push(format!(
                "disc {}: it ends behind 99:59:74, the last address of a disc",
                self.number
            ));
            PqTime::LAST
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use delivery::release::ReleaseSheet;
    use mastering::programme::{Programme, Source};
    use proptest::prelude::*;

    use super::*;
    use crate::delivering::facts;

    /// A programme of songs of these lengths in frames of 44.1 kHz, each with the gap before it in milliseconds.
    fn lay(grid: &str, songs: &[(u64, u64)]) -> Result<(OnCd, DiscLine), Vec<String>> {
        let mut text = format!("title = \"T\"\ngrid = \"{grid}\"\n[[disc]]\n");
        let mut sources = BTreeMap::new();
        for (no, (frames, gap)) in songs.iter().enumerate() {
            text +=
                &format!("[[disc.track]]\ntitle = \"{no}\"\nfile = \"{no}\"\ngap = \"{gap} ms\"\n");
            let source = Source {
                rate_hz: 44_100,
                channels: 2,
                frames: *frames,
            };
            sources.insert(no.to_string(), source);
        }
        let programme = Programme::read(&text).unwrap();
        let release = ReleaseSheet::default()
            .complete(&facts(&programme, &programme))
            .unwrap();
        let timeline = programme.timeline(&sources).unwrap();
        let line = timeline.discs[0].clone();
        on_cd(
            1,
            &line,
            &release,
            &PlantRules {
                longest: PqTime::LAST,
            },
        )
        .map(|on| (on, line))
    }

    #[test]
    fn a_silent_gap_before_the_first_song_is_the_two_seconds_of_every_disc() {
        let starts = |gap: u64| {
            let (on_cd, _) = lay("cd_frames", &[(441_000, gap), (441_000, 0)]).unwrap();
            (
                on_cd.from.to_string(),
                on_cd.disc.tracks[0].start.to_string(),
            )
        };
        assert_eq!(starts(0), ("00:02:00".to_owned(), "00:02:00".to_owned()));
        assert_eq!(starts(500), ("00:01:37".to_owned(), "00:02:00".to_owned()));
        assert_eq!(
            starts(3_000),
            ("00:00:00".to_owned(), "00:03:00".to_owned())
        );
    }

    #[test]
    fn a_gap_begins_on_the_next_border_and_says_so() {
        // 294 frames into a CD frame: half of it, 6.7 ms.
        let (on_cd, _) = lay("cd_frames", &[(441_294, 0), (441_000, 2_000)]).unwrap();
        assert_eq!(on_cd.disc.tracks[1].pregap.unwrap().to_string(), "00:12:01");
        let said = on_cd.said.join("\n");
        assert!(
            said.contains("(index 0), 6.7 ms after the song before is over"),
            "{said}"
        );
        let said = lay("samples", &[(441_294, 0), (441_000, 2_000)])
            .unwrap_err()
            .join("\n");
        assert!(
            said.contains(
                "track 2 \u{201c}1\u{201d}: its mark at 0:12.007 lies between two CD frames"
            ),
            "{said}"
        );
    }

    proptest! {
        /// Whatever the lengths and gaps, no song loses a sample to a pregap, and no mark leaves its song.
        #[test]
        fn songs_keep_their_places(
            songs in prop::collection::vec((300 * 588_u64..3_000_000, 0_u64..9_000), 1..12),
        ) {
            let (on_cd, line) = lay("cd_frames", &songs).unwrap();
            let from = on_cd.from.frames();
            for (track, told) in on_cd.disc.tracks.iter().zip(&line.tracks) {
                prop_assert_eq!(track.start.frames(), from + told.mark.frames(44_100));
            }
            for (at, track) in on_cd.disc.tracks.iter().enumerate().skip(1) {
                let over = from + line.tracks[at - 1].end.frames(44_100);
                prop_assert!(track.first_mark().frames() + 588 > over);
                if let Some(pregap) = track.pregap {
                    prop_assert!(pregap.frames() >= over);
                    prop_assert!(pregap < track.start);
                }
            }
            prop_assert!(on_cd.disc.end.frames() >= from + line.length.frames(44_100));
        }
    }
}
