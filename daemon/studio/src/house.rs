//! The studio as a whole: opened once, asked by pages, the API and the command line.

mod account;
mod account_log;
mod archive;
mod attachments;
mod audio;
mod beside;
mod by_midi;
mod consultation;
mod doors;
mod inbox;
mod journal;
mod label_copy;
mod ledger;
mod live_room;
mod lyrics;
mod measured;
mod money;
mod order;
mod packages;
mod papers;
mod patchbay;
mod people;
mod permissions;
mod personal_data;
mod photographs;
mod prices;
mod prints;
mod programme;
mod queue;
mod rack;
mod release;
mod returned;
mod rules;
mod sales;
mod sales_of_order;
mod sendings;
mod services;
mod sheets;
mod statistics;
mod support;
mod taken;
mod units_in_use;
mod webhook;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use intake::{
    Events, FtpConfig, FtpHooks, FtpLimits, FtpServer, Known, TlsFiles, TlsPolicy, WatchConfig,
    WatchHooks, Watcher,
};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;
use vault::{Vault, VaultConfig};

pub use self::account::{SessionLine, Whence};
pub use self::archive::{ArchiveLine, DueName, ExpiryReport};
pub use self::attachments::{
    AttachmentView, AttachmentsView, CoverView, NewAttachment, PointView, SongVideo,
};
pub use self::audio::{AudioFile, ReadSeek, WavLayout};
pub use self::beside::BesideFound;
pub use self::consultation::{ConsultationView, WarrantyView};
pub use self::journal::{HouseLine, HouseLog};
pub use self::label_copy::{LabelCopyChosen, LabelCopyView};
pub use self::ledger::{DocumentLine, LedgerFilter, LedgerPage, LedgerTable, MadeFile, TableForm};
pub(crate) use self::live_room::LiveRoom;
pub use self::live_room::{
    LiveBypassed, LiveHeard, LiveKeep, LiveKept, LiveKnob, LiveLevel, LiveListen, LiveMoment,
    LiveNow, LiveRack, LiveSource, LiveSourceLevel, LiveStage, LiveThen, LiveTold, LiveUnit,
    LiveView, LiveWord,
};
pub use self::lyrics::{LyricsGiven, LyricsMaster, LyricsStanding, LyricsUpon, LyricsView};
pub(crate) use self::measured::LISTED as MEASUREMENTS_KEPT;
pub use self::measured::{ChannelWords, MeasuredView, UnitFound};
pub use self::money::{AccountView, MoneyForm, OpenQuote, OtherLine, QuoteForm};
pub use self::order::{Opened, OrderForm, PlanView, ReportView, Submission, TargetWish};
pub use self::packages::{
    FormatView, PackageAsked, PackageStanding, PackageView, PackagesView, ProfileView,
};
use self::patchbay::Patchbay;
pub use self::patchbay::{
    CardView, ClockView, ConnectionView, ElementView, FaderView, HappeningView, PatchbayVersion,
    PatchbayView, PortUse, PortView, ServerView, StreamView, WantedView,
};
pub use self::people::{
    AccountState, EarlierLinks, GuestLink, MemberLine, NewGuest, right_to_change,
};
pub use self::permissions::NewPermission;
pub use self::personal_data::{Erasure, Party, Profile, Terms};
pub use self::photographs::NewPhotograph;
pub use self::prices::PriceListView;
pub use self::prints::{
    AnswerView, CertificateView, Power, PrintQueueView, PrintView, RackProofs, SaidView, TakeView,
    UnitPower,
};
pub use self::programme::{
    BalanceAsked, EditAudition, EditHeard, FaultView, ProgrammeBalance, ProgrammeComment,
    ProgrammeDisc, ProgrammePiece, ProgrammeSent, ProgrammeSide, ProgrammeSong, ProgrammeStanding,
    ProgrammeVersion, ProgrammeView, SetUpon, SongBeside, Transition,
};
pub use self::queue::QueueEntry;
pub use self::rack::RackView;
pub(crate) use self::rack::{CHAIN, UNIT};
pub use self::release::{ClaimView, Letter, ReleaseSongView, ReleaseView, RemovalView};
pub use self::returned::ReturnRead;
pub use self::rules::{HeardNamed, RuleAsk};
pub use self::sales::{NewReport, SalesLineView, SalesReportView, SalesView, UnplacedView};
pub use self::sales_of_order::{BalanceView, OrderSalesView, QuarterView, SoldView};
pub use self::sendings::{SendAsked, SendingView, TriedView};
pub(crate) use self::services::Offered;
pub use self::services::{ServicesError, ServicesView};
pub(crate) use self::sheets::{SHEET, sheet_name};
pub use self::sheets::{SheetNote, SheetView, setting_words};
pub use self::statistics::{ClientFindings, MonthLine, Statistics};
use crate::access::Access;
use crate::arrivals::Sorter;
use crate::clock::random_id;
use crate::config::{FileEvents, StudioConfig};
use crate::denied::Denied;
use crate::desk::{self, Change, Desk};
use crate::follow::FollowUp;
use crate::jobs::Shop;
use crate::live::Live;
use crate::printing::{PrintRoom, Printing};
use crate::reminders::Reminders;
use crate::sending::Underway;
use crate::standing;
use crate::units_in_use::UnitsInUse;
use crate::work::Work;

