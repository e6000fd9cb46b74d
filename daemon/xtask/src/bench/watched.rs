//! What a process and its children cost, as the kernel counts it.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// How often memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What something cost.
pub(super) struct Cost {
    /// User and system time with that of children that have ended, in seconds.
    pub(super) cpu_s: f64,
    pub(super) wall_s: f64,
    /// Most memory of process and children at one moment, in MiB; pages in use, also shared ones.
    pub(super) peak_mib: f64,
}

/// Runs a command to its end; it must not fail, but its answer may be no.
pub(super) fn run(command: &mut Command) -> Result<Cost> {
    let (cost, status) = watch(command)?;
    if !matches!(status.code(), Some(0 | 1)) {
        bail!("{command:?} ended with {status}");
    }
    Ok(cost)
}

/// Runs a command to its end; its answer must be yes.
pub(super) fn run_well(command: &mut Command) -> Result<Cost> {
    let (cost, status) = watch(command)?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(cost)
}

fn watch(command: &mut Command) -> Result<(Cost, ExitStatus)> {
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("could not start {command:?}"))?;
    let memory = Memory::watch(child.id());
    // Ended, but not yet taken away: the kernel still has its account.
    let until_end = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(Pid::from_child(&child)), until_end)?;
    let wall_s = began.elapsed().as_secs_f64();
    let cpu_s = cpu_s(child.id())?;
    let status = child.wait()?;
    let cost = Cost {
        cpu_s,
        wall_s,
        peak_mib: memory.so_far_mib(),
    };
    Ok((cost, status))
}

/// User and system time of a process and of its children that have ended, in seconds.
pub(super) fn cpu_s(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in brackets may hold anything; what follows it does not.
    let (_, fields) = stat.rsplit_once(") ").context("a stat without a name")?;
    let ticks: Vec<u64> = fields
        .split(' ')
        .skip(11)
        .take(4)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let second = rustix::param::clock_ticks_per_second();
    Ok(ticks.iter().sum::<u64>() as f64 / second as f64)
}

/// Watches the memory of a process and its children.
pub(super) struct Memory {
    stop: Arc<AtomicBool>,
    peak_kib: Arc<AtomicU64>,
}

impl Memory {
    pub(super) fn watch(pid: u32) -> Self {
        let (stop, peak_kib) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let (stopped, peak) = (Arc::clone(&stop), Arc::clone(&peak_kib));
        std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                peak.fetch_max(family_kib(pid), Ordering::Relaxed);
                std::thread::sleep(LOOK_EVERY);
            }
        });
        Self { stop, peak_kib }
    }

    pub(super) fn so_far_mib(&self) -> f64 {
        self.peak_kib.load(Ordering::Relaxed) as f64 / 1024.0
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Resident memory of a process and all below it, now; what has ended counts nothing.
fn family_kib(pid: u32) -> u64 {
    let own = std::fs::read_to_string(format!("/proc/{pid}/status"))
        .ok()
        .and_then(|status| {
            let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
            line.trim().split(' ').next()?.parse().ok()
        })
        .unwrap_or(0);
    let threads = std::fs::read_dir(Path::new("/proc").join(pid.to_string()).join("task"));
    let children = threads.into_iter().flatten().flatten().flat_map(|thread| {
        let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        let ids = children.split_whitespace().map(str::parse);
        ids.filter_map(Result::ok).collect::<Vec<u32>>()
    });
    own + children.map(family_kib).sum::<u64>()
}

/// Asks a child of ours to end in order and waits for it.
pub(super) fn end(child: &mut Child) -> Result<()> {
    rustix::process::kill_process(Pid::from_child(child), rustix::process::Signal::TERM)?;
    let status = child.wait()?;
    if !status.success() {
        bail!("the daemon ended with {status}");
    }
    Ok(())
}
