//! Response and phase as SVG, to be looked at and printed.

use core::fmt::Write as _;

use crate::measurement::Measurement;
use crate::response::ResponsePoint;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 52.0;
const TOP: f64 = 16.0;
const RIGHT: f64 = 16.0;
const BOTTOM: f64 = 34.0;
/// One line kind a channel, so that the sheet reads without colours too.
const DASHES: [&str; 4] = ["none", "8 4", "2 3", "10 3 2 3"];
const COLOURS: [&str; 4] = ["#1b4f9c", "#b3401c", "#2c7a4b", "#6b3fa0"];

/// What a plot shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// Gain in dB.
    Gain,
    /// Phase in degrees, the delay taken out.
    Phase,
}

impl Curve {
    fn of(self, point: &ResponsePoint) -> f64 {
        match self {
            Self::Gain => point.gain_db.mean,
            Self::Phase => point.phase_degrees,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Gain => "Frequency response in dB",
            Self::Phase => "Phase in degrees, delay taken out",
        }
    }

    /// Bottom, top and step of the scale.
    fn scale(self, points: &[&ResponsePoint]) -> [f64; 3] {
        if self == Self::Phase {
            return [-180.0, 180.0, 45.0];
        }
        let low = points.iter().map(|p| self.of(p)).fold(f64::MAX, f64::min);
        let high = points.iter().map(|p| self.of(p)).fold(f64::MIN, f64::max);
        let step = match high - low {
            span if span <= 2.0 => 0.5,
            span if span <= 8.0 => 1.0,
            span if span <= 24.0 => 3.0,
            span if span <= 60.0 => 6.0,
            _ => 12.0,
        };
        [
            (low / step).floor() * step - step,
            (high / step).ceil() * step + step,
            step,
        ]
    }
}

/// A plot of all channels; `None` where no channel carries sound.
pub fn plot(measurement: &Measurement, curve: Curve) -> Option<String> {
    let channels = &measurement.channels;
    let points: Vec<&ResponsePoint> = channels.iter().flat_map(|c| &c.response).collect();
    if points.is_empty() {
        return None;
    }
    let [low_hz, high_hz] = [20.0, measurement.band_hz[1]];
    let span = libm::log(high_hz / low_hz);
    let x = |hz: f64| LEFT + (WIDTH - LEFT - RIGHT) * libm::log(hz / low_hz) / span;
    let [bottom, top, step] = curve.scale(&points);
    let y = |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (top - value) / (top - bottom);
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" font-size="11"><title>{}</title><rect width="100%" height="100%" fill="white"/>"#,
        curve.title()
    );
    // Writing into a String cannot fail.
    let mut grid = |line: String, word: String| {
        let _ = write!(
            svg,
            r##"<path d="{line}" stroke="#ccc" fill="none"/>{word}"##
        );
    };
    for hz in [
        20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4,
    ] {
        if hz > high_hz {
            break;
        }
        let name = if hz < 1e3 {
            format!("{hz}")
        } else {
            format!("{}k", hz / 1e3)
        };
        let (at, floor) = (x(hz), HEIGHT - BOTTOM);
        grid(
            format!("M{at:.1} {TOP}V{floor}"),
            format!(
                r#"<text x="{at:.1}" y="{:.0}" text-anchor="middle">{name}</text>"#,
                floor + 16.0
            ),
        );
    }
    let mut value = bottom;
    while value <= top + step / 2.0 {
        let (at, end) = (y(value), WIDTH - RIGHT);
        grid(
            format!("M{LEFT} {at:.1}H{end}"),
            format!(
                r#"<text x="{:.0}" y="{:.1}" text-anchor="end">{value}</text>"#,
                LEFT - 6.0,
                at + 4.0
            ),
        );
        value += step;
    }
    for channel in channels.iter().filter(|c| !c.response.is_empty()) {
        let style = (channel.channel - 1) % DASHES.len();
        let mut line = String::new();
        for (n, point) in channel.response.iter().enumerate() {
            let kind = if n == 0 { 'M' } else { 'L' };
            let _ = write!(line, "{kind}{:.1} {:.1}", x(point.hz), y(curve.of(point)));
        }
        let _ = write!(
            svg,
            r#"<path d="{line}" stroke="{}" stroke-dasharray="{}" stroke-width="1.6" fill="none"><title>Channel {}</title></path>"#,
            COLOURS[style], DASHES[style], channel.channel
        );
    }
    svg.push_str("</svg>\n");
    Some(svg)
}
