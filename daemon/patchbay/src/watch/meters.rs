//! How loud the hardware's ports are: input ports of the watch's own, connected to what each of them carries.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jack::{AudioIn, Client, Port};
use rtrb::{Consumer, Producer, RingBuffer};

use super::seen::{Level, PortKind};
use super::wishes::Graph;

/// Most ports that are metered: more is nobody's to read.
pub(super) const MOST_METERS: usize = 64;
/// How fast a level falls that nothing holds up, in dB a second.
pub const FALL_DB_PER_S: f64 = 20.0;
/// Below this a port is silent.
const SILENT_DBFS: f64 = -140.0;

/// The highest sample of each meter since somebody looked, as the bits of its magnitude. Those order as the
/// numbers do, infinity above all numbers and what is none above that.
type Peaks = Arc<[AtomicU32; MOST_METERS]>;

/// The audio thread's end; `P` is a port.
#[derive(Debug)]
pub(super) struct MeterBank<P> {
    /// Made with room for all: nothing is allocated while it fills.
    ports: Vec<P>,
    coming: Consumer<P>,
    peaks: Peaks,
}

impl<P> MeterBank<P> {
    /// Real-time: no allocation, lock, system call, log or panic.
    pub(super) fn process(&mut self, highest: impl Fn(&P) -> u32) {
        while self.ports.len() < MOST_METERS
            && let Ok(port) = self.coming.pop()
        {
            self.ports.push(port);
        }
        for (port, peak) in self.ports.iter().zip(self.peaks.iter()) {
            peak.fetch_max(highest(port), Ordering::Relaxed);
        }
    }
}

/// Real-time: the highest magnitude of a block, as bits.
pub(super) fn highest(block: &[f32]) -> u32 {
    let magnitude = |x: &f32| x.to_bits() & 0x7fff_ffff;
    block.iter().map(magnitude).fold(0, u32::max)
}

/// Both ends; the second is told of ports through the first.
fn bank<P>() -> (Producer<P>, Peaks, MeterBank<P>) {
    let (going, coming) = RingBuffer::new(MOST_METERS);
    let peaks: Peaks = Arc::new(std::array::from_fn(|_| AtomicU32::new(0)));
    let bank = MeterBank {
        ports: Vec::with_capacity(MOST_METERS),
        coming,
        peaks: Arc::clone(&peaks),
    };
    (going, peaks, bank)
}

/// A meter and the port it is for; meters stay when their ports go, and serve others.
#[derive(Debug)]
struct Meter {
    /// Full name of the watch's own port.
    own: String,
    of: Option<String>,
    level_dbfs: f64,
    is_broken: bool,
}

/// The control side.
#[derive(Debug)]
pub(super) struct Meters {
    going: Producer<Port<AudioIn>>,
    peaks: Peaks,
    meters: Vec<Meter>,
}

impl Meters {
    pub(super) fn new() -> (Self, MeterBank<Port<AudioIn>>) {
        let (going, peaks, bank) = bank();
        let meters = Vec::new();
        let made = Self {
            going,
            peaks,
            meters,
        };
        (made, bank)
    }

    /// Has every port of hardware metered: what a playback port carries is what is connected to it.
    pub(super) fn follow(&mut self, client: &Client, graph: &Graph) {
        let is_hardware = |kind| matches!(kind, PortKind::Capture | PortKind::Playback);
        let hardware = graph.ports.iter();
        let hardware = hardware.filter(|port| !port.is_midi && is_hardware(port.kind));
        let hardware: Vec<_> = hardware.take(MOST_METERS).collect();
        for meter in &mut self.meters {
            let is_there = |name: &String| hardware.iter().any(|port| port.name == *name);
            meter.of.take_if(|name| !is_there(name));
        }
        for port in &hardware {
            let has_it = |meter: &Meter| meter.of.as_ref() == Some(&port.name);
            if !self.meters.iter().any(has_it) {
                let Some(meter) = self.free(client) else {
                    continue;
                };
                meter.of = Some(port.name.clone());
                (meter.level_dbfs, meter.is_broken) = (f64::NEG_INFINITY, false);
            }
        }
        for meter in &self.meters {
            let carried = |name: &String| match hardware.iter().find(|p| p.name == *name) {
                Some(port) if port.kind == PortKind::Capture => HashSet::from([name.clone()]),
                _ => {
                    let into = graph.connections.iter().filter(|c| c.to == *name);
                    into.map(|c| c.from.clone()).collect()
                }
            };
            let wanted = meter.of.as_ref().map(carried).unwrap_or_default();
            connect(client, &meter.own, &wanted);
        }
    }

