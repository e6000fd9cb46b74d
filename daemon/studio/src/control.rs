//! The control socket: what an administrator does on the box itself, without a browser.
//!
//! One request a connection: a line of JSON in, a line of JSON out. The socket lies in the data
//! folder and only its owner may open it, so whoever can reach it owns the data anyway.

mod attachments;
mod books;
mod lyrics;
mod packages;
mod patchbay;
mod people;
mod prints;
mod rack;
mod sales;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use mastering::{Borrowed, Declared, Intensity, OrderNumber, Style};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};

pub use self::attachments::AttachmentsRequest;
pub use self::books::BooksRequest;
pub use self::lyrics::LyricsRequest;
pub use self::packages::PackagesRequest;
pub use self::patchbay::PatchbayRequest;
pub use self::people::PersonAsk;
pub use self::prints::PrintsRequest;
pub use self::rack::RackRequest;
pub use self::sales::SalesRequest;
use crate::access::{NewPerson, Visitor};
use crate::denied::Denied;
use crate::house::{EarlierLinks, NewPermission, OrderForm, RuleAsk, Studio, TargetWish};
use crate::views::{OrderQuery, Role, Telling};

/// The longest request, in bytes.
const REQUEST_LIMIT: u64 = 4 * 1024 * 1024;
/// Bytes of a file that are read at once.
const PIECE: usize = 64 * 1024;
/// How long a request may take to arrive.
const REQUEST_TIME: Duration = Duration::from_secs(10);

