//! Sending a file to the client: finals, most of all.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWrite, AsyncWriteExt as _};
use unftp_core::storage::{ErrorKind, Result};

use super::{Backend, on_disk};

/// What is read from the disk at once.
const READ_BYTES: usize = 256 * 1024;

impl Backend {
    pub(super) async fn open_to_send(&self, path: &Path, from: u64) -> Result<File> {
        let spot = self.spot(path).await?;
        let file = on_disk(move || spot.holder.open_file(&spot.name)).await?;
        let mut file = File::from_std(file);
        if from > file.metadata().await?.len() {
            return Err(self.refuse(ErrorKind::LocalError, "the file is shorter than that"));
        }
        file.seek(io::SeekFrom::Start(from)).await?;
        file.set_max_buf_size(READ_BYTES);
        Ok(file)
    }

    /// Sends a file from byte `from` on and returns the bytes that went.
    pub(super) async fn send<W>(&self, path: &Path, from: u64, output: &mut W) -> Result<u64>
    where
        W: AsyncWrite + Unpin + Send + ?Sized,
    {
        let mut file = self.open_to_send(path, from).await?;
        let idle = Duration::from_secs(self.house.ledger.limits().idle_seconds);
        let mut buffer = vec![0; READ_BYTES];
        let mut sent = 0;
        loop {
            let count = file.read(&mut buffer).await?;
            if count == 0 {
                break;
            }
            tokio::select! {
                written = tokio::time::timeout(idle, output.write_all(&buffer[..count])) => match written {
                    Ok(written) => written?,
                    // A client that takes nothing for so long is gone.
                    Err(_) => return Err(ErrorKind::ConnectionClosed.into()),
                },
                () = self.client.stopping.cancelled() => return Err(ErrorKind::ConnectionClosed.into()),
            }
            sent += u64::try_from(count).expect("a buffer's length fits");
        }
        output.flush().await?;
        tracing::info!(login = self.client.login(), path = %path.display(), from, bytes = sent, "FTP: sent");
        Ok(sent)
    }
}
