//! MIDI out through ALSA's sequencer: whole messages to a port by its name, at the speed of a MIDI cable.

use std::thread;
use std::time::Duration;

use alsa::Direction;
use alsa::seq::{Addr, ClientIter, MidiEvent, PortCap, PortIter, PortType, Seq};

/// Longest message, in bytes; a maker's whole memory dump is none.
pub const LONGEST_MESSAGE: usize = 1_024;
/// What a byte takes on a cable: ten bits at 31,250 a second (MIDI 1.0, "Hardware").
const BYTE: Duration = Duration::from_micros(320);

/// Why nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MidiError {
    /// The kernel has none, or it may not be used.
    #[error(
        "ALSA\u{2019}s sequencer cannot be used ({why}); load the kernel module snd-seq, and let the service open /dev/snd/seq"
    )]
    NoSequencer {
        /// What ALSA said.
        why: String,
    },
    /// No such port.
    #[error("there is no MIDI port \u{201c}{port}\u{201d}; {there}")]
    NoPort {
        /// What was asked for.
        port: String,
        /// Those that are there, in words.
        there: String,
    },
    /// Not one whole message.
    #[error("{} is not one MIDI message of up to {LONGEST_MESSAGE} bytes", hex(.0))]
    NoMessage(Vec<u8>),
    /// The port does not take it.
    #[error("the MIDI port \u{201c}{port}\u{201d} did not take the message: {why}")]
    Refused {
        /// The port.
        port: String,
        /// What ALSA said.
        why: String,
    },
}

fn hex(bytes: &[u8]) -> String {
    let words = bytes.iter().take(16).map(|byte| format!("{byte:02X}"));
    words.collect::<Vec<_>>().join(" ")
}

/// The ports that take MIDI, as `CLIENT:PORT`, in the sequencer's order.
///
/// # Errors
/// No sequencer.
pub fn midi_ports() -> Result<Vec<String>, MidiError> {
    let seq = open()?;
    Ok(ports(&seq).into_iter().map(|(name, _)| name).collect())
}

/// Sends messages, one after the other, each after the one before has had its time on the cable. Blocks that long.
///
/// The port is `CLIENT:PORT`, or a client's name alone for its first port.
///
/// # Errors
/// No sequencer, no such port, a message that is none (then nothing is sent), a port that refuses.
pub fn send_midi(port: &str, messages: &[Vec<u8>]) -> Result<(), MidiError> {
    let mut coder = coder()?;
    for message in messages {
        whole(&mut coder, message)?;
    }
    let seq = open()?;
    let address = found(port, &ports(&seq))?;
    let kind = PortType::MIDI_GENERIC | PortType::APPLICATION;
    let own = seq.create_simple_port(c"out", PortCap::READ, kind);
    let own = own.map_err(|error| no_sequencer(&error))?;
    for message in messages {
        send(&seq, own, (port, address), message)?;
        thread::sleep(BYTE * u32::try_from(message.len()).unwrap_or(0));
    }
    Ok(())
}

fn send(seq: &Seq, own: i32, (port, to): (&str, Addr), message: &[u8]) -> Result<(), MidiError> {
    let refused = |error: alsa::Error| MidiError::Refused {
        port: port.to_owned(),
        why: error.to_string(),
    };
    let mut coder = coder()?;
    let (_, event) = coder.encode(message).map_err(refused)?;
    let mut event = event.ok_or_else(|| MidiError::NoMessage(message.to_vec()))?;
    event.set_source(own);
    event.set_dest(to);
    event.set_direct();
    seq.event_output_direct(&mut event).map_err(refused)?;
    Ok(())
}

pub(crate) fn no_sequencer(error: &alsa::Error) -> MidiError {
    MidiError::NoSequencer {
        why: error.to_string(),
    }
}

fn open() -> Result<Seq, MidiError> {
    let seq = Seq::open(None, Some(Direction::Playback), false).map_err(|e| no_sequencer(&e))?;
    seq.set_client_name(c"Lacquer")
        .map_err(|e| no_sequencer(&e))?;
    Ok(seq)
}

