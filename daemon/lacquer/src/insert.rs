//! `lacquer insert`: what hardware the patchbay can see, and what it does to sound.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gear::{
    ChannelFigures, Curve, Form, Measurement, PathFigures, PhaseKind, Polarity, Route, Verdict,
    certify, plot,
};
use serde_json::json;

use crate::args::Place;
use crate::insert_args::{
    FormArg, InsertCertifyArgs, InsertKnownArgs, InsertMeasureArgs, InsertPlanArgs, InsertVerb,
};
use crate::insert_place::{Held, kept};
use crate::{
    Outcome, insert_list, insert_midi, insert_print, insert_queue, insert_recall, print_json,
};

pub(crate) fn run(place: &Place, verb: &InsertVerb) -> anyhow::Result<Outcome> {
    match verb {
        InsertVerb::List(args) => insert_list::list(place, args),
        InsertVerb::Connect(cable) => insert_list::connect(place, cable),
        InsertVerb::Disconnect(cable) => insert_list::disconnect(place, cable),
        InsertVerb::Midi(args) => insert_midi::run(args),
        InsertVerb::Measure(args) => measure(place, args),
        InsertVerb::Certify(args) => certified(place, args),
        InsertVerb::Print(args) => insert_print::run(place, args),
        InsertVerb::Reference(args) => insert_recall::reference(place, args),
        InsertVerb::Queue(verb) => insert_queue::run(place, verb),
        InsertVerb::Recall(args) => insert_recall::recall(place, args),
    }
}

fn measure(place: &Place, args: &InsertMeasureArgs) -> anyhow::Result<Outcome> {
    let form = match args.form {
        FormArg::Full => Form::Full,
        FormArg::Short => Form::Short,
    };
    let mut held = Held::open(place, &args.place, None)?;
    let found = held.measure(&args.plan, form)?;
    let objections: Vec<String> = found.objections().iter().map(ToString::to_string).collect();
    held.keep(&found, &objections)?;
    drop(held);
    keep(&found, args.output.as_deref())?;
    if let Some(name) = &args.svg {
        draw(&found, name)?;
    }
    if args.json {
        print_json(&json!({ "measurement": found, "objections": objections }))?;
    } else {
        tell(&found);
        objections.iter().for_each(|said| println!("{said}"));
    }
    Ok(if objections.is_empty() {
        Outcome::Good
    } else {
        Outcome::No
    })
}

/// A unit as it is now, in the short form, and whether it may print.
pub(crate) struct Judged {
    pub(crate) found: Measurement,
    pub(crate) verdict: Verdict,
}

impl Judged {
    /// What it may not print for, in sentences.
    pub(crate) fn said(&self) -> Vec<String> {
        let objections = self.verdict.objections.iter();
        objections.map(ToString::to_string).collect()
    }
}

/// Measures what is behind an insert, holds it against what is known of it, and keeps it with its unit.
pub(crate) fn judged(
    held: &mut Held,
    args: &InsertPlanArgs,
    (history, recalled): (&[Measurement], Option<&Measurement>),
) -> anyhow::Result<Judged> {
    let found = held.measure(args, Form::Short)?;
    let mut before = held.history(&found);
    before.extend_from_slice(history);
    let verdict = certify(&found, &before, recalled);
    let judged = Judged { found, verdict };
    held.keep(&judged.found, &judged.said())?;
    Ok(judged)
}

fn certified(place: &Place, args: &InsertCertifyArgs) -> anyhow::Result<Outcome> {
    let (history, recalled) = known(&args.known)?;
    let mut held = Held::open(place, &args.place, recalled.as_ref().map(|m| m.rate_hz))?;
    let judged = judged(&mut held, &args.plan, (&history, recalled.as_ref()))?;
    drop(held);
    keep(&judged.found, args.output.as_deref())?;
    let said = judged.said();
    let Judged { found, verdict } = judged;
    if args.json {
        print_json(&json!({
            "holds": verdict.holds(),
            "objections": said,
            "verdict": verdict,
            "measurement": found,
        }))?;
    } else {
        tell(&found);
        said.iter().for_each(|said| println!("{said}"));
        println!("{}", in_words(&verdict));
    }
    Ok(if verdict.holds() {
        Outcome::Good
    } else {
        Outcome::No
    })
}