/// What the command line asks of the running daemon.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Request {
    /// Adds a person.
    AddPerson {
        /// What they are to the studio, as its stable code.
        role: String,
        /// Login.
        login: String,
        /// Name.
        name: String,
        /// E-mail.
        email: String,
        /// Password.
        password: Option<String>,
    },
    /// Lists people.
    People,
    /// Says when a client reads what is found in their mixes.
    TellFindings {
        /// The client's login.
        login: String,
        /// `at_once` or `after_release`.
        findings: String,
    },
    /// Opens an order.
    NewOrder {
        /// The client's login.
        client: String,
        /// Title.
        title: String,
        /// Artist.
        artist: String,
        /// The service's name in the catalogue.
        service: String,
        /// What kind of music it is.
        style: Style,
        /// How far the plan may go.
        intensity: Intensity,
        /// How much of the way to the client's references a master goes, in per cent.
        #[serde(default)]
        match_percent: u8,
        /// Loudness to reach in LUFS; none for the studio's or the style's own.
        loudness: Option<f64>,
        /// Songs announced.
        songs: Option<u32>,
        /// Declared format.
        declared: Option<Declared>,
    },
    /// Lists orders.
    Orders {
        /// Which of them.
        query: OrderQuery,
    },
    /// Shows an order.
    Order {
        /// Its number.
        number: OrderNumber,
    },
    /// Gives an order's programme as the file that `lacquer album` takes.
    ProgrammeFile {
        /// Its number.
        number: OrderNumber,
    },
    /// Shows the consultation of an order.
    Consultation {
        /// Its number.
        number: OrderNumber,
    },
    /// Puts work that was given up back on the list.
    TryAgain {
        /// The order's number.
        number: OrderNumber,
    },
    /// Makes a new portal link.
    PortalLink {
        /// The order's number.
        number: OrderNumber,
        /// Whether the earlier ones open nothing any more.
        #[serde(default)]
        ends_earlier: bool,
    },
    /// Asks something about one person.
    Person {
        /// Their login.
        login: String,
        /// What.
        wish: PersonAsk,
    },
    /// Makes a new set-up link while nobody works here.
    SetUpLink,
    /// Makes a new recovery key; the old one opens nothing that is sealed afterwards.
    NewRecoveryKey,
    /// Lists the archive.
    ArchiveList,
    /// Checks an archived project.
    ArchiveCheck {
        /// The order's number.
        number: OrderNumber,
    },
    /// Exports an archived project as a bag.
    ArchiveExport {
        /// The order's number.
        number: OrderNumber,
        /// The folder to put the bag into.
        to: PathBuf,
    },
    /// Says what is due, and lets it go where a name confirms it.
    ArchiveExpire {
        /// Whoever confirms it; none for a dry run.
        confirmed_by: Option<String>,
    },
    /// Money.
    Books(BooksRequest),
    /// About sales and payouts.
    Sales {
        /// What.
        sales: SalesRequest,
        /// The login of whose word it is.
        #[serde(default)]
        by: Option<String>,
    },
    /// Units, chains, recall sheets.
    Rack(RackRequest),
    /// The audio server, its connections, the cards.
    Patchbay(PatchbayRequest),
    /// Asks something about the queue of prints.
    Prints(PrintsRequest),
    /// Gives a command to an order.
    Rule {
        /// The order's number.
        number: OrderNumber,
        /// The command.
        rule: RuleAsk,
        /// The login of whose word it is; none: the administrator's.
        #[serde(default)]
        by: Option<String>,
    },
    /// Writes answers into the consultation of an order.
    AnswerConsultation {
        /// The order's number.
        number: OrderNumber,
        /// The answers by their codes; an empty one takes its answer back.
        answers: BTreeMap<String, String>,
        /// The login of whose word it is; none: the administrator's.
        #[serde(default)]
        by: Option<String>,
    },
    /// Notes that the client's person warrants the rights in an order's recordings.
    Warrant {
        /// The order's number.
        number: OrderNumber,
        /// The name of whoever warrants them.
        name: String,
        /// The login of one of the client's people.
        by: String,
    },
    /// Keeps somebody else's permission with an order.
    AttachPermission {
        /// The order's number.
        number: OrderNumber,
        /// The song it is for.
        song: String,
        /// What it permits.
        what: Borrowed,
        /// The file on this box.
        path: PathBuf,
        /// The login of whose word it is; none: the administrator's.
        #[serde(default)]
        by: Option<String>,
    },
    /// Asks about an order's deliveries.
    Packages {
        /// The order's number.
        number: OrderNumber,
        /// What.
        packages: PackagesRequest,
        /// The login of whose word it is; none: the administrator's.
        #[serde(default)]
        by: Option<String>,
    },
    /// Asks about the words of an order's songs.
    Lyrics {
        /// The order's number.
        number: OrderNumber,
        /// What.
        lyrics: LyricsRequest,
        /// The login of whose word it is; none: the administrator's.
        #[serde(default)]
        by: Option<String>,
    },
    /// Asks about an order's booklet, videos and cover.
    Attachments {
        /// The order's number.
        number: OrderNumber,
        /// What.
        attachments: AttachmentsRequest,
        /// The login of whose word it is; none: the administrator's.
        #[serde(default)]
        by: Option<String>,
    },
    /// Takes a message of the mail system about a mail that came back.
    MailReturned {
        /// The message.
        message: String,
    },
    /// Puts a client's question into the inbox.
    Support {
        /// The login of whose question it is.
        by: String,
        /// The order it is about.
        number: Option<OrderNumber>,
        /// The question.
        words: String,
    },
    /// The release of an order.
    Release {
        /// The order's number.
        number: OrderNumber,
    },
    /// Allots the codes that a release lacks.
    AllotCodes {
        /// The order's number.
        number: OrderNumber,
        /// The login of whose word it is; none: the administrator's.
        #[serde(default)]
        by: Option<String>,
    },
    /// The queue: what is due when, and who owes what.
    Queue,
    /// What the studio offers, as it can be changed.
    Services,
    /// Saves the next version of it.
    SaveServices {
        /// The catalogue.
        toml: String,
    },
    /// The house's own journal.
    HouseLog {
        /// Only what is older than this mark.
        before: Option<u64>,
    },
    /// The state of the box.
    Health,
}

/// What the daemon answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It was done.
    Done(serde_json::Value),
    /// It was not done, and why.
    Denied(String),
}

