//! The watch of the sound cards on real drivers: a small virtual machine in which cards are plugged, set and pulled.
//!
//! Debian's own kernel and one program of ours as the whole system, in memory; nothing is installed anywhere. Needs
//! the packages of `image/packages/vm.txt`, and apt for the kernel, once.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::house;

/// How long anything may take: without KVM the machine is slow.
const PATIENCE: Duration = Duration::from_secs(180);

/// What is taken of the kernel's package.
const WANTED: [&str; 6] = [
    "./boot/vmlinuz*",
    "./lib/modules/*/kernel/sound/*",
    "./lib/modules/*/kernel/drivers/usb/*",
    "./lib/modules/*/kernel/drivers/base/*",
    "./lib/modules/*/kernel/drivers/media/mc/*",
    "./lib/modules/*/modules.*",
];

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
    let initrd = initrd(folder.path(), &kernel)?;
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

/// Debian's kernel with the modules that cards need, unpacked below the target folder once.
fn kernel() -> Result<PathBuf> {
    let folder = house::target().join("vm-kernel");
    if folder.join("whole").exists() {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder)?;
    let depends = said(Command::new("apt-cache").args(["depends", "linux-image-amd64"]))?;
    let package = depends
        .lines()
        .find_map(|line| line.trim().strip_prefix("Depends: "));
    let package = package.context("apt knows no kernel; run apt-get update")?;
    said(
        Command::new("apt-get")
            .args(["-q", "download", package])
            .current_dir(&folder),
    )?;
    let mut files = std::fs::read_dir(&folder)?.flatten();
    let deb = files
        .find(|file| file.path().extension().is_some_and(|e| e == "deb"))
        .context("apt downloaded nothing")?
        .path();
    let archive = folder.join("kernel.tar");
    let mut unpack = Command::new("dpkg-deb");
    let unpack = unpack.arg("--fsys-tarfile").arg(&deb);
    let status = unpack.stdout(std::fs::File::create(&archive)?).status()?;
    if !status.success() {
        bail!("the kernel's package could not be opened: {status}");
    }
    let mut take = Command::new("tar");
    take.arg("-xf")
        .arg(&archive)
        .arg("--wildcards")
        .args(WANTED);
    said(take.current_dir(&folder))?;
    std::fs::remove_file(&archive)?;
    std::fs::remove_file(&deb)?;
    let version = version(&folder)?;
    said(Command::new("depmod").arg("-b").arg(&folder).arg(&version))?;
    std::fs::File::create_new(folder.join("whole"))?;
    Ok(folder)
}

fn version(kernel: &Path) -> Result<String> {
    let mut modules = std::fs::read_dir(kernel.join("lib/modules"))?.flatten();
    let found = modules.next().context("the kernel has no modules")?;
    Ok(found.file_name().to_string_lossy().into_owned())
}

fn vmlinuz(kernel: &Path) -> Result<PathBuf> {
    let mut files = std::fs::read_dir(kernel.join("boot"))?.flatten();
    Ok(files.next().context("the kernel is missing")?.path())
}

/// The whole system as an archive in memory.
fn initrd(folder: &Path, kernel: &Path) -> Result<PathBuf> {
    let root = folder.join("root");
    std::fs::create_dir_all(root.join("bin"))?;
    std::fs::copy("/bin/busybox", root.join("bin/busybox"))
        .context("busybox is missing; image/install-packages vm installs it")?;
    let watch = house::target().join("debug/examples/watch_cards");
    put(&root, &watch, "watch_cards")?;
    for tool in ["amixer", "aplay"] {
        let path = Path::new("/usr/bin").join(tool);
        put(&root, &path, &format!("bin/{tool}"))?;
    }
    for (from, to) in [
        (Path::new("/usr/share/alsa").to_owned(), "usr/share"),
        (kernel.join("lib/modules"), "lib"),
    ] {
        std::fs::create_dir_all(root.join(to))?;
        said(Command::new("cp").arg("-r").arg(from).arg(root.join(to)))?;
    }
    let init = root.join("init");
    std::fs::File::create_new(&init)?.write_all(INIT.as_bytes())?;
    std::fs::set_permissions(&init, std::fs::Permissions::from_mode(0o755))?;
    let initrd = folder.join("initrd");
    let mut pack = Command::new("sh");
    pack.args(["-c", "find . | cpio --quiet -o -H newc"]);
    let status = pack
        .current_dir(&root)
        .stdout(std::fs::File::create(&initrd)?)
        .status()?;
    if !status.success() {
        bail!("the system could not be packed: {status}");
    }
    Ok(initrd)
}

/// A program and the libraries that it loads.
fn put(root: &Path, program: &Path, to: &str) -> Result<()> {
    std::fs::copy(program, root.join(to))
        .with_context(|| format!("{} is missing", program.display()))?;
    let loads = said(Command::new("ldd").arg(program))?;
    let libraries = loads
        .split_whitespace()
        .filter(|word| word.starts_with('/'));
    for library in libraries {
        let place = root.join(library.trim_start_matches('/'));
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::copy(library, &place)?;
    }
    Ok(())
}

fn said(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("could not start {program}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{program} failed: {said}");
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A running machine: its line, and the monitor that plugs and pulls.
struct Machine {
    child: Child,
    line: ChildStdin,
    heard: Receiver<String>,
    monitor: UnixStream,
}

impl Machine {
    fn boot(folder: &Path, kernel: &Path, initrd: &Path) -> Result<Self> {
        let socket = folder.join("monitor");
        let mut child = Command::new("qemu-system-x86_64")
            .args(["-machine", "q35", "-accel", "tcg", "-m", "512"])
            .args(["-display", "none", "-nodefaults", "-no-reboot"])
            .arg("-kernel")
            .arg(vmlinuz(kernel)?)
            .arg("-initrd")
            .arg(initrd)
            .args(["-append", "console=ttyS0 quiet mitigations=off"])
            .args(["-audiodev", "none,id=none", "-device", "qemu-xhci"])
            .args(["-serial", "stdio", "-monitor"])
            .arg(format!("unix:{},server=on,wait=off", socket.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("qemu is missing; image/install-packages vm installs it")?;
        let line = child.stdin.take().context("its line is piped")?;
        let told = child.stdout.take().context("its line is piped")?;
        let (hear, heard) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(told).lines().map_while(Result::ok) {
                if hear.send(line).is_err() {
                    break;
                }
            }
        });
        let began = Instant::now();
        let monitor = loop {
            match UnixStream::connect(&socket) {
                Ok(monitor) => break monitor,
                Err(error) if began.elapsed() > PATIENCE => {
                    return Err(error).context("the machine does not answer");
                }
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        };
        Ok(Self {
            child,
            line,
            heard,
            monitor,
        })
    }

    /// Gives a command to the machine.
    fn say(&mut self, command: &str) -> Result<()> {
        writeln!(self.line, "{command}")?;
        Ok(self.line.flush()?)
    }

    /// Gives a command to whoever holds its plugs.
    fn ask(&mut self, command: &str) -> Result<()> {
        Ok(writeln!(self.monitor, "{command}")?)
    }

    /// Waits until the machine prints something.
    fn see(&mut self, expected: &str) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        let mut lines = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.heard.recv_timeout(left) {
                Ok(line) if line.contains(expected) => {
                    println!("  {}", line.trim_end());
                    return Ok(());
                }
                Ok(line) => lines.push(line),
                Err(_) => bail!("not {expected:?} but:\n{}", lines.join("\n")),
            }
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