/// How many settled files may wait to be sorted; the watcher keeps the rest.
const ARRIVALS_QUEUE: usize = 64;
/// How many finished FTP uploads may wait to be noticed; the next walk finds the rest.
const HINTS_QUEUE: usize = 256;

/// Why the studio could not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The vault.
    #[error("the vault could not be opened")]
    Vault(#[from] vault::VaultError),
    /// The lists of orders.
    #[error("the lists of orders could not be made")]
    Lists(#[source] vault::CommitError),
    /// A folder.
    #[error("a folder of the studio could not be made")]
    Folder(#[from] durable::DurableError),
    /// What the studio offers.
    #[error("the services could not be opened")]
    Services(#[from] ServicesError),
    /// The desk, which would not take its first work.
    #[error("the work that waits could not be listed")]
    Desk(#[source] Denied),
    /// FTP or the watching of dropboxes.
    #[error("the dropboxes could not be opened")]
    Intake(#[from] intake::IntakeError),
}

/// What the start found and made.
#[derive(Debug)]
pub struct Opening {
    /// The recovery key of a new vault: shown once, kept by the owner, nowhere stored.
    pub recovery_key: Option<String>,
    /// Where FTP listens.
    pub ftp: Option<SocketAddr>,
    /// What was missing or set aside in the vault, in sentences.
    pub findings: Vec<String>,
    /// Projects whose journal cannot be read; they are refused, and every byte is kept.
    pub refused: Vec<String>,
}

/// The studio. Cheap to clone; the daemon and every page hold one.
#[derive(Clone)]
pub struct Studio {
    pub(crate) vault: Vault,
    pub(crate) desk: Desk,
    pub(crate) access: Access,
    pub(crate) config: Arc<StudioConfig>,
    pub(crate) offered: Offered,
    pub(crate) sorter: Sorter,
    pub(crate) patchbay: Arc<Patchbay>,
    pub(crate) units_in_use: UnitsInUse,
    pub(crate) underway: Underway,
    pub(crate) live_room: Arc<LiveRoom>,
    pub(crate) printing: Printing,
    workers: Arc<worker::Workers>,
    watcher: Arc<Watcher>,
    started: Instant,
}

/// The parts that run; stopped in order.
pub struct Running {
    ftp: Option<FtpServer>,
    lanes: Vec<JoinHandle<()>>,
    underway: Underway,
    patchbay: Arc<Patchbay>,
    live_room: Arc<LiveRoom>,
    stop: watch::Sender<bool>,
}

impl Running {
    /// Stops taking in, then lets each lane finish what it has in hand.
    pub async fn stop(self) {
        if let Some(ftp) = self.ftp {
            ftp.stop().await;
        }
        self.live_room.close().await;
        // Lanes that have ended already need no word.
        let _ = self.stop.send(true);
        self.underway.stop();
        for lane in self.lanes {
            if let Err(error) = lane.await {
                tracing::error!(%error, "a lane of work ended badly");
            }
        }
        self.patchbay.close().await;
    }
}

impl Studio {
    /// Opens the studio: the vault with its recovery, every project brought to life from its
    /// journal, the desk, the lanes of work, FTP and the dropboxes.
    ///
    /// # Errors
    /// What could not be opened. Nothing is deleted to get out of an error.
    pub async fn open(config: StudioConfig) -> Result<(Self, Running, Opening), OpenError> {
        let dropboxes = config.data.join("dropboxes");
        durable::make_folder(&dropboxes)?;
        clear_dropboxes(&dropboxes);
        let (vault, recovery) = open_vault(&config)?;
        let Unfinished {
            live,
            comparisons,
            refused,
        } = bring_to_life(&vault)?;
        let desk = Desk::start(vault.clone(), live, FollowUp::of(&config));
        let config = Arc::new(config);
        let access = Access::new(vault.clone());
        let (offered, mut first_rows) = services::open(&vault, &config)?;
        let catalogue = offered.now();
        let services = catalogue.services.iter();
        let priced = services.filter_map(|(name, service)| Some((name, service.price.as_ref()?)));
        first_rows.extend(prices::first_versions(&vault, priced)?);
        first_rows.extend(comparisons);
        if !first_rows.is_empty() {
            desk.keep(first_rows).await.map_err(OpenError::Desk)?;
        }
        let shop = shop_of(&vault, &desk, &access, &config, &offered);
        let (stop, stopping) = watch::channel(false);
        let lanes = open_lanes(&shop, stopping);
        let (hints, hinted) = mpsc::channel(HINTS_QUEUE);
        let ftp = open_ftp(&config, &dropboxes, &vault, &access, hints).await?;
        let sorter = Sorter {
            desk: desk.clone(),
            access: access.clone(),
            dropboxes: dropboxes.clone(),
        };
        let watcher = open_watcher(&config, dropboxes, &vault, hinted, sorter.clone())?;
        let patchbay = Arc::new(Patchbay::open(config.patchbay.as_ref(), &vault)?);
        let live_room = Arc::<LiveRoom>::default();
        let opening = Opening {
            recovery_key: recovery.new_recovery_key.clone(),
            ftp: ftp.as_ref().map(FtpServer::local_addr),
            findings: recovery_sentences(&recovery),
            refused,
        };
        let studio = Self {
            workers: shop.workers.clone(),
            vault,
            desk,
            access,
            config,
            offered,
            sorter,
            patchbay: Arc::clone(&patchbay),
            units_in_use: shop.units_in_use,
            underway: shop.underway.clone(),
            live_room: Arc::clone(&live_room),
            printing: shop.printing,
            watcher: Arc::new(watcher),
            started: Instant::now(),
        };
        let running = Running {
            underway: shop.underway,
            ftp,
            lanes,
            patchbay,
            live_room,
            stop,
        };
        Ok((studio, running, opening))
    }

    /// Tells whenever a project has moved on.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.desk.changes()
    }

    /// Where the studio's data lies.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.config.data.clone()
    }
}

/// What the lanes work with.
fn shop_of(
    vault: &Vault,
    desk: &Desk,
    access: &Access,
    config: &Arc<StudioConfig>,
    offered: &Offered,
) -> Shop {
    Shop {
        vault: vault.clone(),
        desk: desk.clone(),
        access: access.clone(),
        workers: Arc::new(worker::Workers::new(
            config.worker.clone(),
            worker::WorkerLimits::default(),
        )),
        config: config.clone(),
        offered: offered.clone(),
        units_in_use: UnitsInUse::default(),
        underway: Underway::default(),
        printing: Printing::default(),
        run: random_id(),
    }
}

/// Opens the vault and fills the columns that lists are read from, where that is to be done.
fn open_vault(config: &StudioConfig) -> Result<(Vault, vault::Recovery), OpenError> {
    let reserve = vault::Reserve {
        bytes: config.reserve.bytes,
        percent: config.reserve.percent,
    };
    let (vault, recovery) = Vault::open(VaultConfig {
        root: config.data.join("vault"),
        reserve,
    })?;
    standing::fill(&vault)?;
    Ok((vault, recovery))
}

/// Clears away what a killed run was writing into the dropboxes, before anything writes there.
fn clear_dropboxes(dropboxes: &std::path::Path) {
    match intake::clear_drafts(dropboxes) {
        Ok(0) => {}
        Ok(drafts) => tracing::info!(
            drafts,
            "unfinished notes and finals of the last run are cleared away"
        ),
        // They are hidden and take only room: no reason to stay closed.
        Err(error) => tracing::warn!(%error, "the dropboxes could not be searched for drafts"),
    }
}

/// The projects that are not in the archive yet.
#[derive(Default)]
struct Unfinished {
    live: Live,
    /// The sets that nobody has compared yet: those that an earlier version took in.
    comparisons: Vec<vault::Write>,
    /// Those whose journal cannot be read.
    refused: Vec<String>,
}

/// Brings every project to life that somebody still works on.
fn bring_to_life(vault: &Vault) -> Result<Unfinished, vault::VaultError> {
    let mut found = Unfinished::default();
    let filter = vault::ProjectFilter {
        stage_not: Some(standing::last_stage()),
        ..vault::ProjectFilter::default()
    };
    for row in desk::all_listed(vault, &filter)? {
        match Live::read(&vault.events(&row.id, 0)?) {
            Ok(live) => {
                if live.project.stage == mastering::Stage::Intake {
                    found.comparisons.extend(Work::comparison(&live.project));
                }
                found.live.put(live);
            }
            // Damage stops the show for this project only, and every byte is kept.
            Err(error) => {
                tracing::error!(project = row.id, number = row.number, %error, "a project is refused");
                found.refused.push(format!("{}: {error}", row.number));
            }
        }
    }
    Ok(found)
}

async fn open_ftp(
    config: &StudioConfig,
    dropboxes: &std::path::Path,
    vault: &Vault,
    access: &Access,
    arrived: mpsc::Sender<intake::Hint>,
) -> Result<Option<FtpServer>, OpenError> {
    let Some(section) = &config.ftp else {
        return Ok(None);
    };
    let staging = config.data.join("staging");
    durable::make_folder(&staging)?;
    let tls = section
        .tls
        .clone()
        .map(|(certificate, key)| TlsFiles { certificate, key });
    let ftp = FtpConfig {
        listen: section.listen,
        passive_ports: section.passive_ports.clone(),
        passive_host: None,
        require_tls: if tls.is_some() {
            TlsPolicy::Required
        } else {
            TlsPolicy::Offered
        },
        tls,
        staging,
        limits: FtpLimits::default(),
    };
    let (doors, folders) = (access.clone(), dropboxes.to_owned());
    let (taken, room) = (vault.clone(), vault.clone());
    let hooks = FtpHooks {
        authenticate: Arc::new(move |login| {
            let (doors, folders) = (doors.clone(), folders.clone());
            Box::pin(async move {
                let person = doors
                    .verify(&login.login, login.password, login.address)
                    .await
                    .ok()?;
                let login = doors.dropbox_of(&person).await.ok()??;
                let folder = folders.join(&login);
                durable::make_folder(&folder).ok()?;
                Some(intake::Account { login, folder })
            })
        }),
        is_taken: Arc::new(move |login, path| {
            let (vault, login) = (taken.clone(), login.to_owned());
            let path = path.to_string_lossy().into_owned();
            Box::pin(async move {
                let looked =
                    tokio::task::spawn_blocking(move || vault.is_taken_path(&login, &path)).await;
                // In doubt it is taken: a wrong yes costs a second name, a wrong no could cost a mix.
                !matches!(looked, Ok(Ok(false)))
            })
        }),
        has_room: Arc::new(move |bytes| crate::jobs::room_for(&room, bytes).is_ok()),
        arrived,
    };
    Ok(Some(FtpServer::start(ftp, hooks).await?))
}

fn open_watcher(
    config: &StudioConfig,
    dropboxes: PathBuf,
    vault: &Vault,
    hints: mpsc::Receiver<intake::Hint>,
    sorter: Sorter,
) -> Result<Watcher, OpenError> {
    let known = vault.clone();
    let hooks = WatchHooks {
        is_known: Arc::new(move |sighting| {
            let path = sighting.path.to_string_lossy();
            match known.drop_state(&sighting.dropbox, &path, "", &sighting.fingerprint) {
                Ok(Some(_)) => Known::Taken,
                // In doubt it is new: the list of work holds each version of a file once.
                Ok(None) | Err(_) => Known::New,
            }
        }),
    };
    let watch = WatchConfig {
        quiet: config.quiet,
        rescan: config.rescan,
        events: match config.events {
            FileEvents::Kernel => Events::Kernel,
            FileEvents::WalkOnly => Events::Poll(config.rescan),
        },
        ..WatchConfig::new(dropboxes)
    };
    let (out, arrivals) = mpsc::channel(ARRIVALS_QUEUE);
    let watcher = Watcher::start(watch, hooks, hints, out)?;
    tokio::spawn(sorter.run(arrivals));
    Ok(watcher)
}

/// The lanes of work, and what tells people of dates.
fn open_lanes(shop: &Shop, stopping: watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
    let mut lanes = shop.open_lanes(&stopping);
    let reminders = Reminders {
        vault: shop.vault.clone(),
        desk: shop.desk.clone(),
        config: shop.config.clone(),
    };
    let prints = PrintRoom {
        shop: shop.clone(),
        stop: stopping.clone(),
    };
    lanes.push(tokio::spawn(prints.run()));
    lanes.push(reminders.open(stopping));
    lanes
}

/// What the vault's recovery found, in sentences for the owner.
fn recovery_sentences(recovery: &vault::Recovery) -> Vec<String> {
    let adopted = recovery.adopted.iter().map(|a| {
        format!(
            "the object {} of project {} was taken back in",
            a.sha256, a.project
        )
    });
    let set_aside = recovery.quarantined.iter().map(|p| {
        format!(
            "{} is not what its name says and was set aside",
            p.display()
        )
    });
    let unreadable = recovery
        .unreadable
        .iter()
        .map(|p| format!("{} cannot be read", p.display()));
    let missing = recovery.missing.iter().map(ToString::to_string);
    let keys = recovery
        .keys_missing
        .iter()
        .map(|p| format!("the key of project {p} is missing; put it back from a copy"));
    adopted
        .chain(set_aside)
        .chain(unreadable)
        .chain(missing)
        .chain(keys)
        .collect()
}
