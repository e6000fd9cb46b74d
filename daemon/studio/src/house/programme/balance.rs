//! Balance from song to song: what each would be moved by, all of them side by side, and what shops make of them.

use mastering::programme::{
    BalanceLimits, BalanceStep, Disc, LoudnessBy, Programme, Shop, Song, SongHeard, Turned,
    brightness_db, propose_balance, whole_lufs,
};
use mastering::{Master, OrderNumber, Project, RevisionNo};
use measure::Measurements;
use serde::Serialize;

use super::{ProgrammeSent, standing, tried};
use crate::access::{Right, Visitor};
use crate::denied::Denied;
use crate::house::Studio;

/// What a proposal is asked for.
#[derive(Debug, Clone, Copy)]
pub struct BalanceAsked {
    /// The song that the others are balanced with: its place in the programme, from 1.
    pub anchor: usize,
    /// What of the songs' loudness is compared.
    pub by: LoudnessBy,
    /// How far it may go.
    pub limits: BalanceLimits,
}

/// A proposal with what it stands on.
#[derive(Debug, Clone, Serialize)]
pub struct ProgrammeBalance {
    /// What of the songs' loudness was compared.
    pub by: LoudnessBy,
    /// How far it goes.
    pub limits: BalanceLimits,
    /// The songs as they stand, in the programme's order over all of its discs.
    pub songs: Vec<SongBeside>,
    /// What each would be moved by.
    pub steps: Vec<BalanceStep>,
    /// The loudness of all of them played in order.
    pub whole_lufs: Option<f64>,
    /// What shops do to the songs as they stand.
    pub shops: Vec<Turned>,
}

/// A song beside the others.
#[derive(Debug, Clone, Serialize)]
pub struct SongBeside {
    /// Its figures, with the level that the programme gives it.
    #[serde(flatten)]
    pub heard: SongHeard,
    /// Level of each octave of its master in dBFS, from its lower end in hertz on; none for silence.
    pub octaves: Vec<(f64, Option<f64>)>,
}

impl Studio {
    /// What each song would be moved by to stand beside one of them, by what was measured of the masters.
    ///
    /// Without a programme the one that stands is meant.
    ///
    /// # Errors
    /// An anchor that is not there, limits that are none, a master that is awaited, a programme that cannot be.
    pub async fn programme_balance(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        sent: Option<ProgrammeSent>,
        BalanceAsked { anchor, by, limits }: BalanceAsked,
    ) -> Result<ProgrammeBalance, Denied> {
        visitor.must(Right::ReadHouse)?;
        let live = self.seen(visitor, number).await?;
        let project = match sent {
            None => live.project,
            Some(sent) => {
                let given = sent.read()?;
                let (after, refusal) = tried(&live, visitor, &given)?;
                if let Some(bad @ mastering::Refusal::BadProgramme(_)) = refusal {
                    return Err(bad.into());
                }
                after.project
            }
        };
        let (programme, revision) = standing(&project)?;
        let songs = self.beside(&project, (&programme, revision)).await?;
        let heard: Vec<SongHeard> = songs.iter().map(|(song, _)| song.heard.clone()).collect();
        let lengths: Vec<(Option<f64>, f64)> = songs
            .iter()
            .map(|(song, seconds)| (song.heard.integrated_lufs, *seconds))
            .collect();
        let steps = propose_balance(&heard, by, anchor, limits)
            .map_err(|error| Denied::Invalid(error.to_string()))?;
        let whole_lufs = whole_lufs(&lengths);
        let shops = Shop::house();
        Ok(ProgrammeBalance {
            by,
            limits,
            steps,
            whole_lufs,
            shops: shops
                .values()
                .map(|shop| shop.turn(&heard, whole_lufs))
                .collect(),
            songs: songs.into_iter().map(|(song, _)| song).collect(),
        })
    }

    /// Each song with its master's seconds.
    async fn beside(
        &self,
        project: &Project,
        (programme, revision): (&Programme, RevisionNo),
    ) -> Result<Vec<(SongBeside, f64)>, Denied> {
        let mut beside = Vec::new();
        for (_, song) in programme.discs.iter().flat_map(Disc::songs) {
            let track = project.track_of(song);
            let round = project.revisions.get(&revision);
            let master = track.and_then(|track| round?.master(&track.id));
            let master = master.ok_or_else(|| {
                Denied::Invalid(format!(
                    "\u{201c}{}\u{201d} has no master yet: make the masters first",
                    song.title
                ))
            })?;
            let measured = self
                .kept(project, format!("measured:{}", master.object))
                .await?;
            let seconds = master.frames as f64 / f64::from(master.rate_hz.max(1));
            beside.push((heard_of(song, master, measured.as_ref()), seconds));
        }
        Ok(beside)
    }
}

/// A song by its master's figures, moved as the programme moves it.
fn heard_of(song: &Song, master: &Master, measured: Option<&Measurements>) -> SongBeside {
    let octaves = measured.iter().flat_map(|measured| &measured.octaves);
    let octaves: Vec<_> = octaves.map(|o| (o.low_hz, o.rms_aes17_dbfs)).collect();
    let moved = |level: Option<f64>| level.map(|level| level + song.gain_db);
    SongBeside {
        heard: SongHeard {
            title: song.title.clone(),
            integrated_lufs: moved(master.integrated_lufs),
            max_short_term_lufs: moved(measured.and_then(|m| m.max_short_term_lufs)),
            range_top_lufs: moved(measured.and_then(|m| m.range_top_lufs)),
            true_peak_dbtp: moved(master.true_peak_dbtp),
            brightness_db: brightness_db(&octaves).map(|own| own + song.tilt_db),
        },
        octaves,
    }
}
