//! Small virtual machines for what only a kernel's own drivers can show. They need the packages of
//! `image/packages/vm.txt`, and apt for the kernel, once.

pub(crate) mod cards;
pub(crate) mod gear;
mod system;

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use self::system::vmlinuz;

/// How long anything may take: without KVM the machine is slow.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running machine: its line, and the monitor that plugs and pulls.
pub(super) struct Machine {
    child: Child,
    line: ChildStdin,
    heard: Receiver<String>,
    monitor: UnixStream,
}

impl Machine {
    fn boot(folder: &Path, kernel: &Path, initrd: &Path) -> Result<Self> {
        let socket = folder.join("monitor");
        let mut child = Command::new("qemu-system-x86_64")
            .args([
                "-machine", "q35", "-accel", "tcg", "-m", "1024", "-smp", "2",
            ])
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

    /// Waits until the machine prints something, and gives the line.
    fn see(&mut self, expected: &str) -> Result<String> {
        let until = Instant::now() + PATIENCE;
        let mut lines = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.heard.recv_timeout(left) {
                Ok(line) if line.contains(expected) => {
                    println!("  {}", line.trim_end());
                    return Ok(line);
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