fn in_words(verdict: &Verdict) -> String {
    match (verdict.holds(), verdict.compared.len()) {
        (true, 0) => "nothing is wrong with it; there was nothing to compare it with".to_owned(),
        (true, figures) => {
            format!("certified: {figures} figures within the unit\u{2019}s own spread")
        }
        (false, _) => "not certified".to_owned(),
    }
}

/// The unit's history and the measurement that is recalled.
pub(crate) fn known(
    args: &InsertKnownArgs,
) -> anyhow::Result<(Vec<Measurement>, Option<Measurement>)> {
    let certificate = args.certificate.as_deref().map(kept).transpose()?;
    Ok((all_kept(&args.history)?, certificate))
}

/// Measurements of earlier days.
pub(crate) fn all_kept(paths: &[PathBuf]) -> anyhow::Result<Vec<Measurement>> {
    paths.iter().map(|path| kept(path)).collect()
}

fn keep(found: &Measurement, path: Option<&Path>) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    let mut text = serde_json::to_vec_pretty(found)?;
    text.push(b'\n');
    durable::store_once(path, &text).context("the measurement could not be kept")
}

fn draw(found: &Measurement, name: &Path) -> anyhow::Result<()> {
    for (curve, kind) in [(Curve::Gain, "response"), (Curve::Phase, "phase")] {
        if let Some(svg) = plot(found, curve) {
            let mut path = name.as_os_str().to_owned();
            path.push(format!(".{kind}.svg"));
            durable::store_once(Path::new(&path), svg.as_bytes())
                .context("the plot could not be kept")?;
        }
    }
    Ok(())
}

/// Prints the figures for people.
pub(crate) fn tell(found: &Measurement) {
    if found.returned_hz.is_some() {
        println!("{}", found.rates());
    }
    for channel in &found.channels {
        tell_channel(channel);
    }
    for leak in &found.crosstalk {
        println!(
            "crosstalk {} into {}: {:.1} dB at 1 kHz, {:.1} dB at worst",
            leak.from, leak.into, leak.at_1k_db.mean, leak.worst_db.mean
        );
    }
    if let Some(drift) = found.clock_drift_ppm {
        println!("clock {:+.4} ppm", drift.mean);
    }
}

fn tell_channel(channel: &ChannelFigures) {
    let n = channel.channel;
    match (&channel.path, channel.route) {
        (Some(path), route) => {
            if let Route::Swapped { returned_on } = route {
                println!("channel {n} comes back on return {returned_on}");
            }
            tell_path(n, path);
        }
        (None, _) => println!("channel {n}: nothing comes back"),
    }
    if let Some(noise) = &channel.noise {
        let dbu = noise
            .level_dbu
            .map_or(String::new(), |dbu| format!(", {dbu:.1} dBu"));
        let hum = noise.hum.as_ref().map_or(String::new(), |hum| {
            format!(", hum of {} Hz at {:.1} dBFS", hum.mains_hz, hum.level_dbfs)
        });
        println!("  noise {:.1} dBFS{dbu}{hum}", noise.level_dbfs.mean);
    }
    for tone in &channel.distortion {
        println!(
            "  at {} dBFS: THD {:.1} dB, THD+N {:.1} dB, gain {:+.2} dB",
            tone.sent_dbfs, tone.thd_db.mean, tone.thd_n_db.mean, tone.gain_db.mean
        );
    }
}

fn tell_path(n: usize, path: &PathFigures) {
    let polarity = match path.polarity {
        Polarity::Kept => "polarity kept",
        Polarity::Inverted => "polarity inverted",
    };
    let phase = match path.phase {
        PhaseKind::Minimum => "minimum phase",
        PhaseKind::Linear => "linear phase",
    };
    println!(
        "channel {n}: {:.4} \u{b1} {:.4} samples late, {polarity}, {phase}",
        path.delay_frames.mean, path.delay_frames.deviation
    );
    let dbu = path.gain_dbu.map_or(String::new(), |dbu| {
        format!(" ({dbu:+.2} dB between the plugs)")
    });
    println!(
        "  gain {:+.3} \u{b1} {:.3} dB{dbu}, decay {:.0} ms for 60 dB",
        path.gain_db.mean, path.gain_db.deviation, path.decay_ms
    );
}
