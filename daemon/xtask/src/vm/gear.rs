//! Gear behind a kernel's own driver: two JACK servers at the two ends of `snd-aloop`, each with its own clock;
//! ours is what the box runs, the other is the outboard, with somebody else's plugin in it. Then its clock
//! drifts, and then the card that the server runs by is pulled in the midst of a print.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::Machine;
use super::system::{System, kernel};
use crate::{demo_mix, house};

/// Frames of a period: without KVM anything shorter breaks off.
const PERIOD: u32 = 2_048;
/// Shortest length of the song that is printed, in seconds.
const SONG_S: u32 = 20;
/// What the plugin delays, in frames.
const PLUGIN: u32 = 100;

const INIT: &str = "#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /bin /sbin /tmp /root
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin HOME=/root JACK_NO_AUDIO_RESERVATION=1
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
mkdir -p /dev/shm; mount -t tmpfs shm /dev/shm; mount -t tmpfs tmp /tmp
ip link set lo up
exec sh
";

const PROGRAMS: [&str; 8] = [
    "aplaymidi",
    "aseqdump",
    "jackd",
    "jalv",
    "jack_connect",
    "jack_lsp",
    "amixer",
    "aplay",
];
/// Out of one end of the loop and back, both channels.
const THROUGH: &str = "--send system:playback_1 --return system:capture_1 --send system:playback_2 --return system:capture_2";
const DRIVERS: &str = "/usr/lib/x86_64-linux-gnu/jack";
const PLUGINS: &str = "/usr/lib/lv2/nodelay.lv2";

/// Measures, prints and loses gear behind real drivers.
pub(crate) fn check() -> Result<()> {
    let kernel = kernel()?;
    let [lacquer, transport] = programs()?;
    let folder = tempfile::tempdir()?;
    let system = System::begin(folder.path(), &kernel)?;
    for name in PROGRAMS {
        let path = Path::new("/usr/bin").join(name);
        system.program(&path, &format!("usr/bin/{name}"))?;
    }
    system.program(&lacquer, "usr/bin/lacquer")?;
    system.program(&transport, "usr/bin/midi_transport")?;
    let drivers = Path::new(DRIVERS);
    system.folder(drivers, "usr/lib/x86_64-linux-gnu")?;
    system.libraries(&drivers.join("jack_alsa.so"))?;
    let plugins = Path::new(PLUGINS);
    system.folder(plugins, "usr/lib/lv2")?;
    system.libraries(&plugins.join("nodelay.so"))?;
    let song = folder.path().join("root/song.wav");
    demo_mix::write(&song, SONG_S)?;
    let initrd = system.pack(folder.path(), INIT)?;
    let mut machine = Machine::boot(folder.path(), &kernel, &initrd)?;

    // What comes before the shell asks is lost.
    machine.see("job control turned off")?;
    std::thread::sleep(Duration::from_secs(2));
    set_by_midi(&mut machine)?;
    follows_a_controller(&mut machine)?;
    open(&mut machine)?;
    let still = measured(&mut machine, "still")?;
    println!("  {still}");
    let expected = f64::from(2 * 4 * PERIOD + PLUGIN);
    if (still.delay - expected).abs() > 0.05 {
        bail!(
            "a round trip of {expected} frames was measured as {}",
            still.delay
        );
    }
    if still.drift_ppm.abs() > 2.0 {
        bail!(
            "one clock for both was measured as {} ppm apart",
            still.drift_ppm
        );
    }
    printed(&mut machine)?;
    // A hundredth apart, the two clocks slip every few seconds: the take is kept and is no print.
    for device in [0, 1] {
        machine.say(&format!(
            "amixer -q -c Loopback cset iface=PCM,name='PCM Rate Shift 100000',device={device},subdevice=1 101000"
        ))?;
    }
    machine.say(&print_it("drifting", THROUGH))?;
    let ended = machine.see("ENDED drifting")?;
    if ended.contains("with 0") {
        bail!("a print over two clocks that slip was taken for good: {ended}");
    }
    pulled(&mut machine)?;
    println!(
        "gear behind a kernel's driver is measured and printed exactly; a slip and a pulled card are no print"
    );
    Ok(())
}

/// The box's program, and what prints a controller's words.
fn programs() -> Result<[PathBuf; 2]> {
    let build = |what: &[&str]| -> Result<()> {
        let status = house::by_hand("cargo")
            .args(["build", "--locked"])
            .args(what)
            .current_dir(house::root())
            .status()?;
        if !status.success() {
            bail!("{what:?} could not be built: {status}");
        }
        Ok(())
    };
    build(&["-p", "lacquer"])?;
    build(&["-p", "patchbay", "--example", "midi_transport"])?;
    let debug = house::target().join("debug");
    Ok([debug.join("lacquer"), debug.join("examples/midi_transport")])
}

