//! How far the findings can be believed: faults planted into music, and music without any.
//!
//! Every figure is printed for two halves that share no seed: *tuning*, on which thresholds may be
//! chosen, and *held out*, which only judges. Each comes with its 95 % interval, and a claim that the
//! sample is too small for is said to be so.

mod faults;
mod music;
mod real;
mod score;
mod table;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use measure::{InspectContext, Inspection, Inspector, SampleKind, Severity, Thresholds, codes};

use faults::{Aim, Needs, Take};
use music::chance::Chance;
use music::{Print, Recipe, STYLES};
use score::Tally;
use table::{Clean, Planted};

use crate::house as workspace;

/// Clean music in one of the styles (from 0), as floats with its highest sample at full scale, for the other tables.
pub(super) fn piece(style: usize, seed: u64, seconds: f64, rate_hz: u32) -> Vec<Vec<f64>> {
    let style = STYLES[style % STYLES.len()];
    let recipe = Recipe {
        style,
        seed,
        seconds,
        rate_hz,
    };
    music::render(recipe).planar
}

/// How much is heard.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Which half: on `tuning` thresholds may be chosen, `held-out` only judges.
    #[arg(long, value_enum, default_value_t = Which::HeldOut)]
    half: Which,
    /// Trials of every fault at the severity its claim begins with, and of every control; at most 200
    /// where others' encoders are needed, an eighth at the other severities.
    #[arg(long, default_value_t = TRIALS)]
    trials: u64,
    /// Which music: every round has its own, so that a detector can be judged by music nobody has
    /// looked at since it was changed.
    #[arg(long, default_value_t = ROUND)]
    round: u64,
    /// Minutes of clean music from code that are held out; tuning hears a third of it.
    #[arg(long, default_value_t = MINUTES)]
    minutes: usize,
    /// Only clean music of the style whose name contains this, such as `percussion`.
    #[arg(long)]
    style: Option<String>,
    /// Only the clean piece with this seed, which stands in its name.
    #[arg(long)]
    piece: Option<u64>,
    /// Writes each clean piece that something is found in to this folder, as raw 64-bit floats, channel after channel.
    #[arg(long)]
    keep: Option<std::path::PathBuf>,
    /// Only faults whose name or finding contains this, and no clean music.
    #[arg(long)]
    only: Option<String>,
    /// Leaves out faults whose name or finding contains this.
    #[arg(long)]
    but: Option<String>,
    /// Names the music and the places where something was missed.
    #[arg(long, value_enum, default_value_t = Misses::Counted)]
    misses: Misses,
    /// Whether the music of others that this machine has is heard too.
    #[arg(long, value_enum, default_value_t = Music::All)]
    music: Music,
}

/// Trials of a claim: it is shown where at most two of them miss.
const TRIALS: u64 = 360;

/// Most trials of what goes through encoders of others, which are dear: shown where none of them misses.
const FOREIGN_TRIALS: u64 = 200;

/// Rounds 0 and 1 have been looked at.
const ROUND: u64 = 2;

/// Minutes of clean music.
const MINUTES: usize = 620;

