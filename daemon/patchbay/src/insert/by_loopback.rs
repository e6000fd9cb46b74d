//! A pass through the loopback engine, as fast as it goes.

use dsp::Resampler;

use crate::insert::{BLOCK, InsertError, Pass};
use crate::loopback::{Loopback, LoopbackSettings};

/// The engine, and the other clock that its return may come back by.
#[derive(Debug)]
pub(super) struct LoopbackPass {
    engine: Loopback,
    rates: [u32; 2],
}

impl LoopbackPass {
    pub(super) fn new(settings: &LoopbackSettings) -> Self {
        let returned_hz = settings.returned_hz.unwrap_or(settings.rate_hz);
        Self {
            engine: Loopback::with(settings),
            rates: [settings.rate_hz, returned_hz],
        }
    }

    pub(super) fn run(&mut self, pass: &mut Pass<'_>, channels: usize) -> Result<(), InsertError> {
        self.engine.reset();
        let mut back = Returned::new(self.rates, channels)?;
        let mut interleaved = vec![0.0_f32; BLOCK * channels];
        let mut rows = vec![vec![0.0; BLOCK]; channels];
        let mut returned = rows.clone();
        let mut left = pass.frames;
        while left > 0 {
            let frames = left.min(BLOCK as u64) as usize;
            let block = &mut interleaved[..frames * channels];
            (pass.source)(block).map_err(InsertError::Source)?;
            for (n, frame) in block.chunks_exact(channels).enumerate() {
                for (row, x) in rows.iter_mut().zip(frame) {
                    row[n] = f64::from(*x);
                }
            }
            let sent: Vec<&[f64]> = rows.iter().map(|row| &row[..frames]).collect();
            let mut heard: Vec<&mut [f64]> =
                returned.iter_mut().map(|row| &mut row[..frames]).collect();
            self.engine.process(&sent, &mut heard);
            let heard: Vec<&[f64]> = returned.iter().map(|row| &row[..frames]).collect();
            back.take(&heard, pass)?;
            left -= frames as u64;
        }
        back.end(pass)
    }
}

/// What comes back, at the return's rate.
struct Returned {
    converter: Option<Resampler>,
    made: Vec<Vec<f64>>,
    interleaved: Vec<f32>,
}

impl Returned {
    fn new([from_hz, to_hz]: [u32; 2], channels: usize) -> Result<Self, InsertError> {
        let converter = if from_hz == to_hz {
            None
        } else {
            let made = Resampler::new(from_hz, to_hz, channels, BLOCK);
            let refused = |error: dsp::ResamplerError| InsertError::NoServer {
                why: error.to_string(),
            };
            Some(made.map_err(refused)?)
        };
        let most = converter
            .as_ref()
            .map_or(BLOCK, Resampler::max_output_frames);
        Ok(Self {
            converter,
            made: vec![vec![0.0; most]; channels],
            interleaved: Vec::new(),
        })
    }

    fn take(&mut self, heard: &[&[f64]], pass: &mut Pass<'_>) -> Result<(), InsertError> {
        let frames = heard.first().map_or(0, |row| row.len());
        let Some(converter) = &mut self.converter else {
            for (made, heard) in self.made.iter_mut().zip(heard) {
                made[..frames].copy_from_slice(heard);
            }
            return self.hand_on(frames, pass);
        };
        let mut made: Vec<&mut [f64]> = self.made.iter_mut().map(Vec::as_mut_slice).collect();
        let count = converter.process(heard, &mut made);
        self.hand_on(count, pass)
    }

    fn end(&mut self, pass: &mut Pass<'_>) -> Result<(), InsertError> {
        while let Some(converter) = &mut self.converter {
            let mut made: Vec<&mut [f64]> = self.made.iter_mut().map(Vec::as_mut_slice).collect();
            let count = converter.finish(&mut made);
            if count == 0 {
                break;
            }
            self.hand_on(count, pass)?;
        }
        Ok(())
    }

    fn hand_on(&mut self, frames: usize, pass: &mut Pass<'_>) -> Result<(), InsertError> {
        self.interleaved.clear();
        for n in 0..frames {
            self.interleaved
                .extend(self.made.iter().map(|row| row[n] as f32));
        }
        (pass.sink)(&self.interleaved).map_err(InsertError::Sink)
    }
}
