//! Lacquer, the box in a mastering studio's rack: one binary for everything.
//!
//! Exit codes: 0, done and nothing to object to; 1, done, and the answer is no; 2, could not be
//! done, with the reason on standard error.

mod admin;
mod album;
mod album_args;
mod album_balance;
mod album_parts;
mod album_sides;
mod album_words;
mod args;
mod attachment_verbs;
mod books;
mod books_args;
mod check;
mod config;
mod deliver;
mod deliver_attached;
mod deliver_lyrics;
mod deliver_programme;
mod disc_args;
mod disc_file;
mod doctor;
mod file_args;
mod insert;
mod insert_args;
mod insert_list;
mod insert_midi;
mod insert_place;
mod insert_print;
mod insert_queue;
mod insert_queue_args;
mod insert_recall;
mod insert_unit;
mod label_copy_verbs;
mod live;
mod live_args;
mod live_session;
mod live_words;
mod lyrics_verbs;
mod master;
mod matching;
mod measure_files;
mod notify;
mod offers;
mod opened;
mod order_rules;
mod package_verbs;
mod person;
mod person_args;
mod programme_file;
mod queue;
mod rack_args;
mod rack_verbs;
mod release_args;
mod release_verbs;
mod returned;
mod rule_args;
mod sales_args;
mod sales_verbs;
mod serve;
mod share;
mod side_by_side;
mod stems;
mod verify;
mod verify_delivery;
mod verify_disc;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Args, Verb};

/// First word of a sandboxed worker.
const WORKER: &str = "worker";
/// First word of the process that holds a return on another audio server.
const RETURN_SIDE: &str = "return-side";

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Done, and nothing to object to.
    Good,
    /// Done, and the answer is no.
    No,
}

fn main() -> ExitCode {
    // Children come first: nothing of the daemon is set up in them.
    let first = std::env::args_os().nth(1);
    let is_first = |word: &str| first.as_deref().is_some_and(|first| first == word);
    if is_first(WORKER) {
        return worker::child_main();
    }
    if is_first(RETURN_SIDE) {
        // Who asked for it is told on the pipe, or has gone.
        return patchbay::serve_return().map_or(ExitCode::from(2), |()| ExitCode::SUCCESS);
    }
    let args = Args::parse();
    match run(args) {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Err(error) => {
            eprintln!("lacquer: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(args: Args) -> anyhow::Result<Outcome> {
    match args.verb {
        Verb::Serve => serve::run(&args.place),
        Verb::Check(check) => check::check(&check),
        Verb::Measure(measure) => measure_files::run(&measure),
        Verb::Master(master) => master::run(&master),
        Verb::Album(args) => album::run(&args),
        Verb::Live(live) => live::run(&args.place, &live),
        Verb::Match(args) => matching::run(&args),
        Verb::Deliver(deliver) => deliver::run(&deliver),
        Verb::Verify(verify) => verify::run(&verify),
        Verb::Archive(verb) => admin::archive(&args.place, verb),
        Verb::Queue { json } => queue::show(&args.place, json),
        Verb::Rule { verb, word } => order_rules::rule(&args.place, verb, word),
        Verb::Support { words, by, order } => release_verbs::support(&args.place, words, by, order),
        Verb::Release { verb, word } => release_verbs::run(&args.place, verb, word),
        Verb::Sales { verb, word } => sales_verbs::run(&args.place, verb, word),
        Verb::Work { verb, word } => order_rules::work(&args.place, verb, word),
        Verb::Service(verb) => offers::service(&args.place, verb),
        Verb::Journal { before, json } => offers::journal(&args.place, before, json),
        Verb::Order(verb) => admin::order(&args.place, verb),
        Verb::Price(verb) => books::price(&args.place, verb),
        Verb::Ledger(verb) => books::ledger(&args.place, verb),
        Verb::User(verb) => admin::user(&args.place, verb),
        Verb::Returned { json } => returned::take(&args.place, json),
        Verb::Doctor(doctor) => doctor::run(&args.place, &doctor),
        Verb::Insert(verb) => insert::run(&args.place, &verb),
        Verb::Rack(verb) => rack_verbs::run(&args.place, verb),
        Verb::Share(verb) => share::run(&args.place, &verb),
    }
}

/// The program and word that start a sandboxed worker: this program itself.
fn worker_command() -> anyhow::Result<worker::WorkerCommand> {
    Ok(worker::WorkerCommand {
        program: std::env::current_exe()?,
        args: vec![WORKER.into()],
    })
}

/// The program and word that hold a return on another audio server: this program itself.
fn return_command() -> anyhow::Result<patchbay::ReturnCommand> {
    Ok(patchbay::ReturnCommand {
        program: std::env::current_exe()?,
        arguments: vec![RETURN_SIDE.into()],
    })
}

/// Prints one JSON document on standard output.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}
