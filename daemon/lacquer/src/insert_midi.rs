//! `lacquer insert midi`: the ports that take MIDI, and messages to one of them, to try what sets a unit.

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::insert_args::MidiArgs;
use crate::{Outcome, print_json};

/// Lists the ports, or sends messages to one; each message is a word of hexadecimal bytes.
pub(crate) fn run(args: &MidiArgs) -> anyhow::Result<Outcome> {
    let Some(port) = &args.port else {
        return list(args);
    };
    if args.messages.is_empty() {
        bail!("name what is to be sent, such as \"B0 07 64\"");
    }
    let messages = args.messages.iter().map(|text| bytes(text));
    let messages = messages.collect::<anyhow::Result<Vec<_>>>()?;
    patchbay::send_midi(port, &messages)?;
    if args.json {
        print_json(&json!({ "port": port, "sent": messages.len() }))?;
    } else {
        println!("{} sent to {port}", messages.len());
    }
    Ok(Outcome::Good)
}

fn list(args: &MidiArgs) -> anyhow::Result<Outcome> {
    let ports = patchbay::midi_ports()?;
    if args.json {
        print_json(&json!({ "ports": ports }))?;
    } else if ports.is_empty() {
        println!("no port takes MIDI: plug an interface in");
    } else {
        ports.iter().for_each(|port| println!("{port}"));
    }
    Ok(Outcome::Good)
}

/// Hexadecimal bytes, with blanks between them or without.
fn bytes(text: &str) -> anyhow::Result<Vec<u8>> {
    let digits: String = text.split_whitespace().collect();
    hex::decode(&digits).with_context(|| {
        format!("\u{201c}{text}\u{201d} is no row of bytes in hexadecimal, such as \"B0 07 64\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_hexadecimal_words() {
        assert_eq!(bytes("B0 07 64").unwrap(), [0xB0, 7, 0x64]);
        assert_eq!(bytes("f07ef7").unwrap(), [0xF0, 0x7E, 0xF7]);
        assert!(bytes("B0 7").is_err() && bytes("loud").is_err());
    }
}
