//! How the child shuts itself in: limits, no new rights, no file system, and only the system
//! calls that decoding needs.

use std::collections::BTreeMap;
use std::io;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetStatus,
    Scope,
};
use rustix::process::{Pid, Resource, Rlimit, Signal};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use serde::{Deserialize, Serialize};

use crate::job::Request;

/// Most descriptors that can be opened; nothing is opened in fact.
const MOST_FILES: u64 = 16;

/// What Landlock does on this kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Landlock {
    /// No file and no network address can be reached.
    Full,
    /// An older kernel enforces a part of it.
    Partial,
    /// The kernel does not offer it; the system call filter alone forbids opening files.
    NotOffered,
}

/// How a worker is shut in on this computer. Without the system call filter none works at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxStatus {
    /// Access to files by name.
    pub landlock: Landlock,
}

/// A wall that could not be put up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotConfined {
    #[error("the parent process is gone")]
    Orphaned,
    #[error("the limits could not be set")]
    Limits(#[source] io::Error),
    #[error("Landlock could not be set up")]
    Landlock(#[from] landlock::RulesetError),
    #[error("the system call filter could not be made")]
    Filter(#[from] seccompiler::BackendError),
    #[error("the system call filter was refused by the kernel")]
    Seccomp(#[from] seccompiler::Error),
}

/// Puts up every wall. Only this thread may exist.
pub(crate) fn enter(request: &Request) -> Result<SandboxStatus, NotConfined> {
    let limits = NotConfined::Limits;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|e| limits(e.into()))?;
    // The parent may have died before the line above.
    if rustix::process::getppid() != Pid::from_raw(request.parent) {
        return Err(NotConfined::Orphaned);
    }
    rustix::process::setpriority_process(None, request.nice).map_err(|e| limits(e.into()))?;
    rustix::process::chdir("/").map_err(|e| limits(e.into()))?;
    set_limits(request).map_err(|e| limits(e.into()))?;
    rustix::thread::set_no_new_privs(true).map_err(|e| limits(e.into()))?;
    let landlock = forbid_files_and_network()?;
    seccompiler::apply_filter(&filter()?)?;
    Ok(SandboxStatus { landlock })
}

fn set_limits(request: &Request) -> rustix::io::Result<()> {
    let cpu = request.cpu_seconds;
    for (resource, soft, hard) in [
        (
            Resource::As,
            request.address_space_bytes,
            request.address_space_bytes,
        ),
        // The soft limit ends the child by a signal that says why, the hard one in any case.
        (Resource::Cpu, cpu, cpu.saturating_add(1)),
        (Resource::Fsize, request.output_bytes, request.output_bytes),
        (Resource::Nofile, MOST_FILES, MOST_FILES),
        (Resource::Core, 0, 0),
    ] {
        let limit = Rlimit {
            current: Some(soft),
            maximum: Some(hard),
        };
        rustix::process::setrlimit(resource, limit)?;
    }
    Ok(())
}

fn forbid_files_and_network() -> Result<Landlock, NotConfined> {
    let abi = ABI::V6;
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Landlock::Full,
        RulesetStatus::PartiallyEnforced => Landlock::Partial,
        RulesetStatus::NotEnforced => Landlock::NotOffered,
    })
}

/// System calls that need no look at their arguments: reading and writing what is open, memory,
/// ending.
const ALLOWED: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_close,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    // Memory, but never memory that can be executed.
    let executable = u64::try_from(libc::PROT_EXEC).expect("a small flag");
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        let plain = SeccompCondition::new(
            2,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::MaskedEq(executable),
            0,
        )?;
        rules.insert(call, vec![SeccompRule::new(vec![plain])?]);
    }
    // Debug builds ask, before they close a descriptor, whether it is one.
    let ask = u64::try_from(libc::F_GETFD).expect("a small number");
    let asks = SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, ask)?;
    rules.insert(libc::SYS_fcntl, vec![SeccompRule::new(vec![asks])?]);
    // A failed allocation aborts by sending itself a signal; nobody else may be sent one.
    let own = u64::try_from(rustix::process::getpid().as_raw_nonzero().get()).unwrap_or(0);
    let to_self = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, own)?;
    rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![to_self])?]);
    SeccompFilter::new(
        rules,
        SeccompAction::KillProcess,
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )?
    .try_into()
}
