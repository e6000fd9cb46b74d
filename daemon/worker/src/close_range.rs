//! Closes what the child should not have inherited. The one module of this crate with `unsafe`.
#![expect(
    unsafe_code,
    reason = "closing descriptors that nobody in this process owns is a plain system call"
)]

use std::io;

/// Closes every descriptor above standard input, output and error.
///
/// Call it first of all, while nothing else is open: a descriptor that some value here owned
/// would be closed under it.
pub(crate) fn all_but_standard_streams() -> io::Result<()> {
    // SAFETY: the call touches no memory. It runs at the start of a process that has opened
    // nothing yet, so the descriptors it closes are only those leaked by the parent.
    let done = unsafe { libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, 0u32) };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