/// Messages to a unit come out of the kernel's sequencer as they were sent, as ALSA's own program hears them.
fn set_by_midi(machine: &mut Machine) -> Result<()> {
    machine.say("modprobe snd-seq; modprobe snd-seq-dummy; sleep 1")?;
    machine.say("aseqdump -p 14:0 >/tmp/midi.txt 2>&1 & sleep 3")?;
    machine.say(
        "lacquer insert midi 'Midi Through' 'B3 07 64' 'C5 0B' 'F0 00 21 5D 01 40 F7'; sleep 2",
    )?;
    machine.say("lacquer insert midi; cat /tmp/midi.txt; echo HEARD\"\" $(tail -3 /tmp/midi.txt | tr -s ' \\n' ' '); echo MIDI $((1+1))")?;
    let heard = machine.see("HEARD ")?;
    for wanted in [
        "Control change 3, controller 7, value 100",
        "Program change 5, program 11",
        "System exclusive F0 00 21 5D 01 40 F7",
    ] {
        if !heard.contains(wanted) {
            bail!("aseqdump did not hear \u{201c}{wanted}\u{201d}: {heard}");
        }
    }
    machine.see("MIDI 2")?;
    println!("  MIDI as it was sent, by aseqdump");
    Ok(())
}

/// A song in MIDI's file format whose events are a locate to 1:02:03, a play and a stop, by MIDI Machine Control.
const CONTROL: &str = r"MThd\0\0\0\6\0\0\0\1\0\140MTrk\0\0\0\43\0\360\14\177\177\6\104\6\1\41\2\3\14\0\367\60\360\5\177\177\6\2\367\60\360\5\177\177\6\1\367\0\377\57\0";

/// What a controller says to the live room's transport, sent by ALSA's own player and by us, is heard as it was meant.
fn follows_a_controller(machine: &mut Machine) -> Result<()> {
    machine.say("midi_transport 14 'Midi Through' >/tmp/transport.txt 2>&1 & sleep 3")?;
    machine.say(&format!("printf '{CONTROL}' >/tmp/control.mid"))?;
    machine.say(
        "aplaymidi -p 14:0 /tmp/control.mid; lacquer insert midi 'Midi Through' FA FC FB; sleep 9",
    )?;
    machine.say("echo FOLLOWED\"\" $(tr '\\n' ' ' </tmp/transport.txt)")?;
    let followed = machine.see("FOLLOWED ")?;
    let wanted = "At { seconds: 3723.48 } Play Stop FromTheBeginning Stop Play";
    if !followed.contains(wanted) {
        bail!("the transport was to follow with \u{201c}{wanted}\u{201d}: {followed}");
    }
    println!("  a controller's words, sent by aplaymidi");
    Ok(())
}

/// Both servers and the plugin.
fn open(machine: &mut Machine) -> Result<()> {
    let server = |name: &str, devices: &str| {
        format!(
            "jackd -r -n {name} -d alsa {devices} -r 48000 -p {PERIOD} -n 3 -i 2 -o 2 >/tmp/{name}.log 2>&1 &"
        )
    };
    machine.say("modprobe snd-aloop pcm_substreams=2")?;
    machine.say(&server("hw", "-P hw:Loopback,0,0 -C hw:Loopback,0,1"))?;
    machine.say(&server("box", "-C hw:Loopback,1,0 -P hw:Loopback,1,1"))?;
    machine.say("sleep 8; mkfifo /tmp/quiet; exec 9<>/tmp/quiet")?;
    machine.say(&format!(
        "JACK_DEFAULT_SERVER=box jalv -x -n rack -c delay={PLUGIN} http://gareus.org/oss/lv2/nodelay <&9 >/tmp/jalv.log 2>&1 &"
    ))?;
    machine.say("sleep 6; export JACK_DEFAULT_SERVER=box")?;
    machine
        .say("jack_connect system:capture_1 rack:in; jack_connect rack:out system:playback_1; jack_connect system:capture_2 system:playback_2")?;
    machine.say("export JACK_DEFAULT_SERVER=hw; cat /tmp/hw.log /tmp/jalv.log; aplay -l; jack_lsp; echo PORTS $((1+1))")?;
    machine.see("PORTS 2")?;
    Ok(())
}

/// The words that print the song and say how that ended.
fn print_it(name: &str, ports: &str) -> String {
    format!(
        "lacquer insert print /song.wav -o /tmp/{name}.wav --tail 0 {ports} >/tmp/{name}.txt 2>&1; echo END\"\"ED {name} with $?: $(tail -6 /tmp/{name}.txt | tr '\\n' ' '); echo SAID $((1+1))"
    )
}