/// Why the daemon could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It does not run on this data folder.
    #[error("no Lacquer is running on {}; start it with: lacquer serve --data {}", data.display(), data.display())]
    NotRunning {
        /// The data folder.
        data: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The connection broke.
    #[error("the running Lacquer did not answer")]
    Broken(#[source] std::io::Error),
    /// It answered something else.
    #[error("the running Lacquer is of another version")]
    OtherVersion(#[source] serde_json::Error),
}

/// The socket of a data folder.
#[must_use]
pub fn socket_of(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// Asks the running daemon.
///
/// # Errors
/// Where none runs, or it does not answer.
pub async fn ask(data: &Path, request: &Request) -> Result<Answer, AskError> {
    let mut stream = UnixStream::connect(socket_of(data))
        .await
        .map_err(|source| AskError::NotRunning {
            data: data.to_owned(),
            source,
        })?;
    let mut line = serde_json::to_string(request).map_err(AskError::OtherVersion)?;
    line.push('\n');
    stream
        .write_all(line.as_bytes())
        .await
        .map_err(AskError::Broken)?;
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .map_err(AskError::Broken)?;
    serde_json::from_str(&answer).map_err(AskError::OtherVersion)
}

/// Rest after a connection that could not be accepted, as with too many open files.
const ACCEPT_PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

/// Opens the way for the command line. From now on whoever asks is answered, as soon as `serve`
/// gets to it.
///
/// # Errors
/// Where the socket cannot be made.
pub fn listen(studio: &Studio) -> std::io::Result<UnixListener> {
    let path = socket_of(&studio.data());
    // The vault's lock is held, so a socket that lies here is a dead daemon's.
    match std::fs::remove_file(&path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers the command line until the daemon stops.
pub async fn serve(studio: Studio, listener: UnixListener) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the command line could not be heard");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let studio = studio.clone();
        tokio::spawn(async move {
            if let Err(error) = answer(&studio, stream).await {
                tracing::debug!(%error, "a control connection broke off");
            }
        });
    }
}

async fn answer(studio: &Studio, stream: UnixStream) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut reader = BufReader::new(read.take(REQUEST_LIMIT));
    tokio::time::timeout(REQUEST_TIME, reader.read_line(&mut line)).await??;
    let answer = match serde_json::from_str::<Request>(&line) {
        Ok(request) => match carry_out(studio, request).await {
            Ok(value) => Answer::Done(value),
            Err(denied) => Answer::Denied(denied.to_string()),
        },
        Err(_) => Answer::Denied(
            "the running Lacquer does not know this request; it may be of another version"
                .to_owned(),
        ),
    };
    let text = serde_json::to_string(&answer).map_err(std::io::Error::other)?;
    write.write_all(text.as_bytes()).await?;
    write.shutdown().await
}

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each request; the work is in the house"
)]
async fn carry_out(studio: &Studio, request: Request) -> Result<serde_json::Value, Denied> {
    let visitor = Visitor::administrator();
    match request {
        Request::AddPerson {
            role,
            login,
            name,
            email,
            password,
        } => {
            let role = read_role(&role)?;
            let new = NewPerson {
                login,
                name,
                email,
                password,
            };
            json(&studio.add_person(&visitor, new, role, None).await?)
        }
        Request::People => json(&studio.people(&visitor).await?),
        Request::TellFindings { login, findings } => {
            let telling = Telling::of_code(&findings).ok_or_else(|| {
                Denied::Invalid("findings are told at_once or after_release".to_owned())
            })?;
            json(&studio.tell_findings(&visitor, &login, telling).await?)
        }
        Request::NewOrder {
            client,
            title,
            artist,
            service,
            style,
            intensity,
            match_percent,
            loudness,
            songs,
            declared,
        } => {
            let form = OrderForm {
                client_login: client,
                title,
                artist,
                service,
                style,
                intensity,
                match_percent,
                target: TargetWish {
                    integrated_lufs: loudness,
                    true_peak_max_dbtp: None,
                },
                songs,
                declared,
                key: None,
            };
            json(&studio.open_order(&visitor, form).await?)
        }
        Request::Orders { query } => json(&studio.orders(&visitor, query).await?),
        Request::Order { number } => json(&studio.order(&visitor, number).await?),
        Request::ProgrammeFile { number } => json(&studio.programme_toml(&visitor, number).await?),
        Request::Consultation { number } => json(&studio.consultation(&visitor, number).await?),
        Request::TryAgain { number } => json(&studio.try_again(&visitor, number).await?),
        Request::PortalLink {
            number,
            ends_earlier,
        } => {
            let earlier = if ends_earlier {
                EarlierLinks::End
            } else {
                EarlierLinks::Stay
            };
            let link = studio.new_portal_link(&visitor, number, earlier);
            json(&link.await?)
        }
        Request::Person { login, wish } => people::carry_out(studio, &visitor, &login, wish).await,
        Request::SetUpLink => json(&studio.new_set_up_link().await?),
        Request::NewRecoveryKey => json(&studio.new_recovery_key(&visitor).await?),
        Request::ArchiveList => json(&studio.archive_list().await?),
        Request::ArchiveCheck { number } => json(&studio.archive_check(number).await?),
        Request::ArchiveExport { number, to } => {
            json(&studio.archive_export(&visitor, number, to).await?)
        }
        Request::ArchiveExpire { confirmed_by } => {
            let report = match confirmed_by {
                None => studio.archive_due(&visitor).await?,
                Some(name) => studio.archive_release(&visitor, &name, None).await?,
            };
            json(&report)
        }
        Request::Sales { sales: request, by } => {
            let visitor = acting(studio, by).await?;
            sales::carry_out(studio, &visitor, request).await
        }
        Request::Books(request) => books::carry_out(studio, request).await,
        Request::Rack(request) => rack::carry_out(studio, request).await,
        Request::Patchbay(request) => patchbay::carry_out(studio, request).await,
        Request::Prints(request) => prints::carry_out(studio, request).await,
        Request::Rule { number, rule, by } => {
            let visitor = acting(studio, by).await?;
            json(&studio.give_rule(&visitor, number, rule).await?)
        }
        Request::AnswerConsultation {
            number,
            answers,
            by,
        } => {
            let visitor = acting(studio, by).await?;
            let answered = studio.answer_consultation(&visitor, number, &answers);
            json(&answered.await?)
        }
        Request::Warrant { number, name, by } => {
            let visitor = acting(studio, Some(by)).await?;
            let shown = studio.consultation(&visitor, number).await?.warranty.sha256;
            let warranted = studio.warrant(&visitor, number, (&shown, &name));
            json(&warranted.await?)
        }
        Request::AttachPermission {
            number,
            song,
            what,
            path,
            by,
        } => {
            let visitor = acting(studio, by).await?;
            let (new, body) = permission_of(&path, (song, what)).await?;
            json(
                &studio
                    .attach_permission(&visitor, number, new, body)
                    .await?,
            )
        }
        Request::Packages {
            number,
            packages,
            by,
        } => {
            let visitor = acting(studio, by).await?;
            self::packages::carry_out(studio, &visitor, number, packages).await
        }
        Request::Lyrics { number, lyrics, by } => {
            let visitor = acting(studio, by).await?;
            self::lyrics::carry_out(studio, &visitor, number, lyrics).await
        }
        Request::Attachments {
            number,
            attachments,
            by,
        } => {
            let visitor = acting(studio, by).await?;
            self::attachments::carry_out(studio, &visitor, number, attachments).await
        }
        Request::MailReturned { message } => {
            let taken = studio.take_returned(&visitor, message.into_bytes());
            json(&taken.await?)
        }
        Request::Support { by, number, words } => {
            let visitor = acting(studio, Some(by)).await?;
            json(&studio.ask_for_help(&visitor, number, &words).await?)
        }
        Request::Release { number } => json(&studio.release(&visitor, number).await?),
        Request::AllotCodes { number, by } => {
            let visitor = acting(studio, by).await?;
            json(&studio.allot_codes(&visitor, number).await?)
        }
        Request::Queue => json(&studio.queue(&visitor).await?),
        Request::Services => json(&studio.services(&visitor).await?),
        Request::SaveServices { toml } => json(&studio.save_services(&visitor, &toml, None).await?),
        Request::HouseLog { before } => json(&studio.house_log(&visitor, before).await?),
        Request::Health => json(&studio.health().await),
    }
}

