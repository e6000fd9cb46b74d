//! The way out to a unit and back: trims, a gate, what aligns it, and the switch around it.

use dsp::{Audition, AuditionSwitch, Lesson, Param, ParamEvent, Spec};
use gear::Aligner;

use crate::insert::Guard;
use crate::live::{to_port, with_rows};
use crate::session::fade::Fade;
use crate::session::levels::{Meter, Reading};

/// A fallen guard silences a send in this time.
const SHUT_SECONDS: f64 = 0.001;

/// What a unit's channels carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Carries {
    /// The mix's channels, as they are.
    #[default]
    Channels,
    /// Mid and side: encoded before the sends, decoded behind the returns.
    MidSide,
}

/// How a unit stands in a session.
#[derive(Clone, Debug, PartialEq)]
pub struct WaySettings {
    /// Before its send, in dB.
    pub send_trim_db: f64,
    /// Behind its return, in dB.
    pub return_trim_db: f64,
    /// What its channels carry.
    pub carries: Carries,
    /// Round trip of each channel in frames, as it was measured; `None` until it is.
    pub delays_frames: Option<Vec<f64>>,
}

/// Turns of an audition switch that wait for the end of the last one, so that there is no corner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    wanted: Option<Audition>,
    position: u64,
    until: u64,
    ramp_frames: u32,
}

impl Turn {
    pub(crate) fn new(ramp_frames: u32) -> Self {
        Self {
            wanted: None,
            position: 0,
            until: 0,
            ramp_frames,
        }
    }

    /// Real-time.
    pub(crate) fn to(&mut self, wanted: Audition) {
        self.wanted = Some(wanted);
    }

    /// Real-time: what is due in the block of so many frames that comes.
    pub(crate) fn due(&mut self, frames: usize) -> Option<ParamEvent> {
        let now = self.position;
        self.position += frames as u64;
        if now < self.until {
            return None;
        }
        let audition = self.wanted.take()?;
        self.until = now + u64::from(self.ramp_frames);
        Some(ParamEvent {
            frame: now,
            param: Param::Audition(audition),
            value: 0.0,
            ramp_frames: self.ramp_frames,
        })
    }
}

pub(crate) struct Way {
    carries: Carries,
    send_trim: Fade,
    return_trim: Fade,
    gate: Fade,
    shut_frames: u32,
    guard: Guard,
    aligner: Aligner,
    switch: AuditionSwitch,
    turn: Turn,
    wires: Vec<Vec<f64>>,
    sent: Meter,
    returned: Meter,
    non_finite: u64,
}

/// What a way is made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WayPlace {
    pub(crate) spec: Spec,
    pub(crate) max_frames: usize,
    pub(crate) fade_frames: u32,
    pub(crate) ceiling_dbfs: f64,
}

impl Way {
    pub(crate) fn new(settings: &WaySettings, place: WayPlace) -> Self {
        let WayPlace {
            spec,
            max_frames,
            fade_frames,
            ..
        } = place;
        let nothing = vec![0.0; spec.channels];
        let delays = settings.delays_frames.as_ref().unwrap_or(&nothing);
        let aligner = Aligner::new(delays, spec.rate_hz, max_frames);
        let trim = |db: f64| Fade::resting(dsp::db_to_gain(db), fade_frames);
        Self {
            carries: settings.carries,
            send_trim: trim(settings.send_trim_db),
            return_trim: trim(settings.return_trim_db),
            gate: Fade::resting(0.0, fade_frames),
            shut_frames: (f64::from(spec.rate_hz) * SHUT_SECONDS) as u32,
            guard: Guard::new(spec.rate_hz, spec.channels, place.ceiling_dbfs),
            switch: AuditionSwitch::new(spec, max_frames, aligner.skip_frames()),
            aligner,
            turn: Turn::new(fade_frames),
            wires: vec![vec![0.0; max_frames]; spec.channels],
            sent: Meter::default(),
            returned: Meter::default(),
            non_finite: 0,
        }
    }

    /// Frames by which what comes back is late, made the same for every channel.
    pub(crate) fn latency_frames(&self) -> u64 {
        self.aligner.skip_frames()
    }

    /// Real-time.
    pub(crate) fn trim(&mut self, send: f64, back: f64) {
        self.send_trim.go(send);
        self.return_trim.go(back);
    }

    /// Real-time.
    pub(crate) fn hear(&mut self, audition: Audition) {
        self.turn.to(audition);
    }

    /// Real-time.
    pub(crate) fn open_gate(&mut self) {
        self.guard.reset();
        self.gate.go(1.0);
    }

    /// Real-time.
    pub(crate) fn close_gate(&mut self) {
        self.gate.go(0.0);
    }

    /// Real-time: as fast as it may.
    pub(crate) fn shut_gate(&mut self) {
        self.gate.hurry(0.0, self.shut_frames);
        self.guard.reset();
    }

    /// Real-time.
    pub(crate) fn is_shut(&self) -> bool {
        self.gate.rests_at() == Some(0.0)
    }

    /// Real-time: true where what came back stood above the ceiling.
    pub(crate) fn is_too_loud(&mut self, returned: &[&[f32]]) -> bool {
        let frames = returned.first().map_or(0, |channel| channel.len());
        self.guard.hear(returned, 0..frames).is_some()
    }

    /// Real-time: what goes out.
    pub(crate) fn send(&mut self, rows: &mut [Vec<f64>], frames: usize, out: &mut [&mut [f32]]) {
        with_rows(rows, frames, |block| self.switch.keep(block));
        for (wire, row) in self.wires.iter_mut().zip(&*rows) {
            wire[..frames].copy_from_slice(&row[..frames]);
        }
        if let (Carries::MidSide, [left, right]) = (self.carries, self.wires.as_mut_slice()) {
            for (l, r) in left.iter_mut().zip(right).take(frames) {
                (*l, *r) = (0.5 * (*l + *r), 0.5 * (*l - *r));
            }
        }
        for n in 0..frames {
            let gain = self.send_trim.next() * self.gate.next();
            for wire in &mut self.wires {
                wire[n] *= gain;
                self.sent.feed(wire[n]);
            }
        }
        for (wire, port) in self.wires.iter().zip(out) {
            to_port(&wire[..frames], port);
        }
    }

    /// Real-time: what comes back takes the place of what went out.
    pub(crate) fn take_back(
        &mut self,
        returned: &[&[f32]],
        rows: &mut [Vec<f64>],
        (frames, lesson): (usize, Lesson),
    ) {
        for (row, returned) in rows.iter_mut().zip(returned) {
            for (x, heard) in row.iter_mut().zip(*returned) {
                let is_audio = heard.is_finite();
                self.non_finite += u64::from(!is_audio);
                *x = if is_audio { f64::from(*heard) } else { 0.0 };
                self.returned.feed(*x);
            }
        }
        with_rows(rows, frames, |block| self.aligner.process(block));
        if let (Carries::MidSide, [mid, side]) = (self.carries, &mut *rows) {
            for (m, s) in mid.iter_mut().zip(side).take(frames) {
                (*m, *s) = (*m + *s, *m - *s);
            }
        }
        for n in 0..frames {
            let gain = self.return_trim.next();
            rows.iter_mut().for_each(|row| row[n] *= gain);
        }
        self.switch.listen(lesson);
        let due = self.turn.due(frames);
        with_rows(rows, frames, |block| {
            self.switch.blend(block, due.as_slice());
        });
    }

    /// Real-time: levels of send and return, and samples that were none.
    pub(crate) fn read(&mut self) -> (Reading, Reading, u64) {
        (self.sent.read(), self.returned.read(), self.non_finite)
    }
}
