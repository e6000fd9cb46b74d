//! Gear that is not there, told in words: `delay=300,gain=-3,noise=-90`.

use crate::loopback::{LoopbackChannel, LoopbackSettings};

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
        "the loopback knows channels, rate, delay, gain, second, third, noise, inverted, drift and seed, not \u{201c}{0}\u{201d}"
    )]
    Unknown(String),
    /// More than it can do.
    #[error("the loopback has 1 to 32 channels and a delay of 0 to 4 million frames")]
    Beyond,
    /// A fraction of a frame needs room.
    #[error("a loopback\u{2019}s delay with a fraction begins at 64 frames")]
    Fraction,
}

impl LoopbackSettings {
    /// Reads `channels=2,rate=48000,delay=123.25,gain=-3,second=0.01,third=-0.02,noise=-90,inverted,drift=5,seed=1`,
    /// every word of it optional: two channels at 48 kHz, or at the rate given, else.
    ///
    /// # Errors
    /// What it cannot be, in a sentence.
    pub fn from_words(words: &str, rate_hz: Option<u32>) -> Result<Self, LoopbackWords> {
        let mut channel = LoopbackChannel::wire(0.0);
        let mut settings = Self {
            rate_hz: rate_hz.unwrap_or(48_000),
            channels: Vec::new(),
            drift_ppm: 0.0,
            seed: 1,
        };
        let mut channels = 2;
        for word in words.split(',').map(str::trim).filter(|w| !w.is_empty()) {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let number = || {
                let number = value.parse().ok().filter(|x: &f64| x.is_finite());
                number.ok_or_else(|| LoopbackWords::NoNumber {
                    name: name.to_owned(),
                    value: value.to_owned(),
                })
            };
            match name {
                "channels" => channels = number()? as usize,
                "rate" => settings.rate_hz = number()? as u32,
                "delay" => channel.delay_frames = number()?,
                "gain" => channel.gain_db = number()?,
                "second" => channel.second = number()?,
                "third" => channel.third = number()?,
                "noise" => channel.noise_dbfs = Some(number()?),
                "drift" => settings.drift_ppm = number()?,
                "seed" => settings.seed = number()? as u64,
                "inverted" => channel.is_inverted = true,
                _ => return Err(LoopbackWords::Unknown(name.to_owned())),
            }
        }
        let delay = channel.delay_frames;
        if !(1..=32).contains(&channels) || !(0.0..=4e6).contains(&delay) {
            return Err(LoopbackWords::Beyond);
        }
        if delay.fract() != 0.0 && delay < 64.0 {
            return Err(LoopbackWords::Fraction);
        }
        settings.channels = vec![channel; channels];
        Ok(settings)
    }
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
        assert!(refused("channels=0").contains("1 to 32 channels"));
    }
}
