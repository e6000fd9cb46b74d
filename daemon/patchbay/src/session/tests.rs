//! The path of a session, period by period, with gear that is a delay of our own making.

use assert_no_alloc::assert_no_alloc;
use engine::{Chain, LiveChain};
use proptest::prelude::*;
use rtrb::{Consumer, Producer, RingBuffer};

use super::*;
use crate::loopback::{Loopback, LoopbackChannel, LoopbackSettings};

const RATE: u32 = 48_000;

/// What comes back is what went out so many frames before, through a loopback engine.
struct Rig {
    audio: Audio,
    commands: Producer<Command>,
    snapshots: Consumer<Snapshot>,
    /// Per channel.
    on_the_way: Vec<std::collections::VecDeque<f32>>,
    gear: Loopback,
    extra: f32,
    sent: Vec<f32>,
}

fn song(seed: u64, frames: usize) -> Vec<Vec<f32>> {
    let mut state = seed;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 / 16_777_216.0 - 0.5) * 0.5
    };
    let mut row = || (0..frames).map(|_| next()).collect();
    vec![row(), row()]
}

fn tone(hz: f64, seconds: usize) -> Vec<Vec<f32>> {
    let angle = 2.0 * std::f64::consts::PI * hz / f64::from(RATE);
    let row: Vec<f32> = (0..seconds * RATE as usize)
        .map(|n| (0.4 * libm::sin(angle * n as f64)) as f32)
        .collect();
    vec![row.clone(), row]
}

fn source(rows: Vec<Vec<f32>>) -> Arc<Source> {
    Arc::new(Source::new("song", RATE, rows))
}

fn nothing() -> Section {
    Section {
        work: Box::new(|_| ()),
        latency_frames: 0,
    }
}

fn preset(name: &str, max_frames: usize) -> Section {
    let chain: Chain = engine::presets::named(name).unwrap().chain().unwrap();
    let mut live = LiveChain::new(&chain, RATE, 2, max_frames).unwrap();
    Section {
        latency_frames: live.latency_frames(),
        work: Box::new(move |block| live.process(block, &[])),
    }
}

fn way(delays: [f64; 2]) -> WaySettings {
    WaySettings {
        send_trim_db: 0.0,
        return_trim_db: 0.0,
        carries: Carries::Channels,
        delays_frames: Some(delays.to_vec()),
    }
}

/// A rig whose gear comes back `late` frames later, and then as the loopback channel says.
fn rig(
    sources: &[Arc<Source>],
    (way, late, gear): (WaySettings, usize, LoopbackChannel),
    sections: Vec<Section>,
    max_frames: usize,
) -> Rig {
    let server = LiveServer {
        rate_hz: RATE,
        max_frames,
    };
    let plan = BoardPlan {
        sources,
        ways: &[way],
        ceiling_dbfs: -0.5,
        wet: 1.0,
        heard: Heard::default(),
        whole: Audition::Processed,
        heard_ways: &[Audition::Processed],
        round: None,
        place: 0,
    };
    let board = Board::new(&plan, sections, server).unwrap();
    let (commands, commanded) = RingBuffer::new(COMMANDS);
    let (old, _) = RingBuffer::new(1);
    let (_, next) = RingBuffer::new(1);
    let (probes, _) = RingBuffer::new(1);
    let (tell, snapshots) = RingBuffer::new(4_096);
    Rig {
        audio: Audio {
            board: Box::new(board),
            commands: commanded,
            next,
            old,
            probes,
            snapshots: tell,
            every_frames: Audio::every_frames(RATE),
            since: 0,
            is_leaving: false,
        },
        commands,
        snapshots,
        on_the_way: vec![vec![0.0; late].into(); 2],
        gear: Loopback::with(&LoopbackSettings {
            rate_hz: RATE,
            channels: vec![gear; 2],
            drift_ppm: 0.0,
            returned_hz: None,
            seed: 1,
        }),
        extra: 0.0,
        sent: Vec::new(),
    }
}

impl Rig {
    fn say(&mut self, command: Command) {
        self.commands.push(command).unwrap();
    }

    /// One period, in which nothing may be allocated; gives what the monitors play.
    fn period(&mut self, frames: usize) -> [Vec<f32>; 2] {
        let back: Vec<Vec<f32>> = self
            .on_the_way
            .iter_mut()
            .map(|line| line.drain(..frames).map(|x| x + self.extra).collect())
            .collect();
        let mut out = vec![vec![9.0_f32; frames]; 4];
        {
            let back = [back[0].as_slice(), back[1].as_slice()];
            let [a, b, c, d] = out.as_mut_slice() else {
                unreachable!()
            };
            let mut ports = [&mut a[..], &mut b[..], &mut c[..], &mut d[..]];
            assert_no_alloc(|| self.audio.process(&back, &mut ports));
        }
        let wide = |row: &Vec<f32>| row.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
        let sent = [wide(&out[0]), wide(&out[1])];
        let mut heard = [vec![0.0; frames], vec![0.0; frames]];
        let [left, right] = &mut heard;
        self.gear.process(&[&sent[0], &sent[1]], &mut [left, right]);
        for (line, heard) in self.on_the_way.iter_mut().zip(&heard) {
            line.extend(heard.iter().map(|x| *x as f32));
        }
        self.sent.extend(&out[0]);
        let right = out.pop().unwrap();
        [out.pop().unwrap(), right]
    }

