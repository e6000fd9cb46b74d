//! Things a worker must not be able to do, tried on purpose: by the tests, and by `doctor`.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Write};
use std::net::TcpListener;
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::child::Answers;
use crate::protocol::Reply;

/// One forbidden thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trial {
    /// Nothing forbidden: only asks whether a worker can be shut in.
    Nothing,
    /// Opens a file by its name.
    OpenFile,
    /// Opens a network socket.
    OpenSocket,
    /// Starts another program.
    StartProgram,
    /// Takes more memory than allowed.
    TakeMemory,
    /// Never ends.
    NeverEnd,
    /// Waits without doing anything.
    Sleep,
    /// Runs into a fault of its own.
    Fault,
    /// Says more than a message may hold.
    Shout,
}

impl Trial {
    /// Tries it; the answer is heard only if the wall has a hole.
    pub(crate) fn attempt(self) -> Reply {
        let escaped = |what: io::Result<()>| match what {
            Ok(()) => Reply::Done,
            Err(error) => Reply::Failed {
                step: "try something forbidden".to_owned(),
                os_error: error.raw_os_error(),
                what: error.to_string(),
            },
        };
        match self {
            Self::Nothing => Reply::Done,
            Self::OpenFile => escaped(File::open("/etc/passwd").map(drop)),
            Self::OpenSocket => escaped(TcpListener::bind("127.0.0.1:0").map(drop)),
            Self::StartProgram => escaped(Command::new("/bin/true").status().map(drop)),
            Self::TakeMemory => {
                let mut held = Vec::new();
                loop {
                    held.push(vec![1u8; 16 * 1024 * 1024]);
                    black_box(&held);
                }
            }
            Self::NeverEnd => loop {
                black_box(());
            },
            Self::Sleep => escaped(wait_for_standard_input()),
            Self::Fault => panic!("a fault on purpose"),
            Self::Shout => escaped(Answers.write_all(&[0xff; 64])),
        }
    }
}

/// Blocks for as long as the parent lives: it never says more than the request.
fn wait_for_standard_input() -> io::Result<()> {
    let mut byte = [0];
    rustix::io::read(rustix::stdio::stdin(), &mut byte)?;
    Ok(())
}
