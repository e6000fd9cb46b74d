//! Faults of the kernel, at a place of one's choice: the daemon's calls on its files are held one
//! by one (seccomp user notification, Linux 5.5), and the n-th of them fails, writes short, or is
//! the last that the daemon gets to make.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, Signal};

/// What a call does to files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// Bytes into a file.
    Write,
    /// What was written reaches the disk.
    Sync,
    /// A name for another.
    Rename,
    /// A file or folder is opened or made.
    Open,
    /// A name goes.
    Unlink,
    /// A folder is made.
    Mkdir,
    /// A second name.
    Link,
    /// A file gets another length, or room.
    Truncate,
}

/// What befalls a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The disk is ill.
    Eio,
    /// The disk is full.
    Enospc,
    /// Too many files are open.
    Emfile,
    /// Half of the bytes are written, which is no error.
    ShortWrite,
    /// The daemon dies before the call.
    KillBefore,
    /// The daemon dies after the call, before any other.
    KillAfter,
}

impl Fault {
    /// The faults that can befall a call of this kind.
    #[must_use]
    pub const fn of(call: Call) -> &'static [Self] {
        use Fault::{Eio, Emfile, Enospc, KillAfter, KillBefore, ShortWrite};
        match call {
            Call::Write => &[Enospc, KillBefore, ShortWrite, Eio, KillAfter],
            Call::Open => &[Emfile, KillAfter, Eio, KillBefore, Enospc],
            Call::Sync | Call::Truncate => &[Eio, KillAfter, Enospc, KillBefore],
            Call::Rename | Call::Unlink | Call::Mkdir | Call::Link => {
                &[KillAfter, Eio, KillBefore, Enospc]
            }
        }
    }

    const fn errno(self) -> i32 {
        match self {
            Self::Enospc => libc::ENOSPC,
            Self::Emfile => libc::EMFILE,
            Self::Eio | Self::ShortWrite | Self::KillBefore | Self::KillAfter => libc::EIO,
        }
    }
}

/// The system calls that are held, and where each has what it works on.
const HELD: &[(libc::c_long, Call, Place)] = &[
    (libc::SYS_write, Call::Write, Place::Descriptor),
    (libc::SYS_pwrite64, Call::Write, Place::Descriptor),
    (libc::SYS_writev, Call::Write, Place::Descriptor),
    (libc::SYS_pwritev, Call::Write, Place::Descriptor),
    (libc::SYS_fsync, Call::Sync, Place::Descriptor),
    (libc::SYS_fdatasync, Call::Sync, Place::Descriptor),
    (libc::SYS_ftruncate, Call::Truncate, Place::Descriptor),
    (libc::SYS_fallocate, Call::Truncate, Place::Descriptor),
    (libc::SYS_openat, Call::Open, Place::PathBelow),
    (libc::SYS_openat2, Call::Open, Place::PathBelow),
    (libc::SYS_unlinkat, Call::Unlink, Place::PathBelow),
    (libc::SYS_mkdirat, Call::Mkdir, Place::PathBelow),
    (libc::SYS_renameat, Call::Rename, Place::PathBelow),
    (libc::SYS_renameat2, Call::Rename, Place::PathBelow),
    (libc::SYS_linkat, Call::Link, Place::PathBelow),
    (libc::SYS_truncate, Call::Truncate, Place::Path),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, Call::Open, Place::Path),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_unlink, Call::Unlink, Place::Path),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_rmdir, Call::Unlink, Place::Path),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_mkdir, Call::Mkdir, Place::Path),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_rename, Call::Rename, Place::Path),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_link, Call::Link, Place::Path),
];

/// Where a call's arguments say what it works on.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// The first is a descriptor.
    Descriptor,
    /// The first is a path.
    Path,
    /// The first is a folder's descriptor, the second a path.
    PathBelow,
}

