//! Where the song is: playing, stopped, jumping, going round, without a click.

use crate::session::fade::smooth;

/// Frame of a head that plays nothing.
const NOWHERE: i32 = i32::MIN;

/// Which frames of the song sound in one frame of time, the same for every source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    /// Where it is.
    to: i32,
    /// Where it comes from, while that fades away.
    from: i32,
    /// Share of where it is.
    share: f32,
}

impl Point {
    pub(crate) const SILENT: Self = Self {
        to: NOWHERE,
        from: NOWHERE,
        share: 1.0,
    };

    /// Real-time.
    pub(crate) fn is_silent(self) -> bool {
        self.to == NOWHERE && self.from == NOWHERE
    }

    /// Real-time: the frame of the song, where it plays.
    pub(crate) fn place(self) -> Option<i32> {
        (self.to != NOWHERE).then_some(self.to)
    }

    /// Real-time: a sample of a source there.
    pub(crate) fn of(self, source: &super::Source, channel: usize) -> f64 {
        if self.from == NOWHERE && self.share >= 1.0 {
            return source.at(channel, self.to);
        }
        let share = f64::from(self.share);
        share * source.at(channel, self.to) + (1.0 - share) * source.at(channel, self.from)
    }
}

/// The song's tape machine.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    /// One beyond the last frame that is played: the song, and what rings on behind it.
    end: i64,
    fade_frames: u32,
    /// The next frame; none while it stands.
    head: Option<i64>,
    /// Where it begins when it is to play.
    rest: i64,
    /// The head that fades away, and how long it has.
    leaving: Option<(Option<i64>, u32)>,
    round: Option<(i64, i64)>,
    /// Wishes that wait for the end of a fade.
    is_wanted: Option<Run>,
    jump: Option<i64>,
}

/// Whether the song goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Run {
    /// It stands.
    #[default]
    Stopped,
    /// It plays.
    Playing,
}

impl Transport {
    pub(crate) fn new(end: i64, fade_frames: u32) -> Self {
        Self {
            end,
            fade_frames: fade_frames.max(1),
            head: None,
            rest: 0,
            leaving: None,
            round: None,
            is_wanted: None,
            jump: None,
        }
    }

    /// Real-time.
    pub(crate) fn run(&mut self, run: Run) {
        self.is_wanted = Some(run);
    }

    /// Real-time.
    pub(crate) fn locate(&mut self, frame: i64) {
        self.jump = Some(frame.clamp(0, self.end));
    }

    /// Real-time: goes round between two frames, more than two fades apart.
    pub(crate) fn go_round(&mut self, round: Option<(i64, i64)>) {
        self.round = round;
    }

    /// Real-time.
    pub(crate) fn state(&self) -> Run {
        match self.is_wanted {
            Some(wanted) => wanted,
            None if self.head.is_some() => Run::Playing,
            None => Run::Stopped,
        }
    }

    /// Real-time: the next frame, or where it would begin.
    pub(crate) fn place(&self) -> i64 {
        self.jump.or(self.head).unwrap_or(self.rest)
    }

    /// Real-time: the next frame of time.
    pub(crate) fn next(&mut self) -> Point {
        if self.leaving.is_none() {
            self.turn();
        }
        let (from, share) = match self.leaving {
            None => (None, 1.0),
            Some((from, gone)) => {
                let t = f64::from(gone + 1) / f64::from(self.fade_frames + 1);
                (from, smooth(t))
            }
        };
        let frame = |head: Option<i64>| match head.map(i32::try_from) {
            Some(Ok(frame)) => frame,
            Some(Err(_)) | None => NOWHERE,
        };
        let point = Point {
            to: frame(self.head),
            from: frame(from),
            share: share as f32,
        };
        self.head = self.head.map(|head| head + 1);
        self.leaving = self.leaving.and_then(|(from, gone)| {
            let goes_on = gone + 1 < self.fade_frames;
            goes_on.then_some((from.map(|from| from + 1), gone + 1))
        });
        point
    }

    fn fade_to(&mut self, head: Option<i64>) {
        self.leaving = Some((self.head, 0));
        self.head = head;
    }

    /// Does what is due; one thing at a time.
    fn turn(&mut self) {
        match (self.is_wanted.take(), self.head) {
            (Some(Run::Stopped), Some(head)) => {
                self.rest = head;
                return self.fade_to(None);
            }
            (Some(Run::Playing), None) => {
                let from = self.jump.take().unwrap_or(self.rest);
                return self.fade_to(Some(from));
            }
            (Some(Run::Stopped) | None, None) => {
                self.rest = self.jump.take().unwrap_or(self.rest);
                return;
            }
            (Some(Run::Playing) | None, Some(_)) => (),
        }
        if let Some(to) = self.jump.take() {
            return self.fade_to(Some(to));
        }
        let fade = i64::from(self.fade_frames);
        match (self.head, self.round) {
            // What is faded into begins as far ahead as the fade is long: the seam is passed in time.
            (Some(head), Some((start, end))) if head >= end - fade => {
                self.fade_to(Some(start - fade));
            }
            (Some(head), None) if head >= self.end => {
                (self.head, self.rest) = (None, 0);
            }
            (Some(_) | None, Some(_) | None) => (),
        }
    }
}

/// Points that come back after a number of frames, so that every source is heard where the chain is.
#[derive(Clone, Debug)]
pub(crate) struct LatePoints {
    ring: Vec<Point>,
    at: usize,
}

impl LatePoints {
    pub(crate) fn new(frames: usize) -> Self {
        Self {
            ring: vec![Point::SILENT; frames],
            at: 0,
        }
    }

    /// Real-time.
    pub(crate) fn next(&mut self, point: Point) -> Point {
        let length = self.ring.len();
        let Some(place) = self.ring.get_mut(self.at) else {
            return point;
        };
        self.at = if self.at + 1 < length { self.at + 1 } else { 0 };
        std::mem::replace(place, point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_comes_round_in_time_and_a_seam_is_a_cross_fade() {
        let mut tape = Transport::new(10_000, 100);
        tape.go_round(Some((1_000, 2_000)));
        tape.locate(1_000);
        tape.run(Run::Playing);
        let points: Vec<Point> = (0..3_000).map(|_| tape.next()).collect();
        assert_eq!(points[100].to, 1_100);
        // A thousand frames later it is at the same place, and twice.
        assert_eq!((points[1_050].to, points[2_050].to), (1_050, 1_050));
        assert_eq!((points[950].to, points[950].from), (950, 1_950));
        assert!(
            points
                .windows(2)
                .all(|p| (p[1].share - p[0].share).abs() < 0.03 || p[0].share > 0.97)
        );
    }

    #[test]
    fn the_end_of_the_song_stops_it_and_a_wish_waits_for_a_fade() {
        let mut tape = Transport::new(500, 10);
        assert!(tape.next().is_silent());
        tape.run(Run::Playing);
        for _ in 0..5 {
            tape.next();
        }
        tape.run(Run::Stopped);
        let rest: Vec<Point> = (0..30).map(|_| tape.next()).collect();
        assert!(rest[0].place().is_some() && rest[29].is_silent());
        assert_eq!((tape.state(), tape.place()), (Run::Stopped, 10));
        tape.run(Run::Playing);
        let played = (0..600)
            .map(|_| tape.next())
            .filter(|p| p.place().is_some());
        assert_eq!(played.count(), 490);
        assert_eq!((tape.state(), tape.place()), (Run::Stopped, 0));
    }
}
