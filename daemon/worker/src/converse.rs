//! The parent's side of one conversation: starts a child, hands it the files, listens with
//! limited patience, and tells from its end what happened.

use std::io::{self, IoSlice, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use crate::error::WorkerError;
use crate::job::{Request, WorkerCommand};
use crate::protocol::{self, Frame, PROTOCOL_VERSION, ProtocolError, Reply};
use crate::sandbox::SandboxStatus;

/// Most files handed over.
pub(crate) const MOST_FILES: usize = 2;
/// Most bytes of the child's last words that are kept.
const LAST_WORDS_BYTES: u64 = 2_048;
/// Patience for the end of a child that has said everything.
const GOODBYE: Duration = Duration::from_secs(5);

/// A child at work. Dropping it ends it.
pub(crate) struct Conversation {
    child: Child,
    answers: ChildStdout,
    /// Kept open: its end tells the child that nobody listens any more.
    _line: UnixStream,
    patience: Duration,
    wall_seconds: u64,
    cpu_seconds: u64,
    pub(crate) sandbox: SandboxStatus,
}

impl Conversation {
    /// Starts a child, hands over request and files, and waits until it has shut itself in.
    pub(crate) fn begin(
        command: &WorkerCommand,
        request: &Request,
        files: &[BorrowedFd<'_>],
        wall_seconds: u64,
    ) -> Result<Self, WorkerError> {
        let (line, theirs) = UnixStream::pair().map_err(WorkerError::Spawn)?;
        let mut child = Command::new(&command.program)
            .args(&command.args)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(WorkerError::Spawn)?;
        let answers = child.stdout.take().expect("standard output is piped");
        let mut conversation = Self {
            child,
            answers,
            _line: line,
            patience: Duration::from_secs(wall_seconds),
            wall_seconds,
            cpu_seconds: request.cpu_seconds,
            sandbox: SandboxStatus {
                landlock: crate::sandbox::Landlock::NotOffered,
            },
        };
        if let Err(error) = hand_over(&conversation._line, request, files) {
            let why = conversation.why(error);
            return Err(WorkerError::NotStarted(Box::new(why)));
        }
        // Before its greeting it has opened nothing, so the file cannot be to blame.
        let greeting = conversation.next_message();
        match greeting.map_err(|why| WorkerError::NotStarted(Box::new(why)))? {
            Reply::Ready { version, sandbox } if version == PROTOCOL_VERSION => {
                conversation.sandbox = sandbox;
                Ok(conversation)
            }
            Reply::Ready { version, .. } => Err(ProtocolError::Version(version).into()),
            Reply::NotConfined { what } => Err(WorkerError::NotConfined { what }),
            _ => Err(ProtocolError::OutOfTurn("something before the greeting").into()),
        }
    }

    /// The next frame, or why there is none.
    pub(crate) fn next(&mut self) -> Result<Frame, WorkerError> {
        let mut pipe = Patient {
            pipe: &mut self.answers,
            patience: &mut self.patience,
        };
        protocol::receive(&mut pipe).map_err(|error| self.why(error))
    }

    /// The next frame, which must be a message.
    pub(crate) fn next_message(&mut self) -> Result<Reply, WorkerError> {
        match self.next()? {
            Frame::Message(Reply::Failed {
                step,
                os_error,
                what,
            }) => Err(WorkerError::Storage {
                step,
                source: os_error
                    .map_or_else(|| io::Error::other(what), io::Error::from_raw_os_error),
            }),
            Frame::Message(reply) => Ok(reply),
            Frame::Piece(_) => Err(ProtocolError::OutOfTurn("a piece of a file").into()),
        }
    }

    /// After the last message: the child has to end by itself, and well.
    pub(crate) fn end(mut self) -> Result<(), WorkerError> {
        self.patience = GOODBYE;
        let mut pipe = Patient {
            pipe: &mut self.answers,
            patience: &mut self.patience,
        };
        match pipe.read(&mut [0]) {
            Ok(0) => (),
            Ok(_) => return Err(ProtocolError::OutOfTurn("more after the end").into()),
            Err(error) => return Err(self.why(error.into())),
        }
        let status = self.child.wait().map_err(WorkerError::Spawn)?;
        if status.success() {
            Ok(())
        } else {
            Err(self.judged(status))
        }
    }

    /// Turns a broken conversation into what really happened.
    fn why(&mut self, error: ProtocolError) -> WorkerError {
        let ProtocolError::Pipe(pipe) = &error else {
            return WorkerError::Protocol(error);
        };
        match pipe.kind() {
            io::ErrorKind::TimedOut => WorkerError::TimedOut {
                seconds: self.wall_seconds,
            },
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset => {
                // It has closed its end; one that does so and lives on is ended here.
                match self.ended_within(GOODBYE) {
                    Ok(Some(status)) if !status.success() => self.judged(status),
                    Ok(_) => WorkerError::Protocol(error),
                    Err(e) => WorkerError::Spawn(e),
                }
            }
            _ => WorkerError::Protocol(error),
        }
    }

    /// Waits for the end of a child whose pipe has ended: the kernel is tearing it down.
    fn ended_within(&mut self, patience: Duration) -> io::Result<Option<ExitStatus>> {
        let from = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if from.elapsed() > patience {
                return Ok(None);
            }
            // Standard error ends with the process; waiting for it costs nothing.
            if let Some(last_words) = &self.child.stderr {
                let mut ends = [PollFd::new(last_words, PollFlags::empty())];
                poll(&mut ends, Some(&timespec(Duration::from_millis(50))))?;
            }
        }
    }

    fn judged(&mut self, status: ExitStatus) -> WorkerError {
        let mut said = Vec::new();
        if let Some(stderr) = self.child.stderr.take() {
            // What cannot be read of its last words is lost, and nothing hangs on it.
            let _ = stderr.take(LAST_WORDS_BYTES).read_to_end(&mut said);
        }
        let said = String::from_utf8_lossy(&said).trim().replace('\n', " ");
        match status.signal() {
            Some(libc::SIGSYS) => WorkerError::Forbidden,
            Some(libc::SIGXCPU) => WorkerError::TimedOut {
                seconds: self.cpu_seconds,
            },
            Some(libc::SIGXFSZ) => WorkerError::OutputTooLarge,
            Some(libc::SIGABRT) if said.contains("memory allocation of") => {
                WorkerError::OutOfMemory
            }
            Some(signal) => WorkerError::Died { signal, said },
            None => WorkerError::Fault { said },
        }
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        // Both fail only if it has been waited for already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One byte carries the files, then the request follows.
fn hand_over(
    line: &UnixStream,
    request: &Request,
    files: &[BorrowedFd<'_>],
) -> Result<(), ProtocolError> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FILES))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !files.is_empty() && !control.push(SendAncillaryMessage::ScmRights(files)) {
        return Err(ProtocolError::OutOfTurn("more files than a worker takes"));
    }
    sendmsg(
        line,
        &[IoSlice::new(&[0])],
        &mut control,
        SendFlags::NOSIGNAL,
    )
    .map_err(io::Error::from)?;
    protocol::send(line, request)
}

/// Reads from the child as long as there is patience. Only waiting uses it up: what the parent
/// does with the data meanwhile is not the child's fault.
struct Patient<'a> {
    pipe: &'a mut ChildStdout,
    patience: &'a mut Duration,
}

impl Read for Patient<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let from = Instant::now();
        let mut ready = [PollFd::from_borrowed_fd(self.pipe.as_fd(), PollFlags::IN)];
        let heard = loop {
            let left = self.patience.saturating_sub(from.elapsed());
            match poll(&mut ready, Some(&timespec(left))) {
                Err(rustix::io::Errno::INTR) => (),
                other => break other?,
            }
        };
        *self.patience = self.patience.saturating_sub(from.elapsed());
        if heard == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.pipe.read(bytes)
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}
