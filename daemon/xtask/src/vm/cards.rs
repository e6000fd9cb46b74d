//! The watch of the sound cards on real drivers: cards are plugged, set and pulled.

use std::path::Path;

use anyhow::{Result, bail};

use super::Machine;
use super::system::{System, kernel};
use crate::house;

/// The first process: it loads what cards need, watches them, and does what comes over the line.
const INIT: &str = "#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /bin /sbin
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
modprobe xhci-pci; modprobe snd-usb-audio
/watch_cards &
exec sh
";

/// Plugs, sets and pulls cards and compares what the watch says.
pub(crate) fn check() -> Result<()> {
    let kernel = kernel()?;
    let status = house::by_hand("cargo")
        .args(["build", "--locked", "-p", "patchbay"])
        .args(["--example", "watch_cards"])
        .current_dir(house::root())
        .status()?;
    if !status.success() {
        bail!("the watch could not be built: {status}");
    }
    let folder = tempfile::tempdir()?;
    let system = System::begin(folder.path(), &kernel)?;
    let watch = house::target().join("debug/examples/watch_cards");
    system.program(&watch, "watch_cards")?;
    for tool in ["amixer", "aplay"] {
        let path = Path::new("/usr/bin").join(tool);
        system.program(&path, &format!("bin/{tool}"))?;
    }
    let initrd = system.pack(folder.path(), INIT)?;
    let mut machine = Machine::boot(folder.path(), &kernel, &initrd)?;
    machine.see("no card")?;

    machine.say("modprobe snd-dummy")?;
    machine.see("happened: Dummy Plugged")?;
    machine.say("amixer -q -c Dummy sset Master 0%")?;
    machine.see("mixer Master out [-45.0, -45.0]")?;
    machine.say("aplay -q -D hw:Dummy -t raw -r 48000 -f S16_LE -c 2 /dev/zero &")?;
    machine.see("Some(StreamRun { rate_hz: 48000, channels: 2, format: \"S16_LE\"")?;
    machine.say("kill $!")?;

    machine.say("modprobe snd-aloop")?;
    machine.see("happened: Loopback Plugged")?;
    machine.say("amixer -q -c Loopback cset iface=PCM,name='PCM Rate Shift 100000' 100010")?;
    machine.see("happened: Loopback Clock { name: \"PCM Rate Shift 100000\", from: \"100000\", to: \"100010\" }")?;

    machine.ask("device_add usb-audio,id=usb,audiodev=none")?;
    machine.see("rates_hz: [48000]")?;
    machine.see("happened: QEMU USB Audio Plugged")?;
    machine.ask("device_del usb")?;
    machine.see("happened: QEMU USB Audio Pulled")?;
    println!("cards are seen as they are plugged, set, run, clocked and pulled");
    Ok(())
}