    fn run(&mut self, frames: usize, block: usize) -> [Vec<f32>; 2] {
        let mut all = [Vec::new(), Vec::new()];
        while all[0].len() < frames {
            let played = self.period(block.min(frames - all[0].len()));
            for (all, played) in all.iter_mut().zip(played) {
                all.extend(played);
            }
        }
        all
    }
}

fn wire() -> LoopbackChannel {
    LoopbackChannel::wire(0.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    /// The engineer may set any buffer from 16 to 8192, and change it: the same samples, with processors around gear
    /// whose channels are late by fractions of a sample.
    #[test]
    fn the_block_size_changes_nothing(blocks in prop::collection::vec(16_usize..8_193, 3..9)) {
        let played = |blocks: &[usize]| {
            let gear = LoopbackChannel { third: -0.05, ..LoopbackChannel::wire(70.375) };
            let sections = vec![preset("gentle_glue", 8_192), preset("loud_modern", 8_192)];
            let late = way([9_070.375, 9_070.375]);
            let sources = [source(song(1, 30_000)), source(song(2, 30_000))];
            let mut rig = rig(&sources, (late, 9_000, gear), sections, 8_192);
            for command in [
                Command::Way(0, Audition::Bypassed),
                Command::Hear(2),
                Command::Trim { way: 0, send: 0.5, back: 2.0 },
                Command::Wet(0.7),
                Command::GoRound(Some((5_000, 17_000))),
                Command::Locate(4_000),
                Command::Run(Run::Playing),
            ] {
                rig.say(command);
            }
            let mut all = Vec::new();
            for block in blocks.iter().cycle() {
                let left = 60_000 - all.len();
                if left == 0 {
                    break;
                }
                let [row, _] = rig.period((*block).min(left));
                all.extend(row);
            }
            all
        };
        let whole = played(&[4_096]);
        prop_assert!(whole.iter().any(|x| x.abs() > 0.05));
        prop_assert!(played(&blocks) == whole);
        prop_assert!(played(&[16, 8_192]) == whole);
    }
}

/// Everything that can be heard through a pure delay is the mix, bit for bit and at one place.
#[test]
fn bypass_mix_and_programme_are_one_through_a_delay() {
    let mix = song(3, 40_000);
    let sources = [source(mix.clone()), source(mix.clone())];
    for command in [
        Command::Hear(0),
        Command::Hear(1),
        Command::Hear(2),
        Command::Whole(Audition::Bypassed),
        Command::Way(0, Audition::Bypassed),
    ] {
        let said = format!("{command:?}");
        let sections = vec![nothing(), nothing()];
        let gear = (way([1_123.0, 1_123.0]), 1_123, wire());
        let mut rig = rig(&sources, gear, sections, 1_024);
        rig.run(4_096, 256);
        rig.say(Command::Run(Run::Playing));
        rig.say(command);
        let [left, right] = rig.run(30_000, 256);
        // Behind the fades of beginning and switching.
        for n in 5_000..30_000 {
            assert_eq!(left[n], mix[0][n - 1_123], "{said}, frame {n}");
            assert_eq!(right[n], mix[1][n - 1_123], "{said}, frame {n}");
        }
    }
}

fn rms_db(row: &[f32]) -> f64 {
    let sum: f64 = row.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
    dsp::power_to_db(sum / row.len() as f64)
}

/// The figure: a bypass is as loud as what it stands beside, within 0.1 dB; so are other sources.
#[test]
fn what_is_bypassed_is_as_loud_as_the_programme() {
    let mix = song(4, 48_000 * 6);
    let soft = mix.iter().map(|row| row.iter().map(|x| x * 0.3).collect());
    let sources = [source(mix.clone()), source(soft.collect())];
    let gear = LoopbackChannel {
        gain_db: -7.0,
        ..wire()
    };
    let sections = vec![nothing(), nothing()];
    let mut rig = rig(&sources, (way([600.0; 2]), 600, gear), sections, 512);
    rig.say(Command::Run(Run::Playing));
    rig.run(48_000, 512);
    let processed = rms_db(&rig.run(48_000, 512)[0]);
    for command in [
        Command::Whole(Audition::Bypassed),
        Command::Way(0, Audition::Bypassed),
        Command::Hear(2),
    ] {
        let said = format!("{command:?}");
        rig.say(command);
        rig.run(2_048, 512);
        let heard = rms_db(&rig.run(24_000, 512)[0]);
        assert!(
            (heard - processed).abs() < 0.1,
            "{said}: {heard} {processed}"
        );
        rig.say(Command::Whole(Audition::Processed));
        rig.say(Command::Hear(0));
    }
    rig.say(Command::Hear(2));
    rig.say(Command::Level(SourceLevel::AsItIs));
    rig.run(2_048, 512);
    let as_it_is = rms_db(&rig.run(24_000, 512)[0]);
    let expected = processed + 7.0 + 20.0 * libm::log10(0.3);
    assert!((as_it_is - expected).abs() < 0.1, "{as_it_is} {expected}");
}

/// Peak of what lies above 6 kHz, in dBFS.
fn outside(row: &[f32]) -> f64 {
    // A sinc of 1 023 taps under Blackman's window: 74 dB down, twice.
    let taps: Vec<f64> = (0..1_023)
        .map(|k| {
            let x = f64::from(k) - 511.0;
            let angle = 2.0 * std::f64::consts::PI * 6_000.0 / f64::from(RATE);
            let low = if x == 0.0 {
                angle / std::f64::consts::PI
            } else {
                libm::sin(angle * x) / (std::f64::consts::PI * x)
            };
            let t = std::f64::consts::PI * f64::from(k) / 511.0;
            let window = 0.42 - 0.5 * libm::cos(t) + 0.08 * libm::cos(2.0 * t);
            let whole = if k == 511 { 1.0 } else { 0.0 };
            whole - low * window
        })
        .collect();
    let pass = |row: &[f64]| -> Vec<f64> {
        row.windows(taps.len())
            .map(|w| w.iter().zip(&taps).map(|(x, tap)| x * tap).sum())
            .collect()
    };
    let wide: Vec<f64> = row.iter().map(|x| f64::from(*x)).collect();
    let twice = pass(&pass(&wide));
    dsp::gain_to_db(
        twice
            .iter()
            .fold(0.0, |a: f64, x| a.max(x.abs()))
            .max(1e-10),
    )
}

/// The figure: no switch or knob is louder than −90 dBFS outside the signal.
#[test]
fn no_switch_is_heard_outside_the_signal() {
    let sources = [source(tone(400.0, 8)), source(tone(300.0, 8))];
    let gear = LoopbackChannel {
        gain_db: -3.0,
        ..wire()
    };
    let sections = vec![nothing(), nothing()];
    let mut rig = rig(&sources, (way([700.0; 2]), 700, gear), sections, 256);
    rig.say(Command::Run(Run::Playing));
    let mut all = rig.run(24_000, 256)[0].clone();
    let said = |rig: &mut Rig, command: Command, all: &mut Vec<f32>| {
        rig.say(command);
        all.extend(&rig.run(3_000, 256)[0]);
    };
    for command in [
        Command::Whole(Audition::Bypassed),
        Command::Whole(Audition::Difference),
        Command::Whole(Audition::Processed),
        Command::Way(0, Audition::Bypassed),
        Command::Way(0, Audition::Processed),
        Command::Hear(1),
        Command::Hear(2),
        Command::Level(SourceLevel::AsItIs),
        Command::Level(SourceLevel::Matched),
        Command::Hear(0),
        Command::Listen(Listen::Side),
        Command::Listen(Listen::Mono),
        Command::Listen(Listen::Channels),
        Command::Dim(0.1),
        Command::Dim(1.0),
        Command::Wet(0.3),
        Command::Wet(1.0),
        Command::Trim {
            way: 0,
            send: 2.0,
            back: 0.25,
        },
        Command::Trim {
            way: 0,
            send: 1.0,
            back: 1.0,
        },
        Command::Locate(200_123),
        Command::GoRound(Some((20_000, 40_000))),
        Command::Run(Run::Stopped),
        Command::Run(Run::Playing),
        Command::Leave,
    ] {
        said(&mut rig, command, &mut all);
    }
    // A seam or two, and switches in a hurry.
    rig.say(Command::Open);
    rig.say(Command::Run(Run::Playing));
    all.extend(&rig.run(50_000, 256)[0]);
    for slot in [1, 0, 2, 1, 0] {
        rig.say(Command::Hear(slot));
        rig.say(Command::Dim(if slot == 1 { 0.1 } else { 1.0 }));
        rig.say(Command::Whole(if slot == 2 {
            Audition::Bypassed
        } else {
            Audition::Processed
        }));
        all.extend(&rig.run(300, 100)[0]);
    }
    all.extend(&rig.run(8_000, 256)[0]);
    let loudest = outside(&all);
    println!("{loudest:.1} dBFS outside the signal");
    assert!(loudest <= -90.0, "{loudest}");
    let sent = outside(&rig.sent);
    assert!(sent <= -90.0, "{sent}");
}

/// The figure: silence within 20 ms of a return that stands above the ceiling; then a person opens it again.
#[test]
fn a_loop_that_feeds_back_falls_silent_and_waits_for_a_person() {
    let sources = [source(song(5, 96_000))];
    let sections = vec![nothing(), nothing()];
    let mut rig = rig(&sources, (way([64.0; 2]), 64, wire()), sections, 64);
    rig.say(Command::Run(Run::Playing));
    rig.run(9_600, 32);
    rig.extra = 1.5;
    let begin = rig.sent.len();
    let heard = rig.run(4_800, 32);
    let last = |row: &[f32]| row.iter().rposition(|x| *x != 0.0).unwrap_or(0);
    assert!(last(&rig.sent[begin..]) < 960, "the sends fall silent");
    assert!(last(&heard[0]) < 960, "so do the monitors");
    let told = std::iter::from_fn(|| rig.snapshots.pop().ok())
        .last()
        .unwrap();
    assert_eq!((told.fallen, told.run), (Fallen::At(0), Run::Stopped));
    rig.say(Command::Run(Run::Playing));
    assert!(rig.run(4_800, 32)[0].iter().all(|x| *x == 0.0));
    rig.extra = 0.0;
    rig.run(640, 32);
    rig.say(Command::Open);
    rig.say(Command::Run(Run::Playing));
    assert!(rig.run(9_600, 32)[0].iter().any(|x| *x != 0.0));
}

#[test]
fn what_is_no_number_goes_on_as_silence() {
    let sources = [source(song(6, 48_000))];
    let sections = vec![nothing(), nothing()];
    let mut rig = rig(&sources, (way([64.0; 2]), 64, wire()), sections, 64);
    rig.say(Command::Run(Run::Playing));
    rig.run(4_800, 64);
    rig.extra = f32::NAN;
    let heard = rig.run(4_800, 64);
    assert!(heard.iter().flatten().all(|x| x.is_finite()));
    rig.extra = 0.0;
    rig.on_the_way
        .iter_mut()
        .for_each(|line| line.iter_mut().for_each(|x| *x = 0.0));
    rig.say(Command::Open);
    rig.say(Command::Run(Run::Playing));
    assert!(rig.run(9_600, 64)[0].iter().any(|x| *x != 0.0));
    let told = std::iter::from_fn(|| rig.snapshots.pop().ok())
        .last()
        .unwrap();
    assert!(told.non_finite > 0);
}

/// In the world's time, without a server: the round trip is found, and the song plays at its place.
#[test]
fn the_loopback_engine_is_measured_and_played_through() {
    let mix = Arc::new(Source::new(
        "mix",
        RATE,
        vec![song(7, 96_000).swap_remove(0)],
    ));
    let engine = LoopbackSettings {
        rate_hz: RATE,
        channels: vec![LoopbackChannel::wire(100.0)],
        drift_ppm: 0.0,
        returned_hz: None,
        seed: 1,
    };
    let settings = SessionSettings {
        place: SessionPlace::Loopback {
            ways: vec![engine],
            rate_hz: RATE,
        },
        ways: vec![WaySettings {
            delays_frames: None,
            ..way([0.0; 2])
        }],
        wet: 1.0,
        ceiling_dbfs: -0.5,
        sources: vec![mix],
        rate_hz: RATE,
    };
    let make: MakeSections = Arc::new(|_| Ok(vec![nothing(), nothing()]));
    let mut session = Session::open(settings, make).unwrap();
    session.measure(4_800).unwrap();
    assert!(matches!(session.play(), Err(SessionError::Measures)));
    let began = Instant::now();
    let until = |session: &mut Session, what: &dyn Fn(&SessionNow) -> bool| {
        while !what(&session.now()) {
            session.tend().unwrap();
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "{:?}",
                session.now()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    until(&mut session, &|now| now.units[0].delays_frames.is_some());
    let now = session.now();
    let found = now.units[0].delays_frames.as_ref().unwrap()[0];
    assert!((found - 356.0).abs() < 1e-3, "{found}");
    assert_eq!((now.latency_frames, now.state), (356, SessionState::Sounds));
    assert!(session.go_round(Some((10, 500))).is_err());
    assert!(
        session
            .hear(2)
            .unwrap_err()
            .to_string()
            .contains("no source 2")
    );
    session.go_round(Some((0, 48_000))).unwrap();
    session.play().unwrap();
    until(&mut session, &|now| {
        now.run == Run::Playing && now.monitors.rms_dbfs.is_some() && now.short_term_lufs.is_some()
    });
    session.close();
}
