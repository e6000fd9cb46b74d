//! The child's side: shut in first, then open the file.

use std::fs::File;
use std::io::{self, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::process::ExitCode;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

use crate::converse::MOST_FILES;
use crate::job::{Job, Request};
use crate::protocol::{self, PROTOCOL_VERSION, ProtocolError, Reply};
use crate::{
    attached, close_range, decode, disc, document, inspect, label_copy, meter, photograph,
    returned, sales_report, sandbox, unzip, words,
};

/// The whole life of a worker. To be called first of all in `main`, before anything is opened
/// and before any other thread exists.
pub fn child_main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The parent reads this as the worker's last words.
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), ProtocolError> {
    close_range::all_but_standard_streams()?;
    let files = receive_files()?;
    let request: Request = protocol::receive_message(io::stdin().lock())?;
    if request.version != PROTOCOL_VERSION {
        return Err(ProtocolError::Version(request.version));
    }
    let sandbox = match sandbox::enter(&request) {
        Ok(sandbox) => sandbox,
        Err(error) => {
            let what = with_causes(&error);
            return say(&Reply::NotConfined { what });
        }
    };
    say(&Reply::Ready {
        version: PROTOCOL_VERSION,
        sandbox,
    })?;
    carry_out(request.job, files.into_iter().map(File::from))
}

/// Does the work that it was shut in for.
fn carry_out(job: Job, mut files: impl Iterator<Item = File>) -> Result<(), ProtocolError> {
    let mut next = || {
        files
            .next()
            .ok_or(ProtocolError::OutOfTurn("work without its file"))
    };
    match job {
        Job::Inspect {
            name,
            declared,
            thresholds,
        } => {
            let (input, canonical) = (next()?, next()?);
            say(&inspect::inspect(
                input,
                &canonical,
                &name,
                declared,
                *thresholds,
            ))
        }
        Job::Decode { name, loudness } => {
            let (input, canonical) = (next()?, next()?);
            say(&decode::decode(input, &canonical, &name, loudness))
        }
        Job::Measure { name } => say(&meter::measure(next()?, &name)),
        Job::Unpack => unzip::unpack(next()?),
        Job::ReadReturned => say(&returned::read(next()?)),
        Job::ReadSales(ask) => {
            let (input, output) = (next()?, next()?);
            say(&sales_report::read(input, &output, &ask))
        }
        Job::ReadLyrics => say(&words::read(next()?)),
        Job::Photograph => {
            let (input, output) = (next()?, next()?);
            say(&photograph::make(input, &output))
        }
        Job::LookAtDocument => say(&document::look(next()?)),
        Job::ReadLabelCopy => say(&label_copy::read(next()?)),
        Job::ReadDisc(request) => say(&disc::read(next()?, &request)),
        Job::ReadBooklet => say(&attached::booklet(next()?)),
        Job::ReadMovie => {
            let (input, output) = (next()?, next()?);
            say(&attached::movie(input, output))
        }
        Job::Try(trial) => say(&trial.attempt()),
    }
}

/// Standard output without the line buffer, which would look for line ends in sound.
pub(crate) struct Answers;

impl Write for Answers {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stdout(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sends a message to the parent.
pub(crate) fn say(reply: &Reply) -> Result<(), ProtocolError> {
    protocol::send(Answers, reply)
}

/// An error and what caused it, in one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// The files come with the first byte on standard input, which is a socket.
fn receive_files() -> io::Result<Vec<OwnedFd>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FILES))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let received = recvmsg(
        rustix::stdio::stdin(),
        &mut [IoSliceMut::new(&mut byte)],
        &mut control,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    if received.bytes != 1 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut files = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(fds) = message {
            files.extend(fds);
        }
    }
    Ok(files)
}