    /// A meter that is for no port, or a new one.
    fn free(&mut self, client: &Client) -> Option<&mut Meter> {
        if let Some(at) = self.meters.iter().position(|meter| meter.of.is_none()) {
            return self.meters.get_mut(at);
        }
        let short = format!("meter_{}", self.meters.len() + 1);
        let port = client.register_port(&short, AudioIn::default()).ok()?;
        let own = port.name().ok()?;
        self.going.push(port).ok()?;
        self.meters.push(Meter {
            own,
            of: None,
            level_dbfs: f64::NEG_INFINITY,
            is_broken: false,
        });
        self.meters.last_mut()
    }

    /// The levels of the ports that `graph` has, in its order, after so much time.
    pub(super) fn read(&mut self, graph: &Graph, passed: Duration) -> Vec<Level> {
        let fall = FALL_DB_PER_S * passed.as_secs_f64();
        for (meter, peak) in self.meters.iter_mut().zip(self.peaks.iter()) {
            let highest = f32::from_bits(peak.swap(0, Ordering::Relaxed));
            meter.is_broken = !highest.is_finite();
            let now_dbfs = if meter.is_broken {
                f64::NEG_INFINITY
            } else {
                dsp::gain_to_db(f64::from(highest))
            };
            meter.level_dbfs = now_dbfs.max(meter.level_dbfs - fall);
        }
        let level = |port: &str| {
            let meter = self.meters.iter().find(|m| m.of.as_deref() == Some(port))?;
            Some(Level {
                port: port.to_owned(),
                peak_dbfs: Some(meter.level_dbfs).filter(|dbfs| *dbfs > SILENT_DBFS),
                is_broken: meter.is_broken,
            })
        };
        graph.ports.iter().filter_map(|p| level(&p.name)).collect()
    }
}

/// Connects an own port to these and to nothing else. What fails is tried at the next look: ports come and go.
fn connect(client: &Client, own: &str, wanted: &HashSet<String>) {
    let Some(port) = client.port_by_name(own) else {
        return;
    };
    let stands: HashSet<String> = port.get_connections().into_iter().collect();
    for from in wanted.difference(&stands) {
        let _ = client.connect_ports_by_name(from, own);
    }
    for from in stands.difference(wanted) {
        let _ = client.disconnect_ports_by_name(from, own);
    }
}

#[cfg(test)]
mod tests {
    use assert_no_alloc::assert_no_alloc;

    use super::*;

    #[test]
    fn the_highest_sample_is_kept_whatever_is_sent_and_nothing_is_allocated() {
        let (mut going, peaks, mut bank) = bank::<Vec<f32>>();
        let hostile = [
            vec![0.25, -0.5, 0.125],
            vec![f32::NAN, 0.5],
            vec![-f32::INFINITY, 0.1],
            vec![f32::MIN_POSITIVE / 4.0; 16],
            Vec::new(),
        ];
        hostile.into_iter().for_each(|p| going.push(p).unwrap());
        for _ in 0..1_000 {
            assert_no_alloc(|| bank.process(|port| highest(port)));
        }
        let peak = |n: usize| f32::from_bits(peaks[n].load(Ordering::Relaxed));
        assert_eq!(peak(0), 0.5);
        assert!(peak(1).is_nan());
        assert!(peak(2).is_infinite());
        assert_eq!(peak(3), f32::MIN_POSITIVE / 4.0);
        assert_eq!(peak(4), 0.0);
    }

    #[test]
    fn more_ports_than_meters_stay_outside() {
        let (mut going, _, mut bank) = bank::<Vec<f32>>();
        for _ in 0..2 {
            (0..MOST_METERS).for_each(|_| going.push(vec![1.0]).unwrap());
            assert_no_alloc(|| bank.process(|port| highest(port)));
        }
        assert_eq!(going.slots(), 0, "those of the second time wait outside");
        assert_eq!(bank.ports.len(), MOST_METERS);
    }
}
