//! Findings about a file as such, which are made where the file is opened; the words live here.

use crate::codes;
use crate::finding::{Finding, Severity, duration, timecode};

const SEND_AGAIN: &str =
    "Send the file again; a checksum or a zip around it shows a broken transfer.";
const PRINT_AGAIN: &str =
    "Print the mix again at the session's own rate as WAV, AIFF or FLAC, 24 bit or 32 bit float.";

/// The file cannot be opened or decoded; `reason` is for the engineer.
#[must_use]
pub fn unreadable(reason: &str) -> Finding {
    Finding::new(codes::UNREADABLE, Severity::Blocks)
        .client("This file cannot be opened as audio; nothing in it could be played.")
        .engineer(format!("The file could not be decoded: {reason}."))
        .advice(format!("{PRINT_AGAIN} {SEND_AGAIN}"))
}

/// The file has no bytes, or a header and no samples.
#[must_use]
pub fn empty_file() -> Finding {
    Finding::new(codes::EMPTY, Severity::Blocks)
        .client("This file holds no sound at all: it is empty.")
        .engineer("The file has no sample.")
        .advice(SEND_AGAIN)
}

/// The file ends before its own header says it should.
#[must_use]
pub fn cut_short(have_seconds: f64, expected_seconds: f64) -> Finding {
    Finding::new(codes::CUT_SHORT, Severity::Blocks)
        .evidence("have", have_seconds, "seconds")
        .evidence("expected", expected_seconds, "seconds")
        .client(format!(
            "The file stops at {}, but it says it is {} long: the upload or the print was cut off.",
            timecode(have_seconds),
            timecode(expected_seconds)
        ))
        .engineer(format!(
            "The header announces {expected_seconds:.3} s; {have_seconds:.3} s could be decoded."
        ))
        .advice(SEND_AGAIN)
}

/// The file ends in exact zeros that nothing explains, as a copy that died in a reserved file does.
#[must_use]
pub fn zero_tail(from_seconds: f64, length_seconds: f64) -> Finding {
    Finding::new(codes::ZERO_TAIL, Severity::Ask)
        .at(&crate::finding::SpanList::one(from_seconds, length_seconds))
        .evidence("zeros", length_seconds, "seconds")
        .client(format!(
            "From {} on the file holds nothing but zeros ({}): the copy may have died on the way.",
            timecode(from_seconds),
            duration(length_seconds)
        ))
        .engineer(format!(
            "Exact zeros from {from_seconds:.3} s to the end, entered without a decay."
        ))
        .advice(SEND_AGAIN)
}

/// Header and data disagree, though the audio could be read; lengths in frames.
#[must_use]
pub fn lengths_disagree(header_frames: u64, actual_frames: u64, rate_hz: u32) -> Finding {
    let seconds = |frames: u64| frames as f64 / f64::from(rate_hz.max(1));
    Finding::new(codes::LENGTHS_DISAGREE, Severity::Ask)
        .evidence("header", header_frames as f64, "frames")
        .evidence("actual", actual_frames as f64, "frames")
        .client(format!(
            "The file says it is {} long, but {} of sound are in it.",
            timecode(seconds(header_frames)),
            timecode(seconds(actual_frames))
        ))
        .engineer(format!(
            "Header: {header_frames} frames; data: {actual_frames} frames."
        ))
        .advice("Listen to the end of the song in the reference, or print the mix again.")
}

/// The file was made by a lossy codec; `codec` is its name, such as `MP3`.
#[must_use]
pub fn lossy_codec(codec: &str) -> Finding {
    Finding::new(codes::LOSSY_SOURCE, Severity::Ask)
        .client(format!(
            "This is an {codec} file: part of the sound was thrown away when it was made, and mastering cannot bring it back."
        ))
        .engineer(format!("The source is {codec}, a lossy codec."))
        .advice(PRINT_AGAIN)
}

/// The file has no channel.
#[must_use]
pub fn zero_channels() -> Finding {
    Finding::new(codes::CHANNELS_UNUSABLE, Severity::Blocks)
        .evidence("channels", 0.0, "")
        .client("This file has no channel, so there is nothing to hear in it.")
        .engineer("The header says 0 channels.")
        .advice(PRINT_AGAIN)
}

/// The file has more channels than can be taken.
#[must_use]
pub fn too_many_channels(channels: u32) -> Finding {
    Finding::new(codes::CHANNELS_UNUSABLE, Severity::Blocks)
        .evidence("channels", f64::from(channels), "")
        .client(format!(
            "This file has {channels} channels; a mix has one, two, or the channels of one surround format."
        ))
        .engineer(format!("The header says {channels} channels; at most 32 are taken."))
        .advice("Print the stereo mix on its own; stems come as files of their own.")
}

/// The rate is outside 8 to 384 kHz.
#[must_use]
pub fn rate_out_of_range(rate_hz: u32) -> Finding {
    Finding::new(codes::RATE_UNUSABLE, Severity::Blocks)
        .evidence("rate", f64::from(rate_hz), "Hz")
        .client(format!(
            "This file says it has a sample rate of {rate_hz} Hz, which no studio uses; its header is damaged or wrong."
        ))
        .engineer(format!("Rate {rate_hz} Hz; 8,000 to 384,000 Hz are taken."))
        .advice(PRINT_AGAIN)
}

