//! The parent's door: check a mix, unpack a zip, try the walls.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd};

use attachments::Booklet;
use delivery::cd::ReadDisc;
use labelcopy::LabelCopy;
use measure::{Declared, Thresholds};

use crate::attached::{self, MovieFacts};
use crate::converse::Conversation;
use crate::decode::{Decoded, Loudness};
use crate::disc::DiscRequest;
use crate::document::Document;
use crate::error::WorkerError;
use crate::inspect::Inspected;
use crate::job::{Job, Request, WorkerCommand, WorkerLimits};
use crate::label_copy;
use crate::meter::Measured;
use crate::photograph::Photographed;
use crate::protocol::{Frame, PROTOCOL_VERSION, ProtocolError, Reply};
use crate::returned::Returned;
use crate::sales_report;
use crate::sandbox::SandboxStatus;
use crate::trial::Trial;
use crate::unzip::{MOST_ENTRIES, Unpacked, ZipEntry};

/// A mix to be checked.
#[derive(Debug)]
pub struct InspectRequest {
    /// The file as it came, opened for reading.
    pub input: File,
    /// An empty file for the canonical audio, opened for writing. The caller syncs it.
    pub canonical: File,
    /// Its name, of which only the ending is looked at.
    pub name: String,
    /// What the order says about the format.
    pub declared: Option<Declared>,
    /// Where findings begin.
    pub thresholds: Thresholds,
}

/// Starts a child for every file.
///
/// All calls block until the child is done; the calling thread must live as long, because the
/// child dies with it. Call them inside `spawn_blocking`.
#[derive(Debug, Clone)]
pub struct Workers {
    command: WorkerCommand,
    limits: WorkerLimits,
}

impl Workers {
    /// Workers started by `command`, each within `limits`.
    pub fn new(command: WorkerCommand, limits: WorkerLimits) -> Self {
        Self { command, limits }
    }

    /// Decodes and measures a mix, and writes its canonical audio.
    pub fn inspect(&self, request: InspectRequest) -> Result<Inspected, WorkerError> {
        let InspectRequest {
            input,
            canonical,
            name,
            declared,
            thresholds,
        } = request;
        let job = Job::Inspect {
            name,
            declared,
            thresholds: Box::new(thresholds),
        };
        let bytes = length_of(&input)?;
        let mut worker = self.begin(job, &[input.as_fd(), canonical.as_fd()], bytes)?;
        match worker.next_message()? {
            Reply::Inspected(inspected) => {
                worker.end()?;
                Ok(*inspected)
            }
            Reply::NoMix(finding) => Err(WorkerError::NoMix(finding)),
            _ => Err(ProtocolError::OutOfTurn("no answer about the mix").into()),
        }
    }

    /// Decodes a file and writes its canonical audio into an empty file that is opened for writing; of its name
    /// only the ending is looked at. For what is mastered or listened to and asked nothing about: [`Self::inspect`]
    /// finds what is wrong with a mix and takes many times as long.
    pub fn decode(
        &self,
        input: File,
        canonical: File,
        name: &str,
        loudness: Loudness,
    ) -> Result<Decoded, WorkerError> {
        let job = Job::Decode {
            name: name.to_owned(),
            loudness,
        };
        let bytes = length_of(&input)?;
        let mut worker = self.begin(job, &[input.as_fd(), canonical.as_fd()], bytes)?;
        match worker.next_message()? {
            Reply::Decoded(decoded) => {
                worker.end()?;
                Ok(*decoded)
            }
            Reply::NoMix(finding) => Err(WorkerError::NoMix(finding)),
            _ => Err(ProtocolError::OutOfTurn("no answer about the file").into()),
        }
    }

    /// Decodes and measures a file, of whose name only the ending is looked at: the figures of [`Self::inspect`]
    /// without its findings and in a part of its time.
    pub fn measure(&self, input: &File, name: &str) -> Result<Measured, WorkerError> {
        let job = Job::Measure {
            name: name.to_owned(),
        };
        let bytes = length_of(input)?;
        let mut worker = self.begin(job, &[input.as_fd()], bytes)?;
        match worker.next_message()? {
            Reply::Measured(measured) => {
                worker.end()?;
                Ok(*measured)
            }
            Reply::NoMix(finding) => Err(WorkerError::NoMix(finding)),
            _ => Err(ProtocolError::OutOfTurn("no figures of the file").into()),
        }
    }

