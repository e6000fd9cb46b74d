//! Two questions that only the kernel can answer, and that no safe wrapper asks.
#![expect(
    unsafe_code,
    reason = "leases and TCP_INFO have no safe wrapper in rustix; both calls pass plain integers and one owned buffer"
)]

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::time::Duration;

/// `F_SETSIG` of asm-generic/fcntl.h, which the libc crate leaves out.
const F_SETSIG: libc::c_int = 10;

/// What the kernel says about somebody writing to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// No process has the file open for writing.
    None,
    /// At least one process has.
    Holds,
    /// The file belongs to another user and we may not ask, or the file system knows no leases.
    Unknown,
}

/// Asks whether any process holds the file open for writing, by taking a read lease on it and
/// letting go again at once.
pub(crate) fn writer_of(file: BorrowedFd<'_>) -> io::Result<Writer> {
    let fd = file.as_raw_fd();
    // A writer who comes in the instant the lease is ours makes the kernel send us a signal.
    // SIGIO, its first choice, would end the daemon; SIGURG is ignored by everybody.
    // SAFETY: F_SETSIG takes an integer and touches no memory; `file` keeps `fd` open.
    if unsafe { libc::fcntl(fd, F_SETSIG, libc::SIGURG) } < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: F_SETLEASE takes an integer and touches no memory; `file` keeps `fd` open.
    if unsafe { libc::fcntl(fd, libc::F_SETLEASE, libc::F_RDLCK) } < 0 {
        let error = io::Error::last_os_error();
        return match error.raw_os_error() {
            Some(libc::EAGAIN) => Ok(Writer::Holds),
            Some(libc::EACCES | libc::EINVAL | libc::ENOSYS | libc::EOPNOTSUPP) => {
                Ok(Writer::Unknown)
            }
            _ => Err(error),
        };
    }
    // SAFETY: as above.
    if unsafe { libc::fcntl(fd, libc::F_SETLEASE, libc::F_UNLCK) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Writer::None)
}

/// What a client has sent over a TCP connection so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Heard {
    /// Bytes received since the connection began.
    pub(crate) bytes: u64,
    /// How long ago the last of them came.
    pub(crate) silence: Duration,
}

/// Reads how much a connection has received, without taking anything from it.
pub(crate) fn heard_on(socket: BorrowedFd<'_>) -> io::Result<Heard> {
    // `struct tcp_info` of linux/tcp.h: 8 bytes of flags, 24 u32, then u64s. Fields are only
    // ever added at its end, so these places are fixed.
    const LAST_DATA_RECEIVED_MS: usize = 52;
    const BYTES_RECEIVED: usize = 128;
    let mut info = [0_u8; 192];
    let mut length = libc::socklen_t::try_from(info.len()).expect("192 fits");
    // SAFETY: the kernel writes at most `length` bytes into `info`, which is that long and lives
    // through the call; `socket` keeps the descriptor open.
    let answer = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            info.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if answer < 0 {
        return Err(io::Error::last_os_error());
    }
    if usize::try_from(length).unwrap_or(0) < BYTES_RECEIVED + 8 {
        return Err(io::Error::from(io::ErrorKind::Unsupported));
    }
    let silence_ms: [u8; 4] = info[LAST_DATA_RECEIVED_MS..][..4]
        .try_into()
        .expect("4 bytes");
    let bytes: [u8; 8] = info[BYTES_RECEIVED..][..8].try_into().expect("8 bytes");
    Ok(Heard {
        bytes: u64::from_ne_bytes(bytes),
        silence: Duration::from_millis(u64::from(u32::from_ne_bytes(silence_ms))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, OpenOptions};
    use std::io::Write as _;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd as _;

    #[test]
    fn a_writer_is_seen_until_it_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mix.wav");
        let writer = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .unwrap();
        let reader = File::open(&path).unwrap();
        assert_eq!(writer_of(reader.as_fd()).unwrap(), Writer::Holds);
        drop(writer);
        assert_eq!(writer_of(reader.as_fd()).unwrap(), Writer::None);
        // The lease is gone again: a writer opens at once.
        OpenOptions::new().append(true).open(&path).unwrap();
    }

    #[test]
    fn bytes_on_a_connection_are_counted_without_reading_them() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        assert_eq!(heard_on(server.as_fd()).unwrap().bytes, 0);
        client.write_all(b"NOOP\r\n").unwrap();
        let mut peeked = [0; 6];
        server.peek(&mut peeked).unwrap();
        let heard = heard_on(server.as_fd()).unwrap();
        assert_eq!(heard.bytes, 6);
        assert!(heard.silence < Duration::from_secs(5));
    }
}
