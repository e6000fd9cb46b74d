//! FTP (RFC 959) with explicit TLS (RFC 4217), sizes and going on (RFC 3659), names in UTF-8 (RFC 2640).
//!
//! Our own few hundred lines: every answer has a limit, and no password passes through anybody's log.

mod reply;

use std::net::{IpAddr, SocketAddr};

use delivery::upload::Protocol;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use self::reply::{Reply, read_reply};
use crate::error::CourierError;
use crate::secret::Holds;
use crate::server::{STALLED, Server, Shown, connect, within};
use crate::tls::Tls;

/// Bytes that are read at once.
const BLOCK_BYTES: usize = 64 * 1024;

/// What bytes travel over, safe or in the clear.
trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

/// A file that is on its way.
struct Begun {
    path: String,
    data: Box<dyn Line>,
}

/// A login at an FTP server.
pub(crate) struct Ftp {
    server: Server,
    name: String,
    shown: Shown,
    peer: IpAddr,
    control: BufReader<Box<dyn Line>>,
    tls: Option<Tls>,
    begun: Option<Begun>,
}

impl Ftp {
    pub(crate) async fn open(server: &Server) -> Result<Self, CourierError> {
        let name = server.name();
        let Holds::Password(password) = server.secret.holds() else {
            return Err(CourierError::KeyForFtp { server: name });
        };
        let stream = connect(server).await?;
        let peer = stream
            .peer_addr()
            .map_err(|source| CourierError::Unreachable {
                server: name.clone(),
                source,
            })?;
        let mut clear = BufReader::new(stream);
        let hello = within(&name, ("answer", STALLED), read_reply(&name, &mut clear)).await?;
        if hello.code != 220 {
            return Err(not_now(&name, "let us in, by its first word,", "", &hello));
        }
        let (control, tls, kind) = match server.to.protocol {
            Protocol::Ftp => (clear_line(clear), None, "in the clear".to_owned()),
            Protocol::Ftps | Protocol::Sftp => {
                let (line, tls) = secured(server, clear).await?;
                (line, Some(tls), "certificate".to_owned())
            }
        };
        let mut ftp = Self {
            server: server.clone(),
            shown: Shown {
                key: tls.as_ref().and_then(Tls::shown),
                kind,
            },
            name,
            peer: peer.ip(),
            control: BufReader::new(control),
            tls,
            begun: None,
        };
        ftp.log_in(server, password).await?;
        Ok(ftp)
    }

    async fn log_in(&mut self, server: &Server, password: &str) -> Result<(), CourierError> {
        let user = &server.to.user;
        let mut reply = self.ask(&format!("USER {user}"), "let us in").await?;
        if reply.code == 331 {
            reply = self.ask(&format!("PASS {password}"), "let us in").await?;
        }
        if reply.code != 230 && reply.code != 232 {
            if reply.is_passing() {
                return Err(not_now(&self.name, "let in", user, &reply));
            }
            return Err(CourierError::LoginRefused {
                server: self.name.clone(),
                user: user.clone(),
                with: server.secret.word(),
                said: reply.said(),
            });
        }
        if self.tls.is_some() {
            self.must(("PBSZ 0", "protect files"), "").await?;
            self.must(("PROT P", "protect files"), "").await?;
        }
        self.must(("TYPE I", "take files as they are"), "").await?;
        let offers = self.ask("FEAT", "say what it offers").await?;
        if offers.lists("UTF8") {
            // Some servers write names in UTF-8 only when they are asked to; others know no such word, and do it anyway.
            self.ask("OPTS UTF8 ON", "write names in UTF-8").await?;
        }
        Ok(())
    }

    pub(crate) fn shown(&self) -> &Shown {
        &self.shown
    }

    /// Asks, and gives the answer, whatever it is.
    async fn ask(&mut self, line: &str, to: &'static str) -> Result<Reply, CourierError> {
        let control = &mut self.control;
        within(&self.name, (to, STALLED), async {
            let line = format!("{line}\r\n");
            let sent = async {
                control.write_all(line.as_bytes()).await?;
                control.flush().await
            };
            sent.await
                .map_err(|error| cut(&self.name, to, &error.to_string()))?;
            read_reply(&self.name, control).await
        })
        .await
    }

