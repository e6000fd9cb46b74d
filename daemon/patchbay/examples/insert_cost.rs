//! What a print through a JACK server costs, for the benchmark: prints a song (in real time: sends and records it once) and tells, as JSON, how much
//! memory was in use along the way and what the calls on the audio thread cost.
//!
//! `insert_cost SONG OUT freewheel|real_time DELAY SEND... RETURN...`

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Mutex;

use gear::WatchSettings;
use patchbay::{
    Insert, InsertTarget, JackInsert, Overs, Pace, Pass, PrintSettings, Song, print_song,
};
use soundfile::{SampleType, WavReader};

/// How often memory is looked at: so many times while the song is sent.
const LOOKS: u64 = 20;

/// The song, and the memory in use as it is read.
struct Watched<'a> {
    file: BufReader<File>,
    bytes: u64,
    at: u64,
    looks: &'a Mutex<Vec<u64>>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        let part = |at: u64| at * LOOKS / self.bytes;
        let before = part(self.at);
        self.at += read as u64;
        if part(self.at) != before
            && let Ok(mut looks) = self.looks.lock()
        {
            looks.push(resident_kib());
        }
        Ok(read)
    }
}

impl Seek for Watched<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

/// Memory in use without file pages, in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

type Slips = Result<usize, Box<dyn std::error::Error>>;

/// The whole print: sent, recorded, laid in its place; how much slipped in all takes.
fn printed<'a>(
    insert: &mut Insert,
    open: &dyn Fn() -> io::Result<Watched<'a>>,
    (delay, out): (&str, &Path),
) -> Slips {
    let settings = PrintSettings {
        pre_roll_frames: u64::from(insert.rate_hz()),
        tail_frames: 4_800,
        delays_frames: vec![delay.parse()?; insert.channels()],
        sample: SampleType::I24,
        watch: WatchSettings {
            level_step_db: 1.0,
            delay_step_frames: 0.3,
        },
        overs: Overs::Spoil,
        other_clock: None,
    };
    let made = print_song(insert, &Song { open }, &settings, out)?;
    Ok(made.takes.iter().map(|take| take.marks.len()).sum())
}

/// The song goes out and is recorded, once: on a machine that does other work a print of minutes at 64 frames slips,
/// and would come again and again.
fn sent_once(insert: &mut Insert, song: io::Result<Watched<'_>>, out: &Path) -> Slips {
    let mut reader = WavReader::open(song?)?;
    let (frames, channels) = (reader.frames(), insert.channels());
    let mut take = BufWriter::new(File::create_new(out)?);
    let mut rows = vec![Vec::new(); channels];
    let mut slips = 0;
    insert.run(&mut Pass {
        frames,
        source: &mut |block| {
            reader.read_planar(&mut rows, block.len() / channels)?;
            for (frame, n) in block.chunks_exact_mut(channels).zip(0..) {
                for (x, row) in frame.iter_mut().zip(&rows) {
                    *x = row.get::<usize>(n).copied().unwrap_or(0.0) as f32;
                }
            }
            Ok(())
        },
        sink: &mut |block| {
            let mut bytes = block.iter().flat_map(|x| x.to_le_bytes());
            bytes.try_for_each(|byte| take.write_all(&[byte]))
        },
        marks: &mut |_| slips += 1,
    })?;
    take.flush()?;
    Ok(slips)
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [mix, out, pace, delay, ports @ ..] = words.as_slice() else {
        panic!("insert_cost SONG OUT freewheel|real_time DELAY SEND... RETURN...");
    };
    let (send, back) = ports.split_at(ports.len() / 2);
    let pace = match pace.as_str() {
        "freewheel" => Pace::Freewheel,
        _ => Pace::RealTime,
    };
    let mut insert = Insert::open(InsertTarget::Jack(JackInsert {
        name: "lacquer-cost".to_owned(),
        send: send.to_vec(),
        back: back.to_vec(),
        back_on: None,
        rate_hz: None,
        pace,
        ceiling_dbfs: 3.0,
    }))
    .expect("a server runs");
    let looks = Mutex::new(Vec::new());
    let open = || {
        let file = File::open(mix)?;
        Ok(Watched {
            bytes: file.metadata()?.len(),
            file: BufReader::new(file),
            at: 0,
            looks: &looks,
        })
    };
    insert.count_costs();
    let done = match pace {
        Pace::Freewheel => printed(&mut insert, &open, (delay, Path::new(out))),
        Pace::RealTime => sent_once(&mut insert, open(), Path::new(out)),
    };
    let slips = match done {
        Ok(slips) => slips,
        Err(error) => {
            eprintln!("insert_cost: {error}");
            std::process::exit(1);
        }
    };
    let costs = insert.costs().expect("it went through a server");
    let micros = |time: std::time::Duration| time.as_secs_f64() * 1e6;
    let told = |cost: &patchbay::CallCosts| {
        format!(
            "{{\"calls\":{},\"median_us\":{:.2},\"p9999_us\":{:.2},\"dearest_us\":{:.2}}}",
            cost.calls,
            micros(cost.median),
            micros(cost.p9999),
            micros(cost.dearest)
        )
    };
    println!(
        "{{\"slips\":{slips},\"looks_kib\":{:?},\"send\":{},\"return\":{}}}",
        looks.lock().expect("nobody panicked"),
        told(&costs[0]),
        told(&costs[1])
    );
    insert.close(std::time::Duration::from_secs(5));
}