/// A permission that lies on this box, as its bytes.
async fn permission_of(
    path: &Path,
    (song, what): (String, Borrowed),
) -> Result<
    (
        NewPermission,
        impl Stream<Item = std::io::Result<Bytes>> + Unpin,
    ),
    Denied,
> {
    let (file_name, body) = bytes_of(path).await?;
    let new = NewPermission {
        song,
        what,
        file_name,
    };
    Ok((new, body))
}

/// A file that lies on this box: its name and its bytes.
async fn bytes_of(
    path: &Path,
) -> Result<(String, impl Stream<Item = std::io::Result<Bytes>> + Unpin), Denied> {
    let unread =
        |e: std::io::Error| Denied::Invalid(format!("could not read {}: {e}", path.display()));
    let file = tokio::fs::File::open(path).await.map_err(unread)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let body = Box::pin(stream::unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some((Ok(Bytes::from(piece)), file))
            }
            Err(error) => Some((Err(error), file)),
        }
    }));
    Ok((name.into_owned(), body))
}

/// Whose word it is: whoever may open the socket may write down what somebody said.
async fn acting(studio: &Studio, by: Option<String>) -> Result<Visitor, Denied> {
    match by {
        None => Ok(Visitor::administrator()),
        Some(login) => studio.access.acting(&login).await,
    }
}

fn read_role(code: &str) -> Result<Role, Denied> {
    Role::of_code(code).ok_or_else(|| Denied::Invalid(format!("there is no role {code}")))
}

fn json(value: &impl Serialize) -> Result<serde_json::Value, Denied> {
    serde_json::to_value(value).map_err(|e| Denied::fault("the answer could not be written", &e))
}