    /// Opens a zip and passes every file in it to `each`, in the order of the zip.
    ///
    /// If reading inside `each` fails because the zip lies or is damaged, the error has to be
    /// passed on; the file is then among the skipped ones and the next follows. Whatever was
    /// kept of it has to be thrown away.
    pub fn unpack(
        &self,
        input: File,
        each: &mut dyn FnMut(&ZipEntry, &mut dyn Read) -> io::Result<()>,
    ) -> Result<Unpacked, WorkerError> {
        let bytes = length_of(&input)?;
        let mut worker = self.begin(Job::Unpack, &[input.as_fd()], bytes)?;
        for _ in 0..=MOST_ENTRIES {
            match worker.next_message()? {
                Reply::Entry(entry) => pass_on(&mut worker, &entry, each)?,
                Reply::Unpacked(unpacked) => {
                    worker.end()?;
                    return Ok(unpacked);
                }
                Reply::ZipRefused { reason } => return Err(WorkerError::ZipRefused { reason }),
                _ => return Err(ProtocolError::OutOfTurn("no file of the zip").into()),
            }
        }
        Err(ProtocolError::OutOfTurn("more files than a zip may hold").into())
    }

    /// Reads what a mail system says of a mail that it could not deliver; none where the message is
    /// no such report.
    pub fn read_returned(&self, input: &File) -> Result<Option<Returned>, WorkerError> {
        let bytes = length_of(input)?;
        let mut worker = self.begin(Job::ReadReturned, &[input.as_fd()], bytes)?;
        match worker.next_message()? {
            Reply::Returned(returned) => {
                worker.end()?;
                Ok(returned)
            }
            _ => Err(ProtocolError::OutOfTurn("no answer about the message").into()),
        }
    }

    /// Reads a distributor's report; `scratch` is an empty file, opened for reading and writing.
    ///
    /// # Errors
    /// [`WorkerError::Sales`] with the reason where it cannot be read.
    pub fn read_sales(
        &self,
        input: &File,
        scratch: &File,
        ask: sales::Ask,
    ) -> Result<sales::Report, WorkerError> {
        let bytes = length_of(input)?;
        let job = Job::ReadSales(Box::new(ask));
        let mut worker = self.begin(job, &[input.as_fd(), scratch.as_fd()], bytes)?;
        match worker.next_message()? {
            Reply::Done => {
                worker.end()?;
                let read = sales_report::read_back(scratch);
                let read = read.map_err(|source| WorkerError::Storage {
                    step: "read what the report says".to_owned(),
                    source,
                })?;
                read.ok_or_else(|| ProtocolError::OutOfTurn("no report").into())
            }
            Reply::SalesRefused(trouble) => Err(WorkerError::Sales(trouble)),
            _ => Err(ProtocolError::OutOfTurn("no answer about the report").into()),
        }
    }

    /// Reads the words of a song out of a file of others: plain text, LRC or TTML.
    ///
    /// # Errors
    /// [`WorkerError::NoLyrics`] with the reason where it holds none.
    pub fn read_lyrics(
        &self,
        input: &File,
    ) -> Result<Vec<delivery::lyrics::LyricLine>, WorkerError> {
        let bytes = length_of(input)?;
        let mut worker = self.begin(Job::ReadLyrics, &[input.as_fd()], bytes)?;
        match worker.next_message()? {
            Reply::Lyrics(lines) => {
                worker.end()?;
                Ok(lines)
            }
            Reply::NoLyrics { why } => Err(WorkerError::NoLyrics(why)),
            _ => Err(ProtocolError::OutOfTurn("no answer about the words").into()),
        }
    }