pub(crate) fn coder() -> Result<MidiEvent, MidiError> {
    let room = u32::try_from(LONGEST_MESSAGE).unwrap_or(u32::MAX);
    let coder = MidiEvent::new(room).map_err(|error| no_sequencer(&error))?;
    coder.enable_running_status(false);
    Ok(coder)
}

/// Refuses what is less or more than one message.
fn whole(coder: &mut MidiEvent, message: &[u8]) -> Result<(), MidiError> {
    coder.reset_encode();
    let no_message = || MidiError::NoMessage(message.to_vec());
    if message.len() > LONGEST_MESSAGE || message.first().is_none_or(|byte| *byte < 0x80) {
        return Err(no_message());
    }
    match coder.encode(message) {
        Ok((used, Some(_))) if used == message.len() => Ok(()),
        Ok(_) | Err(_) => Err(no_message()),
    }
}

/// A port by its name, or the first of a client by that one's.
fn found(port: &str, there: &[(String, Addr)]) -> Result<Addr, MidiError> {
    let is_client = |name: &str| {
        name.split_once(':')
            .is_some_and(|(client, _)| client == port)
    };
    let by_name = there.iter().find(|(name, _)| name == port);
    let found = by_name.or_else(|| there.iter().find(|(name, _)| is_client(name)));
    let Some((_, address)) = found else {
        let names: Vec<&str> = there.iter().map(|(name, _)| name.as_str()).collect();
        return Err(MidiError::NoPort {
            port: port.to_owned(),
            there: match names.is_empty() {
                true => "none is there: plug the interface in".to_owned(),
                false => format!("there are {}", names.join(", ")),
            },
        });
    };
    Ok(*address)
}

/// A port of somebody else's that MIDI comes out of.
pub(crate) fn sources(seq: &Seq, port: &str) -> Result<Addr, MidiError> {
    let gives = PortCap::READ | PortCap::SUBS_READ;
    found(port, &ports_with(seq, gives))
}

/// Those of others that may be written to.
fn ports(seq: &Seq) -> Vec<(String, Addr)> {
    ports_with(seq, PortCap::WRITE | PortCap::SUBS_WRITE)
}

fn ports_with(seq: &Seq, wanted: PortCap) -> Vec<(String, Addr)> {
    let own = seq.client_id().unwrap_or(-1);
    let mut found = Vec::new();
    for client in ClientIter::new(seq).filter(|client| client.get_client() != own) {
        let Ok(name) = client.get_name() else {
            continue;
        };
        for port in PortIter::new(seq, client.get_client()) {
            let is_midi = port.get_type().contains(PortType::MIDI_GENERIC);
            if port.get_capability().contains(wanted)
                && is_midi
                && let Ok(port_name) = port.get_name()
            {
                found.push((format!("{name}:{port_name}"), port.addr()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_whole_message_and_nothing_else_is_sent() {
        let mut coder = coder().unwrap();
        let is_whole = |coder: &mut MidiEvent, bytes: &[u8]| whole(coder, bytes).is_ok();
        assert!(is_whole(&mut coder, &[0xB0, 7, 100]), "a control change");
        assert!(is_whole(&mut coder, &[0xC1, 5]), "a program change");
        assert!(is_whole(&mut coder, &[0xF0, 0, 0x21, 0x5D, 1, 64, 0xF7]));
        let long: Vec<u8> = [&[0xF0][..], &[1; 1_000], &[0xF7]].concat();
        assert!(is_whole(&mut coder, &long));
        for wrong in [
            &[][..],
            &[0xB0, 7],
            &[7, 100, 0xB0],
            &[0xB0, 7, 100, 0xB0, 8, 100],
            &[0xF0, 1, 2],
        ] {
            assert!(!is_whole(&mut coder, wrong), "{wrong:02X?}");
            assert!(
                is_whole(&mut coder, &[0xC1, 5]),
                "what follows is whole again"
            );
        }
        let refused = send_midi("Anything", &[vec![0xB0, 7]])
            .unwrap_err()
            .to_string();
        assert!(
            refused.starts_with("B0 07 is not one MIDI message"),
            "{refused}"
        );
    }
}
