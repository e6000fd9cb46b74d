use crate::stream::{Source, SourceError};

/// A region as it was asked for, in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Its first frame.
    pub from: u64,
    /// The first frame after it.
    pub to: u64,
}

/// Where a region is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The region; where it was asked for, if it has a crossfade.
    pub region: Region,
    /// Frames of a crossfade at its ends; 0 where all channels cross zero there.
    pub crossfade: u64,
}

/// How far a zero crossing may lie from where it was asked for, in milliseconds: below what is heard as a shift.
const NEAR_MS: u64 = 10;
/// A short crossfade, in milliseconds: no click, and no second sound.
const CROSSFADE_MS: u64 = 5;

/// Looks for places near the ends of a region at which every channel crosses zero, and the same way at both, so that what
/// comes together goes on; where there are none a short crossfade exactly at the asked places does it.
pub fn place_near(source: &mut dyn Source, asked: Region) -> Result<Found, SourceError> {
    let rate_hz = u64::from(source.spec().rate_hz);
    let near = rate_hz * NEAR_MS / 1000;
    let begins = crossings(source, asked.from, near)?;
    let ends = crossings(source, asked.to, near)?;
    let pairs = begins
        .iter()
        .flat_map(|begin| ends.iter().map(move |end| (begin, end)));
    let fitting = pairs.filter(|(begin, end)| begin.ways == end.ways && begin.at < end.at);
    // The nearest pair, and of two alike the earlier one.
    let best = fitting.min_by_key(|(begin, end)| {
        let moved = begin.at.abs_diff(asked.from) + end.at.abs_diff(asked.to);
        (moved, begin.at, end.at)
    });
    Ok(match best {
        Some((begin, end)) => Found {
            region: Region {
                from: begin.at,
                to: end.at,
            },
            crossfade: 0,
        },
        None => Found {
            region: asked,
            crossfade: (rate_hz * CROSSFADE_MS / 1000)
                .min(asked.to - asked.from)
                .max(1),
        },
    })
}

struct Crossing {
    at: u64,
    /// For each channel: upwards, or else downwards.
    ways: Vec<core::cmp::Ordering>,
}

/// Frames near a place at which every channel crosses zero, or is silent.
fn crossings(source: &mut dyn Source, place: u64, near: u64) -> Result<Vec<Crossing>, SourceError> {
    let first = place.saturating_sub(near + 1);
    let last = (place + near).min(source.frames());
    let wanted = usize::try_from(last.saturating_sub(first)).unwrap_or(0);
    let channels = source.spec().channels;
    let mut rows = vec![Vec::with_capacity(wanted); channels];
    let mut room = vec![Vec::new(); channels];
    source.seek(first)?;
    while rows.iter().any(|row| row.len() < wanted) {
        let left = wanted - rows[0].len();
        room.iter_mut().for_each(|row| row.resize(left, 0.0));
        let read = source.read(&mut room)?;
        if read == 0 {
            break;
        }
        for (to, from) in rows.iter_mut().zip(&room) {
            to.extend_from_slice(&from[..read]);
        }
    }
    let count = rows.first().map_or(0, Vec::len);
    let way = |row: &Vec<f64>, n: usize| {
        let (before, after): (f64, f64) = (row[n - 1], row[n]);
        let crosses = (before <= 0.0) == (after >= 0.0);
        crosses.then(|| after.total_cmp(&before))
    };
    let found = (1..count).filter_map(|n| {
        let ways: Option<Vec<_>> = rows.iter().map(|row| way(row, n)).collect();
        let at = first + n as u64;
        ways.map(|ways| Crossing { at, ways })
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::MemorySource;
    use core::f64::consts::TAU;

    fn tone(hz: f64, phase: f64) -> Vec<f64> {
        (0..48_000)
            .map(|n| libm::sin(TAU * hz * f64::from(n) / 48_000.0 + phase))
            .collect()
    }

    #[test]
    fn a_region_is_cut_where_all_channels_cross_zero_the_same_way() {
        // 100 Hz: upwards each 480 frames.
        let mut source = MemorySource::new(48_000, vec![tone(100.0, 0.01), tone(100.0, 0.01)]);
        let asked = Region {
            from: 10_000,
            to: 20_000,
        };
        let found = place_near(&mut source, asked).unwrap();
        assert_eq!(found.crossfade, 0);
        let Region { from, to } = found.region;
        assert!(from.abs_diff(10_000) <= 480 && to.abs_diff(20_000) <= 480);
        assert_eq!((to - from) % 480, 0, "the wave goes on");
        let wave = tone(100.0, 0.01);
        let at = |n: u64| wave[usize::try_from(n).unwrap()];
        // One step of this wave is 0.0131; a cut anywhere could make one of 2.
        assert!((at(to) - at(from - 1)).abs() < 0.02);
    }

    #[test]
    fn where_the_channels_never_cross_together_a_short_crossfade_does_it() {
        let mut source = MemorySource::new(48_000, vec![tone(100.0, 0.0), tone(100.0, 1.5)]);
        let asked = Region {
            from: 10_000,
            to: 20_000,
        };
        let found = place_near(&mut source, asked).unwrap();
        assert_eq!(
            found,
            Found {
                region: asked,
                crossfade: 240
            }
        );
    }

    #[test]
    fn silence_is_cut_exactly_where_it_was_asked_for() {
        let mut source = MemorySource::new(48_000, vec![vec![0.0; 48_000]; 2]);
        let asked = Region {
            from: 10_000,
            to: 48_000,
        };
        let found = place_near(&mut source, asked).unwrap();
        assert_eq!(found.region.from, 10_000);
        assert_eq!(found.crossfade, 0);
    }
}