    /// Makes a photograph anew, upright, as a JPEG without anything but its picture; `kept` is an empty file,
    /// opened for writing.
    ///
    /// # Errors
    /// [`WorkerError::NoPhotograph`] where it is none.
    pub fn photograph(&self, input: &File, kept: &File) -> Result<Photographed, WorkerError> {
        let bytes = length_of(input)?;
        let mut worker = self.begin(Job::Photograph, &[input.as_fd(), kept.as_fd()], bytes)?;
        match worker.next_message()? {
            Reply::Photographed(photographed) => {
                worker.end()?;
                Ok(photographed)
            }
            Reply::NoPhotograph { why } => Err(WorkerError::NoPhotograph(why)),
            _ => Err(ProtocolError::OutOfTurn("no answer about the photograph").into()),
        }
    }

    /// Reads a booklet.
    ///
    /// # Errors
    /// [`WorkerError::NotAttached`] where it is none, or cannot be read.
    pub fn read_booklet(&self, input: &File) -> Result<Booklet, WorkerError> {
        let bytes = length_of(input)?;
        let mut worker = self.begin(Job::ReadBooklet, &[input.as_fd()], bytes)?;
        match worker.next_message()? {
            Reply::Booklet(booklet) => {
                worker.end()?;
                Ok(*booklet)
            }
            Reply::NotAttached { why } => Err(WorkerError::NotAttached(why)),
            _ => Err(ProtocolError::OutOfTurn("no answer about the booklet").into()),
        }
    }

    /// Reads a video, and listens to how loud its sound is; `scratch` is an empty file, opened for reading and writing.
    ///
    /// # Errors
    /// [`WorkerError::NotAttached`] where it is none, or cannot be read.
    pub fn read_movie(&self, input: &File, scratch: &File) -> Result<MovieFacts, WorkerError> {
        let bytes = length_of(input)?;
        let files = [input.as_fd(), scratch.as_fd()];
        let mut worker = self.begin(Job::ReadMovie, &files, bytes)?;
        match worker.next_message()? {
            Reply::Movie(read) => {
                worker.end()?;
                let heard = attached::read_back(scratch);
                let heard = heard.map_err(|source| WorkerError::Storage {
                    step: "read what the video sounds like".to_owned(),
                    source,
                })?;
                Ok(MovieFacts {
                    movie: read.movie,
                    heard,
                    unheard: read.unheard,
                })
            }
            Reply::NotAttached { why } => Err(WorkerError::NotAttached(why)),
            _ => Err(ProtocolError::OutOfTurn("no answer about the video").into()),
        }
    }

    /// Tells what a document is; none where it is of no kind that is kept, or not whole.
    pub fn look_at(&self, input: &File) -> Result<Option<Document>, WorkerError> {
        let bytes = length_of(input)?;
        let mut worker = self.begin(Job::LookAtDocument, &[input.as_fd()], bytes)?;
        match worker.next_message()? {
            Reply::Document(document) => {
                worker.end()?;
                Ok(document)
            }
            _ => Err(ProtocolError::OutOfTurn("no answer about the document").into()),
        }
    }

    /// Reads label copy; none where the file says nothing of a release.
    ///
    /// # Errors
    /// A worker that did not answer.
    pub fn read_label_copy(&self, input: &File) -> Result<Option<LabelCopy>, WorkerError> {
        let bytes = length_of(input)?;
        let mut worker = self.begin(Job::ReadLabelCopy, &[input.as_fd()], bytes)?;
        match worker.next_message()? {
            Reply::LabelCopy(told) => {
                worker.end()?;
                Ok(label_copy::sound(told))
            }
            _ => Err(ProtocolError::OutOfTurn("no answer about the label copy").into()),
        }
    }

    /// Reads the descriptors of a disc of others; their bytes lie in `input`, one behind the other.
    ///
    /// # Errors
    /// A worker that did not answer. What is wrong with the disc is told by what is read.
    pub fn read_disc(&self, input: &File, request: DiscRequest) -> Result<ReadDisc, WorkerError> {
        let bytes = length_of(input)?;
        let job = Job::ReadDisc(Box::new(request.clone()));
        let mut worker = self.begin(job, &[input.as_fd()], bytes)?;
        match worker.next_message()? {
            Reply::Disc(told) if request.takes(&told) => {
                worker.end()?;
                Ok(*told)
            }
            _ => Err(ProtocolError::OutOfTurn("no answer about the disc").into()),
        }
    }