/// A print through a plain delay holds the song's own samples.
fn printed(machine: &mut Machine) -> Result<()> {
    machine.say(&print_it("printed", THROUGH))?;
    let ended = machine.see("ENDED printed")?;
    if !ended.contains("with 0") {
        bail!("the print failed: {ended}\n{}", machine.see("SAID 2")?);
    }
    machine.say("for f in /song.wav /tmp/printed.wav; do lacquer measure $f --json 2>/dev/null | grep -o '\"samples_sha256\": *\"[0-9a-f]*\"' | sed s/samples/SUM/; done")?;
    let [song, print] = [machine.see("SUM_sha256")?, machine.see("SUM_sha256")?];
    if song.trim() != print.trim() {
        bail!("the print is not the song: {song} {print}");
    }
    Ok(())
}

/// Plugins on the server that the card is the clock of, so that sound comes back as long as the card is there.
const BESIDE: &str = "for side in left right; do JACK_DEFAULT_SERVER=hw jalv -x -n $side -c delay=100 http://gareus.org/oss/lv2/nodelay <&9 >/tmp/$side.log 2>&1 & done; sleep 6";

/// The card that the server runs by is pulled in the midst of a print: the take is kept, and it is no print.
fn pulled(machine: &mut Machine) -> Result<()> {
    for device in [0, 1] {
        machine.say(&format!(
            "amixer -q -c Loopback cset iface=PCM,name='PCM Rate Shift 100000',device={device},subdevice=1 100000"
        ))?;
    }
    machine.say("killall jackd; sleep 3; modprobe xhci-pci; modprobe snd-usb-audio")?;
    machine.ask("device_add usb-audio,id=usb,audiodev=none")?;
    machine.say("sleep 5; aplay -l | grep -c QEMU; echo CARD $((1+1))")?;
    machine.see("CARD 2")?;
    machine.say(&format!(
        "jackd -r -n hw -d alsa -P hw:Audio -C hw:Loopback,0,1 -r 48000 -p {PERIOD} -n 3 -i 2 -o 2 >/tmp/usb.log 2>&1 &"
    ))?;
    machine.say(&format!("sleep 6; {BESIDE}"))?;
    machine.say("jack_lsp; tail -3 /tmp/usb.log; echo OPEN $((1+1))")?;
    machine.see("OPEN 2")?;
    let ports = "--send left:in --return left:out --send right:in --return right:out";
    machine.say(&format!("({}) &", print_it("pulled", ports)))?;
    machine.say(
        "while [ ! -s /tmp/pulled.take1.wav ]; do sleep 1; done; sleep 5; echo MIDST $((1+1))",
    )?;
    machine.see("MIDST 2")?;
    machine.ask("device_del usb")?;
    let ended = machine.see("ENDED pulled")?;
    if ended.contains("with 0") || !ended.contains("has ended or stands still") {
        bail!("a print whose card was pulled did not say so: {ended}");
    }
    machine.see("SAID 2")?;
    machine.say(
        "echo KEPT\"\" $(wc -c </tmp/pulled.take1.wav) $(ls /tmp/pulled.wav 2>/dev/null | wc -l)",
    )?;
    let kept = machine.see("KEPT ")?;
    let mut figures = kept
        .split_whitespace()
        .filter_map(|word| word.parse::<u64>().ok());
    let (bytes, prints) = (figures.next(), figures.next());
    // Two seconds of two channels as floats are little for what was sent until then.
    if bytes.is_none_or(|bytes| bytes < 2 * 48_000 * 8) || prints != Some(0) {
        bail!(
            "the take of a print whose card was pulled was not kept, or taken for a print: {kept}"
        );
    }
    println!(
        "  a card pulled in mid-print: {} KiB of the take are kept",
        bytes.unwrap_or(0) / 1_024
    );
    Ok(())
}

/// What matters of a measurement here.
struct Found {
    delay: f64,
    drift_ppm: f64,
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "round trip {:.4} frames, clock {:+.2} ppm",
            self.delay, self.drift_ppm
        )
    }
}

fn measured(machine: &mut Machine, name: &str) -> Result<Found> {
    machine.say(&format!(
        "lacquer insert measure --send system:playback_1 --return system:capture_1 --form short -o /tmp/{name}.json >/tmp/{name}.txt 2>&1; tail -3 /tmp/{name}.txt; grep -ci xrun /tmp/hw.log /tmp/box.log; echo RES\"\"ULT $(tr -d '\\n' </tmp/{name}.json)"
    ))?;
    let line = machine.see("RESULT")?;
    let json = line.split_once("RESULT ").context("a result")?.1;
    let value: Value = serde_json::from_str(json.trim())?;
    let delay = value.pointer("/channels/0/path/delay_frames/mean");
    let drift = value.pointer("/clock_drift_ppm/mean");
    let both = delay
        .and_then(Value::as_f64)
        .zip(drift.and_then(Value::as_f64));
    let (delay, drift_ppm) = both.with_context(|| format!("no figures in {value:#}"))?;
    Ok(Found { delay, drift_ppm })
}
