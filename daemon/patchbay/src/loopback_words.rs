//! Gear that is not there, told in words: `delay=300,gain=-3,noise=-90`, or by the channel: `gain=-3/-6`.

use std::ops::RangeInclusive;

use crate::loopback::{LoopbackChannel, LoopbackSettings};

/// Rates that it runs at.
const RATES_HZ: RangeInclusive<u32> = 8_000..=768_000;

/// What the loopback engine cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoopbackWords {
    /// No number.
    #[error("the loopback\u{2019}s {name} is a number, not \u{201c}{value}\u{201d}")]
    NoNumber {
        /// The word.
        name: String,
        /// What stood behind it.
        value: String,
    },
    /// No such word.
    #[error(
        "the loopback knows channels, rate, delay, gain, second, third, noise, inverted, drift, returned and seed, not \u{201c}{0}\u{201d}"
    )]
    Unknown(String),
    /// More numbers than channels, or too few.
    #[error(
        "the loopback\u{2019}s {name} has one number, or one for each of its {channels} channels"
    )]
    PerChannel {
        /// The word.
        name: String,
        /// How many there are.
        channels: usize,
    },
    /// More than it can do.
    #[error("the loopback has 1 to 32 channels and a delay of 0 to 4 million frames")]
    Beyond,
    /// A rate that no hardware has.
    #[error("the loopback runs at 8 000 to 768 000 Hz, out and back")]
    Rate,
    /// A fraction of a frame needs room.
    #[error("a loopback\u{2019}s delay with a fraction begins at 64 frames")]
    Fraction,
}

impl LoopbackSettings {
    /// Reads `channels=2,rate=48000,delay=123.25,gain=-3,second=0.01,third=-0.02,noise=-90,inverted,drift=5,returned=44100,seed=1`,
    /// every word of it optional: two channels at 48 kHz, or at the rate given, else. Where channels differ, a word
    /// has a number for each: `gain=-3/-6`.
    ///
    /// # Errors
    /// What it cannot be, in a sentence.
    pub fn from_words(words: &str, rate_hz: Option<u32>) -> Result<Self, LoopbackWords> {
        let mut settings = Self {
            rate_hz: rate_hz.unwrap_or(48_000),
            channels: Vec::new(),
            drift_ppm: 0.0,
            returned_hz: None,
            seed: 1,
        };
        let words = words.split(',').map(str::trim).filter(|w| !w.is_empty());
        let words = words.map(|word| word.split_once('=').unwrap_or((word, "")));
        let (mut channels, mut of_channels) = (2, Vec::new());
        for (name, value) in words {
            match name {
                "channels" => channels = number(name, value)? as usize,
                "rate" => settings.rate_hz = number(name, value)? as u32,
                "drift" => settings.drift_ppm = number(name, value)?,
                "returned" => settings.returned_hz = Some(number(name, value)? as u32),
                "seed" => settings.seed = number(name, value)? as u64,
                _ => of_channels.push((name, value)),
            }
        }
        if !(1..=32).contains(&channels) {
            return Err(LoopbackWords::Beyond);
        }
        settings.channels = vec![LoopbackChannel::wire(0.0); channels];
        for (name, value) in of_channels {
            for (channel, value) in settings
                .channels
                .iter_mut()
                .zip(each(name, value, channels)?)
            {
                set(channel, name, value)?;
            }
        }
        let rates = [Some(settings.rate_hz), settings.returned_hz];
        if rates.iter().flatten().any(|hz| !RATES_HZ.contains(hz)) {
            return Err(LoopbackWords::Rate);
        }
        for delay in settings.channels.iter().map(|channel| channel.delay_frames) {
            if !(0.0..=4e6).contains(&delay) {
                return Err(LoopbackWords::Beyond);
            }
            if delay.fract() != 0.0 && delay < 64.0 {
                return Err(LoopbackWords::Fraction);
            }
        }
        Ok(settings)
    }
}

fn number(name: &str, value: &str) -> Result<f64, LoopbackWords> {
    let number = value.parse().ok().filter(|x: &f64| x.is_finite());
    number.ok_or_else(|| LoopbackWords::NoNumber {
        name: name.to_owned(),
        value: value.to_owned(),
    })
}

/// A word's value for each channel.
fn each<'v>(name: &str, value: &'v str, channels: usize) -> Result<Vec<&'v str>, LoopbackWords> {
    let values: Vec<&str> = value.split('/').collect();
    match values.len() {
        1 => Ok(vec![value; channels]),
        count if count == channels => Ok(values),
        _ => Err(LoopbackWords::PerChannel {
            name: name.to_owned(),
            channels,
        }),
    }
}

fn set(channel: &mut LoopbackChannel, name: &str, value: &str) -> Result<(), LoopbackWords> {
    match name {
        "delay" => channel.delay_frames = number(name, value)?,
        "gain" => channel.gain_db = number(name, value)?,
        "second" => channel.second = number(name, value)?,
        "third" => channel.third = number(name, value)?,
        "noise" => channel.noise_dbfs = Some(number(name, value)?),
        "inverted" => channel.is_inverted = true,
        _ => return Err(LoopbackWords::Unknown(name.to_owned())),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_is_told_in_words_or_refused_in_words() {
        let loopback = |words: &str| LoopbackSettings::from_words(words, None);
        let settings = loopback("channels=1,delay=100.5,gain=-3,inverted,noise=-90").unwrap();
        assert_eq!(settings.channels.len(), 1);
        assert_eq!(settings.channels[0].delay_frames, 100.5);
        assert!(settings.channels[0].is_inverted && settings.rate_hz == 48_000);
        let refused = |words: &str| loopback(words).unwrap_err().to_string();
        assert_eq!(
            refused("delay=soon"),
            "the loopback’s delay is a number, not “soon”"
        );
        assert!(refused("echo=3").contains("not “echo”"));
        assert!(refused("delay=1.5").contains("begins at 64 frames"));
        let sides = loopback("gain=0/-6,delay=100").unwrap().channels;
        assert_eq!(
            sides.iter().map(|c| c.gain_db).collect::<Vec<_>>(),
            [0.0, -6.0]
        );
        assert!(refused("gain=0/1/2").contains("each of its 2 channels"));
        assert!(refused("channels=0").contains("1 to 32 channels"));
    }
}
