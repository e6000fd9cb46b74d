//! What a print through a JACK server costs, for the benchmark: prints a song once and tells, as JSON, how much
//! memory was in use along the way and what the calls on the audio thread cost.
//!
//! `insert_cost SONG OUT freewheel|real_time DELAY SEND... RETURN...`

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Mutex;

use gear::WatchSettings;
use patchbay::{Insert, InsertTarget, JackInsert, Overs, Pace, PrintSettings, Song, print_song};
use soundfile::SampleType;

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
    let settings = PrintSettings {
        pre_roll_frames: u64::from(insert.rate_hz()),
        tail_frames: 4_800,
        delays_frames: vec![delay.parse().expect("a delay in frames"); send.len()],
        sample: SampleType::I24,
        watch: WatchSettings {
            level_step_db: 1.0,
            delay_step_frames: 0.3,
        },
        overs: Overs::Spoil,
    };
    insert.count_costs();
    let song = Song { open: &open };
    let made = match print_song(&mut insert, &song, &settings, Path::new(out)) {
        Ok(made) => made,
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
        "{{\"takes\":{},\"is_printed\":{},\"looks_kib\":{:?},\"send\":{},\"return\":{}}}",
        made.takes.len(),
        made.print.is_some(),
        looks.lock().expect("nobody panicked"),
        told(&costs[0]),
        told(&costs[1])
    );
    insert.close(std::time::Duration::from_secs(5));
}