/// A fault that happened.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The call.
    pub call: Call,
    /// What befell it.
    pub fault: Fault,
    /// The file or folder.
    pub path: PathBuf,
}

/// The call that is to meet a fault.
#[derive(Debug, Clone, Copy)]
struct Armed {
    /// Only calls of this kind count.
    kind: Option<Call>,
    /// Calls until then.
    left: usize,
    /// Which of its kind's faults it is.
    turn: usize,
}

#[derive(Debug, Default)]
struct State {
    armed: Option<Armed>,
    hits: Vec<Hit>,
    calls: BTreeMap<Call, usize>,
}

/// Watches over the calls that a daemon and its workers make below one folder.
#[derive(Debug)]
pub struct Overseer {
    below: PathBuf,
    state: Mutex<State>,
    daemon: AtomicI32,
}

impl Overseer {
    /// Watches what happens below a folder.
    #[must_use]
    pub fn below(folder: &Path) -> Arc<Self> {
        Arc::new(Self {
            below: folder.to_owned(),
            state: Mutex::default(),
            daemon: AtomicI32::new(0),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the `nth` call from now on, counted from 1, meet the fault of this `turn` of its kind.
    pub fn arm(&self, nth: usize, turn: usize) {
        self.state().armed = Some(Armed {
            kind: None,
            left: nth.max(1),
            turn,
        });
    }

    /// Lets the next call of a kind meet the fault of this `turn`.
    pub fn arm_next(&self, kind: Call, turn: usize) {
        self.state().armed = Some(Armed {
            kind: Some(kind),
            left: 1,
            turn,
        });
    }

    /// Lets every call pass; true if none was left to fail.
    pub fn disarm(&self) -> bool {
        self.state().armed.take().is_none()
    }

    /// The faults that happened so far.
    #[must_use]
    pub fn hits(&self) -> Vec<Hit> {
        self.state().hits.clone()
    }

    /// Starts a command whose calls are held, and those of all its children.
    pub(crate) fn spawn(self: &Arc<Self>, mut command: Command) -> io::Result<Child> {
        let (give, take) = mpsc::channel();
        let watcher = Arc::clone(self);
        std::thread::spawn(move || {
            if let Ok(listener) = take.recv() {
                watcher.watch(&listener);
            }
        });
        // A filter belongs to its thread and to what that thread starts; this one ends here.
        std::thread::spawn(move || {
            // The watcher must be at work before the first held call, or both would wait.
            let listener = hold_calls()?;
            give.send(listener)
                .map_err(|_| io::Error::other("nobody watches"))?;
            command.spawn()
        })
        .join()
        .expect("starting a command does not panic")
        .inspect(|child| {
            self.daemon
                .store(child.id().cast_signed(), Ordering::SeqCst)
        })
    }

    fn watch(&self, listener: &OwnedFd) {
        while let Some(request) = receive(listener) {
            let verdict = self.judge(&request);
            answer(listener, &request, verdict);
        }
    }

    fn judge(&self, request: &libc::seccomp_notif) -> Verdict {
        let number = libc::c_long::from(request.data.nr);
        let Some((_, call, place)) = HELD.iter().find(|held| held.0 == number) else {
            return Verdict::Pass;
        };
        let Some(path) = object(request, *place).filter(|path| self.is_ours(path)) else {
            return Verdict::Pass;
        };
        let fault = {
            let mut state = self.state();
            *state.calls.entry(*call).or_default() += 1;
            let Some(armed) = &mut state.armed else {
                return Verdict::Pass;
            };
            if armed.kind.is_some_and(|kind| kind != *call) {
                return Verdict::Pass;
            }
            armed.left -= 1;
            if armed.left > 0 {
                return Verdict::Pass;
            }
            let faults = Fault::of(*call);
            let fault = faults[armed.turn % faults.len()];
            state.armed = None;
            let call = *call;
            state.hits.push(Hit { call, fault, path });
            fault
        };
        match fault {
            Fault::KillBefore => self.kill(),
            Fault::KillAfter => return Verdict::PassThenKill(self.pid()),
            Fault::ShortWrite => {
                if let Some(verdict) = write_half(request) {
                    return verdict;
                }
            }
            Fault::Eio | Fault::Enospc | Fault::Emfile => {}
        }
        Verdict::Fail(fault.errno())
    }

    /// The daemon's own files, but not what the test makes of its output.
    fn is_ours(&self, path: &Path) -> bool {
        path.starts_with(&self.below) && path.extension().is_none_or(|e| e != "log")
    }

    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(self.daemon.load(Ordering::SeqCst))
    }

    fn kill(&self) {
        if let Some(pid) = self.pid() {
            // It may be dying already.
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
    }
}

/// What a held call is told.
enum Verdict {
    Pass,
    PassThenKill(Option<Pid>),
    Fail(i32),
    Done(i64),
}

/// The time in which a call that was let go has surely been made.
const CALL_TIME: Duration = Duration::from_millis(30);

/// Half of a `write` or `pwrite64` in the place of the whole; none if there is no half.
fn write_half(request: &libc::seccomp_notif) -> Option<Verdict> {
    let [fd, address, length, at, ..] = request.data.args;
    let number = libc::c_long::from(request.data.nr);
    if length < 2 || ![libc::SYS_write, libc::SYS_pwrite64].contains(&number) {
        return None;
    }
    let process = Pid::from_raw(thread_group(request.pid)?)?;
    let process = rustix::process::pidfd_open(process, PidfdFlags::empty()).ok()?;
    let fd = RawFd::try_from(fd).ok()?;
    let file = rustix::process::pidfd_getfd(&process, fd, PidfdGetfdFlags::empty()).ok()?;
    let mut half = vec![0; usize::try_from(length / 2).ok()?];
    memory(request.pid)?
        .read_exact_at(&mut half, address)
        .ok()?;
    let written = if number == libc::SYS_pwrite64 {
        rustix::io::pwrite(&file, &half, at)
    } else {
        rustix::io::write(&file, &half)
    };
    Some(written.map_or(Verdict::Fail(libc::EIO), |n| {
        Verdict::Done(i64::try_from(n).expect("no more than asked for"))
    }))
}

fn thread_group(thread: u32) -> Option<i32> {
    let status = std::fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    let group = status.lines().find_map(|line| line.strip_prefix("Tgid:"))?;
    group.trim().parse().ok()
}

fn memory(thread: u32) -> Option<File> {
    File::open(format!("/proc/{thread}/mem")).ok()
}

/// The file or folder that a call works on.
fn object(request: &libc::seccomp_notif, place: Place) -> Option<PathBuf> {
    let args = request.data.args;
    let open = |fd: u64| {
        let fd = i32::try_from(fd & 0xffff_ffff).ok()?;
        std::fs::read_link(format!("/proc/{}/fd/{fd}", request.pid)).ok()
    };
    match place {
        Place::Descriptor => open(args[0]),
        Place::Path => Some(PathBuf::from(text(request.pid, args[0])?)),
        Place::PathBelow => {
            let path = PathBuf::from(text(request.pid, args[1])?);
            if path.is_absolute() {
                return Some(path);
            }
            Some(open(args[0])?.join(path))
        }
    }
}

/// A text that ends in a zero, out of another process.
fn text(thread: u32, address: u64) -> Option<OsString> {
    let memory = memory(thread)?;
    let mut bytes = vec![0; 4096];
    // Page by page: the next one need not be there.
    let page = 4096 - usize::try_from(address % 4096).ok()?;
    let mut got = memory.read_at(&mut bytes[..page], address).ok()?;
    if !bytes[..got].contains(&0) {
        let next = address.checked_add(u64::try_from(got).ok()?)?;
        got += memory.read_at(&mut bytes[got..], next).unwrap_or(0);
    }
    let end = bytes[..got].iter().position(|b| *b == 0)?;
    Some(OsStr::from_bytes(&bytes[..end]).to_owned())
}

/// Holds the listed calls of this thread and of everything it starts from now on.
#[expect(unsafe_code, reason = "no library offers seccomp's user notification")]
fn hold_calls() -> io::Result<OwnedFd> {
    let count = u8::try_from(HELD.len()).expect("a short list");
    let code = |code: u32| u16::try_from(code).expect("a code of 16 bits");
    let ret = |value: u32| libc::sock_filter {
        code: code(libc::BPF_RET | libc::BPF_K),
        jt: 0,
        jf: 0,
        k: value,
    };
    // The call's number is the first word of what the filter sees.
    let mut program = vec![libc::sock_filter {
        code: code(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS),
        jt: 0,
        jf: 0,
        k: 0,
    }];
    for (left, (number, ..)) in (1..=count).rev().zip(HELD) {
        program.push(libc::sock_filter {
            code: code(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K),
            jt: left,
            jf: 0,
            k: u32::try_from(*number).expect("numbers of calls are small"),
        });
    }
    program.push(ret(libc::SECCOMP_RET_ALLOW));
    program.push(ret(libc::SECCOMP_RET_USER_NOTIF));
    let filter = libc::sock_fprog {
        len: u16::try_from(program.len()).expect("a short program"),
        filter: program.as_mut_ptr(),
    };
    // SAFETY: `filter` and the program it points to live through the call, which copies them.
    let listener = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
            &raw const filter,
        )
    };
    if listener < 0 {
        return Err(io::Error::last_os_error());
    }
    let listener = RawFd::try_from(listener).expect("a descriptor");
    // SAFETY: the kernel has just given us this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(listener) })
}

/// The next held call; none once nobody is left to make one.
#[expect(unsafe_code, reason = "no library offers seccomp's user notification")]
fn receive(listener: &OwnedFd) -> Option<libc::seccomp_notif> {
    loop {
        let mut ready = [rustix::event::PollFd::new(
            listener,
            rustix::event::PollFlags::IN,
        )];
        match rustix::event::poll(&mut ready, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
        }
        let state = ready[0].revents();
        if state.contains(rustix::event::PollFlags::HUP) {
            return None;
        }
        if !state.contains(rustix::event::PollFlags::IN) {
            continue;
        }
        // SAFETY: all zeros are a valid value, and what the kernel asks for.
        let mut request: libc::seccomp_notif = unsafe { std::mem::zeroed() };
        // SAFETY: the descriptor is a listener, and the request lives through the call.
        let got = unsafe {
            libc::ioctl(
                listener.as_raw_fd(),
                libc::SECCOMP_IOCTL_NOTIF_RECV,
                &raw mut request,
            )
        };
        // A caller that was killed in the meantime takes its request along.
        if got == 0 {
            return Some(request);
        }
    }
}

#[expect(unsafe_code, reason = "no library offers seccomp's user notification")]
fn answer(listener: &OwnedFd, request: &libc::seccomp_notif, verdict: Verdict) {
    let go_on = u32::try_from(libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE).expect("a small flag");
    let (val, error, flags) = match &verdict {
        Verdict::Pass | Verdict::PassThenKill(_) => (0, 0, go_on),
        Verdict::Fail(errno) => (0, -errno, 0),
        Verdict::Done(value) => (*value, 0, 0),
    };
    let mut response = libc::seccomp_notif_resp {
        id: request.id,
        val,
        error,
        flags,
    };
    // SAFETY: the descriptor is a listener, and the response lives through the call. It fails
    // where the caller is gone, who then needs no answer.
    let _ = unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_SEND,
            &raw mut response,
        )
    };
    if let Verdict::PassThenKill(Some(pid)) = verdict {
        std::thread::sleep(CALL_TIME);
        // It may be dying already.
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
}