    /// How a worker is shut in on this computer.
    pub fn sandbox_status(&self) -> Result<SandboxStatus, WorkerError> {
        let mut worker = self.begin(Job::Try(Trial::Nothing), &[], 0)?;
        let status = worker.sandbox;
        match worker.next_message()? {
            Reply::Done => worker.end().map(|()| status),
            _ => Err(ProtocolError::OutOfTurn("no end").into()),
        }
    }

    /// Has a worker try something forbidden. `Ok` means that it succeeded: a hole in the wall.
    pub fn attempt(&self, trial: Trial) -> Result<(), WorkerError> {
        let mut worker = self.begin(Job::Try(trial), &[], 0)?;
        match worker.next_message()? {
            Reply::Done => worker.end(),
            _ => Err(ProtocolError::OutOfTurn("no end").into()),
        }
    }

    fn begin(
        &self,
        job: Job,
        files: &[BorrowedFd<'_>],
        bytes: u64,
    ) -> Result<Conversation, WorkerError> {
        let limits = self.limits.scaled(bytes);
        let request = Request {
            version: PROTOCOL_VERSION,
            parent: rustix::process::getpid().as_raw_nonzero().get(),
            address_space_bytes: limits.address_space_bytes,
            cpu_seconds: limits.cpu_seconds,
            output_bytes: limits.output_bytes,
            nice: limits.nice,
            job,
        };
        Conversation::begin(&self.command, &request, files, limits.wall_seconds)
    }
}

fn length_of(mut input: &File) -> Result<u64, WorkerError> {
    input
        .seek(SeekFrom::End(0))
        .map_err(|source| WorkerError::Storage {
            step: "read the file that came".to_owned(),
            source,
        })
}

fn pass_on(
    worker: &mut Conversation,
    entry: &ZipEntry,
    each: &mut dyn FnMut(&ZipEntry, &mut dyn Read) -> io::Result<()>,
) -> Result<(), WorkerError> {
    let mut pieces = Pieces {
        worker,
        piece: Vec::new(),
        read: 0,
        state: State::Open,
    };
    let kept = each(entry, &mut pieces);
    // What `each` left unread still stands in the pipe.
    while matches!(pieces.state, State::Open) {
        pieces.take_next();
    }
    match (pieces.state, kept) {
        (State::Broken(error), _) => Err(error),
        (State::Faulty, _) | (State::Done, Ok(())) => Ok(()),
        (State::Open | State::Done, Err(error)) => Err(WorkerError::Keep(error)),
        (State::Open, Ok(())) => unreachable!("the loop above has ended it"),
    }
}

/// One file out of a zip, as the child sends it.
struct Pieces<'a> {
    worker: &'a mut Conversation,
    piece: Vec<u8>,
    read: usize,
    state: State,
}

enum State {
    Open,
    Done,
    /// The zip lies about this file, or it is damaged.
    Faulty,
    Broken(WorkerError),
}

impl Pieces<'_> {
    fn take_next(&mut self) {
        self.piece.clear();
        self.read = 0;
        self.state = match self.worker.next() {
            Ok(Frame::Piece(piece)) => {
                self.piece = piece;
                State::Open
            }
            Ok(Frame::Message(Reply::EntryDone)) => State::Done,
            Ok(Frame::Message(Reply::EntryFaulty { .. })) => State::Faulty,
            Ok(Frame::Message(Reply::ZipRefused { reason })) => {
                State::Broken(WorkerError::ZipRefused { reason })
            }
            Ok(Frame::Message(_)) => {
                State::Broken(ProtocolError::OutOfTurn("no end of a file").into())
            }
            Err(error) => State::Broken(error),
        };
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() {
            match &self.state {
                State::Open => self.take_next(),
                State::Done => return Ok(0),
                State::Faulty => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "the zip is damaged here, or lies about this file",
                    ));
                }
                State::Broken(error) => return Err(io::Error::other(error.to_string())),
            }
        }
        let n = bytes.len().min(self.piece.len() - self.read);
        bytes[..n].copy_from_slice(&self.piece[self.read..self.read + n]);
        self.read += n;
        Ok(n)
    }
}
