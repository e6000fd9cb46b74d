//! What the mastering engine costs, file to file, beside its bars and its peers, and how good it is.
//!
//! Every row is a whole process: ours is `lacquer-render`, the peer runs in turn with it in the same call, so that
//! a busy machine slows both down alike. The figures of quality are measured by the tests themselves.

mod chains;
mod figures;
mod loudness;
mod memory;
mod peers;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::watched::{Cost, run_well};
use super::{mix, mixes_beside, release};
use peers::Peer;

/// Length of the mix in seconds.
const MIX_S: u32 = 120;
/// Runs of which the middle one counts.
const RUNS: usize = 3;

/// Prints the tables.
pub(super) fn print() -> Result<()> {
    let bench = Bench::open()?;
    println!(
        "\nThe engine: CPU seconds per minute of stereo, 48 kHz, 24 bit, file to file; the middle one of {RUNS} runs"
    );
    println!(
        "{:<42} {:>6} {:>6}   beside it, in the same call",
        "", "ours", "bar"
    );
    for row in rows() {
        bench.print(&row)?;
    }
    loudness::print(&bench)?;
    memory::print(&bench)?;
    figures::print()
}

/// One line of the table.
struct Row {
    name: &'static str,
    /// A chain file's text.
    chain: String,
    /// Words for the renderer beyond chain and files.
    words: &'static [&'static str],
    bar: Bar,
    peers: Vec<Peer>,
}

/// What ours may cost.
#[derive(Clone, Copy)]
enum Bar {
    /// CPU seconds per minute.
    Seconds(f64),
    /// So many times what the first peer costs in the same call.
    TimesFirst(f64),
}

fn rows() -> Vec<Row> {
    let row = |name, stages: &[&str], bar, peers| Row {
        name,
        chain: chains::text(stages),
        words: &[],
        bar: Bar::Seconds(bar),
        peers,
    };
    use chains::{EQUALISER, LIMITER, MULTIBAND, SATURATION, drive};
    vec![
        row("8-band EQ", &[EQUALISER], 0.15, peers::equalisers()),
        row(
            "4-band multiband compressor",
            &[MULTIBAND],
            0.50,
            peers::multibands(),
        ),
        row(
            "true-peak limiter, driven by 8 dB",
            &[&drive(8.0), LIMITER],
            0.30,
            peers::limiters(),
        ),
        Row {
            words: &["--rate", "44100"],
            bar: Bar::TimesFirst(1.2),
            ..row("SRC 48 to 44.1", &[], 0.0, peers::converters())
        },
        Row {
            chain: chains::shaped(),
            words: &["--rate", "44100", "--depth", "16"],
            ..row("16-bit shaped dither with SRC", &[], 0.30, peers::dithers())
        },
        row(
            "EQ, multiband, saturation, limiter",
            &[EQUALISER, MULTIBAND, SATURATION, &drive(6.0), LIMITER],
            1.0,
            peers::chains(),
        ),
    ]
}

/// The renderer and the mix.
struct Bench {
    renderer: PathBuf,
    mix: PathBuf,
    /// Its length: whole bars are played.
    minutes: f64,
    scratch: tempfile::TempDir,
}

impl Bench {
    fn open() -> Result<Self> {
        let renderer = release("renderer", "lacquer-render")?;
        let mixes = mixes_beside(&renderer)?;
        let mix = mix(&mixes, MIX_S)?;
        let reader = soundfile::WavReader::open(std::fs::File::open(&mix)?)?;
        Ok(Self {
            renderer,
            minutes: reader.frames() as f64 / f64::from(reader.spec().rate_hz) / 60.0,
            mix,
            scratch: tempfile::tempdir_in(&mixes)?,
        })
    }

    /// CPU seconds per minute of the mix.
    fn per_minute(&self, cost: &Cost) -> f64 {
        cost.cpu_s / self.minutes
    }

    /// A place for a file that nobody keeps.
    fn out(&self) -> Result<PathBuf> {
        let out = self.scratch.path().join("out.wav");
        if out.exists() {
            std::fs::remove_file(&out)?;
        }
        Ok(out)
    }

    fn chain(&self, text: &str) -> Result<PathBuf> {
        use std::io::Write as _;
        let path = self.scratch.path().join("chain.toml");
        std::fs::File::create(&path)?.write_all(text.as_bytes())?;
        Ok(path)
    }

    /// The renderer with a chain, a mix, and a place for its master.
    fn render(&self, chain: &str, words: &[&str], mix: &Path) -> Result<(Command, PathBuf)> {
        let out = self.out()?;
        let mut command = Command::new(&self.renderer);
        command.arg("--chain").arg(self.chain(chain)?).args(words);
        command.arg(mix).arg(&out);
        Ok((command, out))
    }

    fn print(&self, row: &Row) -> Result<()> {
        let mut ours = Vec::new();
        let mut theirs = vec![Vec::new(); row.peers.len()];
        for _ in 0..RUNS {
            let (mut command, _) = self.render(&row.chain, row.words, &self.mix)?;
            ours.push(self.per_minute(&run_well(&mut command)?));
            for (peer, costs) in row.peers.iter().zip(&mut theirs) {
                costs.extend(
                    peer.run(&self.mix, &self.out()?)?
                        .map(|cost| self.per_minute(&cost)),
                );
            }
        }
        let theirs: Vec<Option<f64>> = theirs.into_iter().map(middle).collect();
        let ours = middle(ours).context("it ran")?;
        let bar = match row.bar {
            Bar::Seconds(bar) => Some(bar),
            Bar::TimesFirst(times) => theirs.first().copied().flatten().map(|first| times * first),
        };
        let beside: Vec<String> = row
            .peers
            .iter()
            .zip(&theirs)
            .map(|(peer, cost)| match cost {
                Some(cost) => format!("{} {cost:.2}", peer.name),
                None => format!("{} is not installed", peer.name),
            })
            .collect();
        line(row.name, ours, bar, &beside.join("; "));
        Ok(())
    }
}

fn line(name: &str, ours: f64, bar: Option<f64>, beside: &str) {
    let verdict = match bar {
        Some(bar) if ours > bar => " over",
        Some(_) | None => "",
    };
    let bar = bar.map_or_else(|| "-".to_owned(), |bar| format!("{bar:.2}"));
    println!("{name:<42} {ours:>6.2} {bar:>6}   {beside}{verdict}");
}

fn middle(mut costs: Vec<f64>) -> Option<f64> {
    costs.sort_by(f64::total_cmp);
    costs.get(costs.len() / 2).copied()
}