/// Two files hold the same samples.
#[must_use]
pub fn same_as(other_name: &str) -> Finding {
    Finding::new(codes::SAME_AS_ANOTHER, Severity::Ask)
        .client(format!(
            "This file is the same as “{other_name}”, sample for sample; one of the two was probably meant to be another song or version."
        ))
        .engineer(format!("Its samples have the checksum of “{other_name}”."))
        .advice("Say which of the two counts, or send the one that is missing.")
}

/// Another file has the same name in another folder; `other_path` says where.
#[must_use]
pub fn same_name(other_path: &str) -> Finding {
    Finding::new(codes::SAME_NAME, Severity::Ask)
        .client(format!(
            "There is another file of this name, “{other_path}”; please say whether this is a new version of it or another song."
        ))
        .engineer(format!("Same name as “{other_path}”, other audio; two songs until somebody decides."))
        .advice("Set one of the two aside, or send them under names that differ.")
}

/// The name does not tell which song or order it belongs to.
#[must_use]
pub fn name_unclear(name: &str) -> Finding {
    Finding::new(codes::NAME_UNCLEAR, Severity::Note)
        .client(format!(
            "The name “{name}” does not tell which song this is, so the song's title was taken from it as it stands."
        ))
        .engineer(format!("No title or order number could be read from “{name}”."))
        .advice("Name the file after the song, with the order number in front.")
}

/// No order could be found for the file.
#[must_use]
pub fn order_unclear(name: &str) -> Finding {
    Finding::new(codes::ORDER_UNCLEAR, Severity::Ask)
        .client(format!(
            "The order that “{name}” belongs to could not be told from its name."
        ))
        .engineer(format!(
            "No order number in “{name}”, and more than one order is open, or none."
        ))
        .advice("Put the order number in the name of the file or of its folder.")
}

/// A zip was refused or only partly taken; `reason` in plain words.
#[must_use]
pub fn zip_refused(reason: &str) -> Finding {
    Finding::new(codes::ZIP_REFUSED, Severity::Blocks)
        .client(format!("This zip was not opened: {reason}."))
        .engineer(format!("Zip refused: {reason}."))
        .advice("Zip the folder with the mixes again, without other zips in it, or send the files as they are.")
}

/// A file in a zip was left out; `name` as the zip has it, `reason` in plain words.
#[must_use]
pub fn zip_entry_left(name: &str, reason: &str) -> Finding {
    Finding::new(codes::ZIP_REFUSED, Severity::Ask)
        .client(format!("“{name}” in this zip was left out: {reason}."))
        .engineer(format!("“{name}” in the zip was left out: {reason}."))
        .advice("Send that file by itself if it belongs to the order.")
}

/// A disc (a DDP fileset, a CUE sheet with its sound) was refused; `reason` in plain words.
#[must_use]
pub fn disc_refused(name: &str, reason: &str) -> Finding {
    Finding::new(codes::DISC_REFUSED, Severity::Blocks)
        .client(format!("The disc “{name}” was not taken: {reason}."))
        .engineer(format!("The disc “{name}” was refused: {reason}."))
        .advice("Send the whole folder again as the program wrote it, or the songs as WAV files.")
}

/// A disc was taken although a plant would send it back; `reason` in plain words.
#[must_use]
pub fn disc_rule(name: &str, reason: &str) -> Finding {
    Finding::new(codes::DISC_RULE, Severity::Note)
        .client(format!(
            "The disc “{name}” was taken as it is. A plant would object: {reason}."
        ))
        .engineer(format!(
            "A plant would object to the disc “{name}”: {reason}."
        ))
        .advice("Its songs are whole; a disc that is made of them here keeps the rules.")
}

/// Tracks of a disc were recorded with pre-emphasis, which is still in their sound.
#[must_use]
pub fn pre_emphasis(name: &str, tracks: &[usize]) -> Finding {
    let list: Vec<String> = tracks.iter().map(|no| format!("{no:02}")).collect();
    let list = list.join(", ");
    Finding::new(codes::PRE_EMPHASIS, Severity::Ask)
        .client(format!("Tracks of the disc “{name}” are flagged as recorded with pre-emphasis: {list}."))
        .engineer(format!("Flagged as recorded with pre-emphasis (50/15 µs) on the disc “{name}”: {list}. The mixes are the disc's own samples."))
        .advice("Listen whether they are too bright by up to 10 dB at the top; take the emphasis back in the chain before anything else.")
}

/// The inspection itself died or took too long; `reason` is for the engineer.
#[must_use]
pub fn not_inspected(reason: &str) -> Finding {
    Finding::new(codes::NOT_INSPECTED, Severity::Blocks)
        .client("This file could not be checked: opening it failed in a way no sound file should. It is kept as it came.")
        .engineer(format!("The inspection ended early: {reason}."))
        .advice(PRINT_AGAIN)
}
