//! Transport by MIDI: a port of ours at ALSA's sequencer that a controller plays, stops and locates by.

use std::ffi::CString;

use alsa::Direction;
use alsa::seq::{Addr, MidiEvent, PortCap, PortSubscribe, PortType, Seq};

use crate::midi::{MidiError, coder, no_sequencer, sources};

/// Longest message that is looked at; a transport's are shorter.
const LONGEST: usize = 64;
/// Frames a second by the two bits of a time code (MIDI 1.0, "MIDI Machine Control", standard time code).
const FRAME_RATES: [f64; 4] = [24.0, 25.0, 30_000.0 / 1_001.0, 30.0];

/// What a controller asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TransportWord {
    /// Plays from the beginning (of the loop).
    FromTheBeginning,
    /// Plays from where it stands.
    Play,
    /// Stops where it is.
    Stop,
    /// Goes to a place of the song.
    At {
        /// In seconds.
        seconds: f64,
    },
}

/// The port, open.
pub struct MidiTransport {
    seq: Seq,
    decoder: MidiEvent,
}

impl std::fmt::Debug for MidiTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MidiTransport").finish_non_exhaustive()
    }
}

impl MidiTransport {
    /// Opens the port `Lacquer:transport`, and connects a controller's port to it where one is named, as `CLIENT:PORT`
    /// or by its client alone.
    ///
    /// # Errors
    /// No sequencer, no such port.
    pub fn open(from: &str) -> Result<Self, MidiError> {
        let broken = |error: alsa::Error| no_sequencer(&error);
        let seq = Seq::open(None, Some(Direction::Capture), true).map_err(broken)?;
        seq.set_client_name(c"Lacquer").map_err(broken)?;
        let kind = PortType::MIDI_GENERIC | PortType::APPLICATION;
        let takes = PortCap::WRITE | PortCap::SUBS_WRITE;
        let name = CString::from(c"transport");
        let port = seq.create_simple_port(&name, takes, kind).map_err(broken)?;
        let own = Addr {
            client: seq.client_id().map_err(broken)?,
            port,
        };
        if !from.is_empty() {
            let sender = sources(&seq, from)?;
            let both = PortSubscribe::empty().map_err(broken)?;
            both.set_sender(sender);
            both.set_dest(own);
            seq.subscribe_port(&both)
                .map_err(|error| MidiError::Refused {
                    port: from.to_owned(),
                    why: error.to_string(),
                })?;
        }
        Ok(Self {
            seq,
            decoder: coder()?,
        })
    }

    /// The next word, if one came; never waits.
    pub fn next_word(&mut self) -> Option<TransportWord> {
        let mut input = self.seq.input();
        // More than a controller sends between two looks.
        for _ in 0..256 {
            if input.event_input_pending(true).unwrap_or(0) == 0 {
                return None;
            }
            let mut event = input.event_input().ok()?;
            let mut bytes = [0; LONGEST];
            let decoded = self.decoder.decode(&mut bytes, &mut event);
            let message = decoded.ok().and_then(|count| bytes.get(..count));
            if let Some(word) = message.and_then(word_of) {
                return Some(word);
            }
        }
        None
    }
}

/// What a message says to a transport: MIDI's own start, continue and stop, or MIDI Machine Control.
fn word_of(message: &[u8]) -> Option<TransportWord> {
    match *message {
        [0xFA] => Some(TransportWord::FromTheBeginning),
        [0xFB] => Some(TransportWord::Play),
        [0xFC] => Some(TransportWord::Stop),
        [0xF0, 0x7F, _, 0x06, 0x02 | 0x03, 0xF7] => Some(TransportWord::Play),
        [0xF0, 0x7F, _, 0x06, 0x01 | 0x09, 0xF7] => Some(TransportWord::Stop),
        [
            0xF0,
            0x7F,
            _,
            0x06,
            0x44,
            0x06,
            0x01,
            hours,
            minutes,
            seconds,
            frames,
            parts,
            0xF7,
        ] => {
            let rate = FRAME_RATES[usize::from(hours >> 5 & 0x03)];
            let whole = 3_600 * u32::from(hours & 0x1F)
                + 60 * u32::from(minutes & 0x3F)
                + u32::from(seconds & 0x3F);
            let frames = f64::from(frames & 0x1F) + f64::from(parts & 0x7F) / 100.0;
            Some(TransportWord::At {
                seconds: f64::from(whole) + frames / rate,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn midis_own_words_and_machine_control_are_understood() {
        let control = |command: u8| [0xF0, 0x7F, 0x7F, 0x06, command, 0xF7];
        assert_eq!(word_of(&[0xFA]), Some(TransportWord::FromTheBeginning));
        assert_eq!(word_of(&[0xFB]), Some(TransportWord::Play));
        assert_eq!(word_of(&[0xFC]), Some(TransportWord::Stop));
        assert_eq!(word_of(&control(2)), Some(TransportWord::Play));
        assert_eq!(word_of(&control(3)), Some(TransportWord::Play));
        assert_eq!(word_of(&control(1)), Some(TransportWord::Stop));
        assert_eq!(word_of(&control(9)), Some(TransportWord::Stop));
        // 1 h, 2 min, 3 s and 12.5 frames of 25.
        let locate = [0xF0, 0x7F, 0, 6, 0x44, 6, 1, 0x21, 2, 3, 12, 50, 0xF7];
        let at = TransportWord::At { seconds: 3_723.5 };
        assert_eq!(word_of(&locate), Some(at));
        assert_eq!(word_of(&[0x90, 60, 100]), None);
        assert_eq!(word_of(&control(6)), None, "nobody records here by MIDI");
    }

    proptest! {
        #[test]
        fn any_message_is_a_word_or_none(message in prop::collection::vec(any::<u8>(), 0..20)) {
            if let Some(TransportWord::At { seconds }) = word_of(&message) {
                prop_assert!((0.0..=32.0 * 3_600.0).contains(&seconds));
            }
        }
    }
}