impl Default for Options {
    fn default() -> Self {
        Self {
            half: Which::HeldOut,
            trials: TRIALS,
            round: ROUND,
            minutes: MINUTES,
            style: None,
            piece: None,
            keep: None,
            only: None,
            but: None,
            misses: Misses::Counted,
            music: Music::All,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    Tuning,
    HeldOut,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Music {
    All,
    Own,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Misses {
    Counted,
    Named,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Tuning,
    HeldOut,
}

impl Half {
    fn name(self) -> &'static str {
        match self {
            Self::Tuning => "tuning",
            Self::HeldOut => "held out",
        }
    }

    /// Seeds of the halves never meet, nor those of rounds.
    fn seed(self, round: u64, index: usize) -> u64 {
        let index = 2 * (index as u64 + round * SEEDS_PER_ROUND) + 1_000;
        match self {
            Self::Tuning => index,
            Self::HeldOut => index + 1,
        }
    }
}

/// More pieces than a round ever needs.
const SEEDS_PER_ROUND: u64 = 1_000_000;

/// Length of a clean piece in seconds, without its ring-out.
const CLEAN_SECONDS: f64 = 110.0;

/// Length of the music a fault is planted into.
const PLANTED_SECONDS: f64 = 9.0;

/// Prints all tables.
pub(super) fn print(options: &Options) -> Result<()> {
    let halves: &[Half] = match options.half {
        Which::Tuning => &[Half::Tuning],
        Which::HeldOut => &[Half::HeldOut],
        Which::Both => &[Half::Tuning, Half::HeldOut],
    };
    let wanted = wanted(options);
    for &half in halves {
        println!("\n== {} ==", half.name());
        if options.trials > 0 {
            table::print_planted(&plant_all(half, options, &wanted));
        }
        if options.only.is_none() && options.minutes > 0 {
            let heard = hear_all(half, options)?;
            table::print_clean("clean music from code", &heard);
            if options.misses == Misses::Named {
                table::print_alarms(&heard);
            }
        }
    }
    if options.only.is_none() && options.music == Music::All {
        others(halves)?;
    }
    Ok(())
}

/// Runs `work` for every index on all cores; the results keep their order.
fn on_all_cores<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        break;
                    }
                    let result = work(index);
                    let mut done = done.lock().expect("no worker panics while it holds it");
                    done.push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("all workers have ended");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn inspect(
    planar: &[Vec<f64>],
    rate_hz: u32,
    kind: SampleKind,
    thresholds: Thresholds,
) -> Inspection {
    let mut inspector = Inspector::new(InspectContext {
        rate_hz,
        channels: u32::try_from(planar.len()).expect("two channels"),
        sample: kind,
        declared: None,
        lossy_source: None,
        thresholds,
    })
    .expect("a rate that mixes have");
    let slices: Vec<&[f64]> = planar.iter().map(Vec::as_slice).collect();
    inspector.feed(&slices);
    inspector.finish()
}

fn recipe(half: Half, round: u64, index: usize, seconds: f64) -> Recipe {
    let seed = half.seed(round, index);
    let mut chance = Chance::new(seed, 3);
    Recipe {
        style: STYLES[index % STYLES.len()],
        seed,
        seconds,
        rate_hz: chance.pick(&[
            44_100, 44_100, 48_000, 48_000, 48_000, 48_000, 88_200, 96_000,
        ]),
    }
}

/// The faults that were asked for and that this machine can make.
fn wanted(options: &Options) -> Vec<&'static faults::Fault> {
    let has_ffmpeg = faults::encoders_are_here();
    if !has_ffmpeg {
        println!("no ffmpeg here: faults made by foreign encoders and filters are left out");
    }
    faults::ALL
        .iter()
        .filter(|f| has_ffmpeg || f.needs == Needs::Nothing)
        .filter(|f| options.only.as_deref().is_none_or(|word| f.is_about(word)))
        .filter(|f| !options.but.as_deref().is_some_and(|word| f.is_about(word)))
        .collect()
}

/// Plants one fault into a piece and looks what is found of it.
fn plant(fault: &faults::Fault, step: &faults::Step, mut take: Take) -> (Tally, Vec<f64>) {
    if !(fault.plant)(&mut take, step.value) {
        return (Tally::default(), Vec::new());
    }
    let mut thresholds = Thresholds::default();
    if !fault.codes.contains(&codes::LOSSY_SOURCE) {
        // The closest look of all, for an answer that nobody asks for here.
        thresholds.numbers.lossy_grid_sigmas = 0.0;
    }
    let answer = inspect(&take.planar, take.rate_hz, take.kind, thresholds);
    let least = match fault.aim {
        Aim::Found => Severity::Note,
        Aim::NotAsked => Severity::Ask,
    };
    score::judge(&answer, fault.codes, least, &take.places)
}

/// Pieces that are rendered at once.
const BATCH: usize = 32;

/// Most pieces for each trial: some faults need a kind of music that is rare.
const PIECES_PER_TRIAL: usize = 4;

/// One severity of one fault.
#[derive(Clone, Copy)]
struct Column {
    fault: &'static faults::Fault,
    step: usize,
    /// Trials wanted.
    trials: u64,
}

fn columns(wanted: &[&'static faults::Fault], trials: u64) -> Vec<Column> {
    let mut columns = Vec::new();
    for &fault in wanted {
        for step in 0..fault.grid.len() {
            let is_judged = fault.promised() == Some(step) || fault.aim == Aim::NotAsked;
            let trials = match fault.needs {
                Needs::Nothing => trials,
                Needs::Ffmpeg => trials.min(FOREIGN_TRIALS),
            };
            let trials = if is_judged {
                trials
            } else {
                trials.div_ceil(8)
            };
            columns.push(Column {
                fault,
                step,
                trials,
            });
        }
    }
    columns
}

/// Plants every fault into piece after piece of a half, until all have their trials.
fn plant_all(half: Half, options: &Options, wanted: &[&'static faults::Fault]) -> Vec<Planted> {
    let columns = columns(wanted, options.trials);
    let mut planted: Vec<Planted> = columns
        .iter()
        .map(|c| Planted {
            fault: c.fault,
            step: c.step,
            tally: Tally::default(),
        })
        .collect();
    let most = usize::try_from(options.trials).unwrap_or(usize::MAX) * PIECES_PER_TRIAL;
    for first in (0..most).step_by(BATCH) {
        let open: Vec<bool> = columns
            .iter()
            .zip(&planted)
            .map(|(column, line)| line.tally.trials < column.trials)
            .collect();
        if !open.contains(&true) {
            break;
        }
        let pieces = on_all_cores(BATCH, |index| {
            let mut recipe = recipe(half, options.round, first + index + 10_000, PLANTED_SECONDS);
            // Encoders know no higher rates.
            recipe.rate_hz = recipe.rate_hz.min(48_000);
            plant_piece(recipe, options.misses, &columns, &open)
        });
        for piece in pieces {
            for (line, tally) in planted.iter_mut().zip(piece) {
                line.tally.add(tally);
            }
        }
    }
    planted
}

/// Plants the faults that are still open into one piece.
fn plant_piece(recipe: Recipe, misses: Misses, columns: &[Column], open: &[bool]) -> Vec<Tally> {
    let piece = music::render(recipe);
    let mut tallies = Vec::with_capacity(columns.len());
    for (column, is_open) in columns.iter().zip(open) {
        if !is_open {
            tallies.push(Tally::default());
            continue;
        }
        let fault = column.fault;
        // By its place among all, so that the same trials are made whatever was asked for.
        let number = faults::ALL.iter().position(|f| f.name == fault.name);
        let purpose = (number.unwrap_or_default() * 16 + column.step) as u64;
        let take = Take::of(&piece, Some(recipe), recipe.seed, purpose);
        let step = &fault.grid[column.step];
        let (tally, missed) = plant(fault, step, take);
        if misses == Misses::Named && tally.found < tally.trials {
            println!(
                "missed: {}, {}, {} {missed:.3?}",
                fault.name, step.name, piece.name
            );
        }
        tallies.push(tally);
    }
    tallies
}

fn clean_pieces(half: Half, options: &Options) -> usize {
    let pieces = (options.minutes as f64 * 60.0 / CLEAN_SECONDS).ceil() as usize;
    match half {
        Half::Tuning => pieces.div_ceil(3),
        Half::HeldOut => pieces,
    }
}

/// Renders, prints and inspects music that has no fault.
fn hear_all(half: Half, options: &Options) -> Result<Vec<Clean>> {
    let recipes: Vec<Recipe> = (0..clean_pieces(half, options))
        .map(|index| recipe(half, options.round, index, CLEAN_SECONDS))
        .filter(|recipe| {
            let style = format!("{:?}", recipe.style).to_lowercase();
            let asked = options.style.as_deref().unwrap_or_default();
            let is_asked = options.piece.is_none_or(|seed| seed == recipe.seed);
            is_asked && style.contains(&asked.to_lowercase())
        })
        .collect();
    let heard = on_all_cores(recipes.len(), |index| {
        let recipe = recipes[index];
        let mut piece = music::render(recipe);
        let mut chance = Chance::new(recipe.seed, 4);
        let level = libm::exp10(chance.between(-16.0, -0.5) / 20.0);
        for v in piece.planar.iter_mut().flatten() {
            *v *= level;
        }
        let print = chance.pick(&[
            Print::Dithered24,
            Print::Dithered24,
            Print::Rounded24,
            Print::Float32,
            Print::Dithered16,
        ]);
        print.apply(&mut piece.planar, &mut chance);
        if print == Print::Dithered16 {
            piece.truths.push(codes::DITHER_PRESENT);
        }
        if piece.planar[0] == piece.planar[1] {
            piece.truths.push(codes::MONO_FILE);
        }
        let answer = inspect(
            &piece.planar,
            piece.rate_hz,
            print.kind(),
            Thresholds::default(),
        );
        if answer.measurements.true_peak_dbtp.is_some_and(|p| p > 0.0) {
            piece.truths.push(codes::INTERSAMPLE_OVERS);
        }
        let alarms = score::alarms(&answer, &piece.truths);
        if let Some(folder) = &options.keep
            && !alarms.is_empty()
        {
            keep(folder, &piece)?;
        }
        Ok(Clean {
            minutes: answer.measurements.duration_seconds / 60.0,
            alarms,
            name: piece.name,
        })
    });
    heard.into_iter().collect()
}

/// A piece as raw floats, to be looked at with other tools; its rate stands in its name.
fn keep(folder: &Path, piece: &music::Piece) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    use std::io::Write as _;
    let name = format!("{}, {} Hz.f64", piece.name, piece.rate_hz);
    let mut file = std::io::BufWriter::new(std::fs::File::create(folder.join(name))?);
    for sample in piece.planar.iter().flatten() {
        file.write_all(&sample.to_le_bytes())?;
    }
    Ok(file.flush()?)
}

/// Music of others, where the machine has any.
fn others(halves: &[Half]) -> Result<()> {
    let metadata = workspace::metadata()?;
    let target = Path::new(workspace::text(&metadata, "target_directory")?);
    let mixes = real::lmms(&target.join("bench/lmms"))?;
    if mixes.is_empty() {
        println!("\nno lmms on this machine: real mixes are left out");
    }
    for &half in halves {
        // Every other demo, by name.
        let own: Vec<_> = mixes
            .iter()
            .skip(usize::from(half == Half::HeldOut))
            .step_by(2)
            .collect();
        let heard = on_all_cores(own.len(), |index| real::hear(own[index]));
        let heard: Vec<_> = heard.into_iter().collect::<Result<Vec<_>>>()?;
        let heard: Vec<_> = heard.into_iter().flatten().collect();
        table::print_heard(&format!("mixes rendered by lmms, {}", half.name()), &heard);
    }
    let games = real::games();
    if games.is_empty() {
        println!("\nno finished music of game packages on this machine");
        return Ok(());
    }
    let heard = on_all_cores(games.len(), |index| {
        real::hear(&games[index]).context("game music")
    });
    let heard = heard.into_iter().collect::<Result<Vec<_>>>()?;
    let heard: Vec<_> = heard.into_iter().flatten().collect();
    table::print_heard(
        "finished music of game packages (Ogg: lossy is true)",
        &heard,
    );
    Ok(())
}