    /// Asks for something that has to be done.
    async fn must(
        &mut self,
        (line, to): (&str, &'static str),
        path: &str,
    ) -> Result<Reply, CourierError> {
        let reply = self.ask(line, to).await?;
        if matches!(reply.code, 200..=399) {
            return Ok(reply);
        }
        Err(refused(&self.name, to, path, &reply))
    }

    pub(crate) async fn is_folder(&mut self, path: &str) -> Result<bool, CourierError> {
        // There is no other way to ask that every server knows; the way back is the login's own folder.
        let home = self.must(("PWD", "say where we are"), "").await?;
        let Some(home) = home.quoted() else {
            return Err(not_now(&self.name, "say where we are", "", &home));
        };
        let reply = self.ask(&format!("CWD {path}"), "go to a folder").await?;
        if matches!(reply.code, 200..=299) {
            self.must((&format!("CWD {home}"), "go back"), &home)
                .await?;
            return Ok(true);
        }
        if reply.is_passing() {
            return Err(not_now(&self.name, "go to", path, &reply));
        }
        Ok(false)
    }

    pub(crate) async fn make_folder(&mut self, path: &str) -> Result<(), CourierError> {
        let reply = self.ask(&format!("MKD {path}"), "make a folder").await?;
        // Somebody else may have made it in between.
        if matches!(reply.code, 200..=299) || self.is_folder(path).await? {
            return Ok(());
        }
        Err(refused(&self.name, "make the folder", path, &reply))
    }

    pub(crate) async fn size(&mut self, path: &str) -> Result<Option<u64>, CourierError> {
        let reply = self.ask(&format!("SIZE {path}"), "look at a file").await?;
        match reply.code {
            213 => match reply.said().trim().parse() {
                Ok(bytes) => Ok(Some(bytes)),
                Err(_) => Err(not_now(&self.name, "say the size of", path, &reply)),
            },
            550 | 450 => Ok(None),
            _ => Err(refused(&self.name, "say the size of", path, &reply)),
        }
    }

    pub(crate) async fn begin(&mut self, path: &str, from: u64) -> Result<(), CourierError> {
        // APPE writes behind what lies there, and its size was looked at just before.
        let word = if from == 0 { "STOR" } else { "APPE" };
        let data = self
            .data(&format!("{word} {path}"), ("write", path))
            .await?;
        self.begun = Some(Begun {
            path: path.to_owned(),
            data,
        });
        Ok(())
    }

    pub(crate) async fn write(&mut self, block: &[u8]) -> Result<(), CourierError> {
        let Some(begun) = &mut self.begun else {
            return Err(cut(&self.name, "write", "nothing was begun"));
        };
        let data = &mut begun.data;
        let written = within(&self.name, ("write", STALLED), async {
            let written = data.write_all(block).await;
            written.map_err(|error| cut(&self.name, "write", &error.to_string()))
        })
        .await;
        let Err(error) = written else {
            return Ok(());
        };
        // Where the server broke off, it says why; where it is gone, what the network said stands.
        let path = begun.path.clone();
        self.begun = None;
        match within(
            &self.name,
            ("write", STALLED),
            read_reply(&self.name, &mut self.control),
        )
        .await
        {
            Ok(reply) => Err(refused(&self.name, "write", &path, &reply)),
            Err(_) => Err(error),
        }
    }

    pub(crate) async fn end(&mut self) -> Result<(), CourierError> {
        let Some(Begun { path, mut data }) = self.begun.take() else {
            return Ok(());
        };
        let name = self.name.clone();
        let ended = within(&name, ("write", STALLED), async {
            let ended = data.shutdown().await;
            ended.map_err(|error| cut(&name, "write", &error.to_string()))
        })
        .await;
        drop(data);
        let control = &mut self.control;
        let reply = within(&name, ("keep", STALLED), read_reply(&name, control)).await?;
        if !matches!(reply.code, 200..=299) {
            return Err(refused(&name, "write", &path, &reply));
        }
        ended
    }

    /// Opens a line for a file's bytes.
    async fn data(
        &mut self,
        line: &str,
        (to, path): (&'static str, &str),
    ) -> Result<Box<dyn Line>, CourierError> {
        let name = self.name.clone();
        let address = SocketAddr::new(self.peer, self.port().await?);
        let stream = within(&name, (to, STALLED), async {
            let made = TcpStream::connect(address).await;
            made.map_err(|error| cut(&name, to, &error.to_string()))
        })
        .await?;
        let reply = self.ask(line, to).await?;
        if !matches!(reply.code, 125 | 150) {
            return Err(refused(&name, to, path, &reply));
        }
        let Some(tls) = &self.tls else {
            return Ok(Box::new(stream));
        };
        let safe = within(&name, (to, STALLED), tls.over(stream, &name)).await;
        match safe {
            Ok(safe) => Ok(Box::new(safe)),
            // Servers say on the other line why they hung up here.
            Err(error @ CourierError::Cut { .. }) => {
                let control = &mut self.control;
                match within(&name, (to, STALLED), read_reply(&name, control)).await {
                    Ok(reply) => Err(refused(&name, to, path, &reply)),
                    Err(_) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// The port for the next file. The server's own address is taken whatever it says: behind a router it may not know it.
    async fn port(&mut self) -> Result<u16, CourierError> {
        let reply = self.ask("EPSV", "open a port").await?;
        if let Some(port) = reply.extended_port() {
            return Ok(port);
        }
        let reply = self.must(("PASV", "open a port"), "").await?;
        let port = reply.passive_port();
        port.ok_or_else(|| not_now(&self.name, "open a port", "", &reply))
    }

    pub(crate) async fn read(
        &mut self,
        (path, bytes): (&str, u64),
        each: &mut (dyn FnMut(&[u8]) -> bool + Send),
    ) -> Result<(), CourierError> {
        if bytes == 0 {
            return Ok(());
        }
        let mut data = self.data(&format!("RETR {path}"), ("read", path)).await?;
        let name = self.name.clone();
        let mut block = vec![0; BLOCK_BYTES];
        let (mut left, mut is_wanted) = (bytes, true);
        while left > 0 && is_wanted {
            let count = within(&name, ("read", STALLED), async {
                let count = data.read(&mut block).await;
                count.map_err(|error| cut(&name, "read", &error.to_string()))
            })
            .await?;
            let most = usize::try_from(left).unwrap_or(usize::MAX);
            let Some(read) = block.get(..count.min(most)).filter(|r| !r.is_empty()) else {
                break;
            };
            is_wanted = each(read);
            left -= u64::try_from(read.len()).unwrap_or(left);
        }
        drop(data);
        if !is_wanted {
            // Some servers hang up altogether where one hangs up in the middle of a file.
            *self = Self::open(&self.server.clone()).await?;
            return Ok(());
        }
        // Whatever it says of its side, what was read was read.
        let control = &mut self.control;
        within(&name, ("read", STALLED), read_reply(&name, control)).await?;
        Ok(())
    }

    pub(crate) async fn rename(&mut self, from: &str, to: &str) -> Result<(), CourierError> {
        for is_free in [false, true] {
            self.must((&format!("RNFR {from}"), "rename"), from).await?;
            let reply = self.ask(&format!("RNTO {to}"), "rename").await?;
            if matches!(reply.code, 200..=299) {
                return Ok(());
            }
            if is_free || self.size(to).await?.is_none() {
                return Err(refused(&self.name, "rename", from, &reply));
            }
            // Some servers rename nothing onto a name that is taken.
            self.remove(to).await?;
        }
        Ok(())
    }

    pub(crate) async fn remove(&mut self, path: &str) -> Result<(), CourierError> {
        let line = format!("DELE {path}");
        self.must((&line, "remove"), path).await.map(|_| ())
    }

    pub(crate) async fn close(&mut self) {
        // Everything that counts was answered before.
        let _ = self.ask("QUIT", "say goodbye").await;
    }
}

fn clear_line(stream: BufReader<TcpStream>) -> Box<dyn Line> {
    Box::new(stream.into_inner())
}

/// Makes the line of commands safe.
async fn secured(
    server: &Server,
    mut clear: BufReader<TcpStream>,
) -> Result<(Box<dyn Line>, Tls), CourierError> {
    let name = server.name();
    let asked = within(&name, ("speak TLS", STALLED), async {
        let sent = clear.write_all(b"AUTH TLS\r\n").await;
        sent.map_err(|error| cut(&name, "speak TLS", &error.to_string()))?;
        read_reply(&name, &mut clear).await
    });
    let reply = asked.await?;
    if reply.code != 234 {
        return Err(CourierError::NoAgreement {
            server: name,
            said: format!("it does not speak TLS: {}", reply.said()),
        });
    }
    // Whatever somebody put behind the answer, before the line was safe, must not count as said by the server.
    if !clear.buffer().is_empty() {
        return Err(CourierError::NoAgreement {
            server: name,
            said: "somebody spoke before the line was safe".to_owned(),
        });
    }
    let tls = Tls::of(server)?;
    let stream = clear.into_inner();
    let safe = within(&name, ("speak TLS", STALLED), tls.over(stream, &name)).await?;
    Ok((Box::new(safe), tls))
}

/// What an answer that says no means.
fn refused(server: &str, to: &'static str, path: &str, reply: &Reply) -> CourierError {
    let (server, path, said) = (server.to_owned(), path.to_owned(), reply.said());
    match reply.code {
        452 | 552 => CourierError::NoRoom { server, path, said },
        400..=499 => CourierError::NotNow {
            server,
            to,
            path,
            said,
        },
        _ => CourierError::Refused {
            server,
            to,
            path,
            said,
        },
    }
}

fn not_now(server: &str, to: &'static str, path: &str, reply: &Reply) -> CourierError {
    CourierError::NotNow {
        server: server.to_owned(),
        to,
        path: path.to_owned(),
        said: reply.said(),
    }
}

fn cut(server: &str, to: &'static str, said: &str) -> CourierError {
    CourierError::Cut {
        server: server.to_owned(),
        to,
        said: said.to_owned(),
    }
}
