//! Ways from one value to another that nobody hears as such.

/// Real-time: a way from 0 to 1 without a corner in its slope or its bend at either end.
pub(crate) fn smooth(t: f64) -> f64 {
    t * t * t * (t * (6.0 * t - 15.0) + 10.0)
}

/// A value that goes where it is wanted; a new wish waits for the end of the way at hand, so that there is no corner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fade {
    from: f64,
    to: f64,
    wanted: f64,
    gone: u32,
    frames: u32,
    hurry: Option<u32>,
}

impl Fade {
    pub(crate) fn resting(value: f64, frames: u32) -> Self {
        Self {
            from: value,
            to: value,
            wanted: value,
            gone: frames,
            frames,
            hurry: None,
        }
    }

    /// Real-time.
    pub(crate) fn go(&mut self, to: f64) {
        if to.is_finite() {
            self.wanted = to;
        }
    }

    /// Real-time: at once from wherever it is, for what is in a hurry.
    pub(crate) fn hurry(&mut self, to: f64, frames: u32) {
        (self.from, self.to, self.wanted) = (self.now(), to, to);
        (self.gone, self.hurry) = (0, Some(frames.max(1)));
    }

    fn length(&self) -> u32 {
        self.hurry.unwrap_or(self.frames)
    }

    fn now(&self) -> f64 {
        let length = self.length();
        if self.gone >= length {
            return self.to;
        }
        let t = f64::from(self.gone) / f64::from(length);
        self.from + (self.to - self.from) * smooth(t)
    }

    /// Real-time: the value of the next frame.
    pub(crate) fn next(&mut self) -> f64 {
        if self.gone < self.length() {
            self.gone += 1;
        } else if self.wanted.to_bits() != self.to.to_bits() {
            (self.from, self.to) = (self.to, self.wanted);
            (self.gone, self.hurry) = (1, None);
        }
        self.now()
    }

    /// Real-time: where it stays, or `None` while it moves.
    pub(crate) fn rests_at(&self) -> Option<f64> {
        let rests = self.gone >= self.length() && self.wanted.to_bits() == self.to.to_bits();
        rests.then_some(self.to)
    }
}

/// One of several things, cross-faded into another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Switch<T> {
    from: T,
    to: T,
    wanted: T,
    gone: u32,
    frames: u32,
}

impl<T: Copy + PartialEq> Switch<T> {
    pub(crate) fn at(value: T, frames: u32) -> Self {
        Self {
            from: value,
            to: value,
            wanted: value,
            gone: frames,
            frames,
        }
    }

    /// Real-time.
    pub(crate) fn go(&mut self, to: T) {
        self.wanted = to;
    }

    /// Real-time: what is left, what is come to, and the share of that; both are one where nothing moves.
    pub(crate) fn next(&mut self) -> (T, T, f64) {
        if self.gone < self.frames {
            self.gone += 1;
        } else if self.wanted != self.to {
            (self.from, self.to, self.gone) = (self.to, self.wanted, 1);
        }
        if self.gone >= self.frames {
            return (self.to, self.to, 1.0);
        }
        let t = f64::from(self.gone) / f64::from(self.frames);
        (self.from, self.to, smooth(t))
    }

    /// Real-time: true where nothing but this is heard.
    pub(crate) fn rests_at(&self, value: T) -> bool {
        self.gone >= self.frames && self.to == value && self.wanted == value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_arrives_and_the_next_wish_waits_for_its_end() {
        let mut fade = Fade::resting(0.0, 4);
        fade.go(1.0);
        let first: Vec<f64> = (0..2).map(|_| fade.next()).collect();
        assert!(first[0] > 0.0 && first[0] < first[1]);
        fade.go(0.0);
        let rest: Vec<f64> = (0..6).map(|_| fade.next()).collect();
        assert_eq!((rest[1], rest[5]), (1.0, 0.0), "{rest:?}");
        assert_eq!(fade.rests_at(), Some(0.0));
        fade.go(1.0);
        fade.next();
        fade.hurry(0.0, 2);
        fade.next();
        assert_eq!(fade.next(), 0.0);
        fade.go(f64::NAN);
        assert_eq!(fade.next(), 0.0);
    }
}
