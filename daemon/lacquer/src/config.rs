//! The configuration file: a section for each part, checked once; unknown keys stop the start.

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use mastering::{Catalogue, Retention, Target};
use serde::Deserialize;
use studio::{
    BooksSection, FileEvents, FtpSection, LetsGo, MailSection, MailSecurity, PatchbaySection,
    RemindersSection, Reserve, SecretsSection, StudioConfig, Words,
};
use webui::BehindTls;

use crate::args::Place;

/// Where data lies when neither file nor command line say so.
const DEFAULT_DATA: &str = "var";
/// What the daemon calls itself at the audio server while it watches.
const CLIENT_NAME: &str = "lacquer-watch";
/// The largest port range a firewall rule should have to open, and the smallest that serves.
const PASSIVE_PORTS: (u16, u16) = (2122, 2221);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data: Option<PathBuf>,
    studio: StudioFile,
    web: WebFile,
    ftp: FtpFile,
    dropboxes: DropboxesFile,
    mail: Option<MailFile>,
    notices: NoticesFile,
    books: BooksFile,
    archive: ArchiveFile,
    deliveries: DeliveriesFile,
    retention: Retention,
    disk: DiskFile,
    patchbay: PatchbayFile,
    findings: Option<PathBuf>,
    services: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct StudioFile {
    name: String,
    integrated_lufs: f64,
    true_peak_max_dbtp: f64,
    checks_at_once: usize,
    renders_at_once: usize,
    /// A file with the terms that people agree to for their account.
    terms: Option<PathBuf>,
}

impl Default for StudioFile {
    fn default() -> Self {
        let target = Target::default();
        Self {
            name: "Lacquer".to_owned(),
            integrated_lufs: target.integrated_lufs,
            true_peak_max_dbtp: target.true_peak_max_dbtp,
            checks_at_once: 2,
            renders_at_once: 0,
            terms: None,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WebFile {
    listen: SocketAddr,
    public_url: Option<String>,
    behind_tls: bool,
}

impl Default for WebFile {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            behind_tls: false,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FtpFile {
    is_on: bool,
    listen: SocketAddr,
    passive_ports: (u16, u16),
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl Default for FtpFile {
    fn default() -> Self {
        Self {
            is_on: true,
            listen: SocketAddr::from(([127, 0, 0, 1], 2121)),
            passive_ports: PASSIVE_PORTS,
            certificate: None,
            key: None,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DropboxesFile {
    quiet_seconds: f64,
    rescan_seconds: f64,
    events: EventsFile,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EventsFile {
    Kernel,
    WalkOnly,
}

impl Default for DropboxesFile {
    fn default() -> Self {
        Self {
            quiet_seconds: 2.0,
            rescan_seconds: 60.0,
            events: EventsFile::Kernel,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MailFile {
    host: String,
    port: u16,
    security: SecurityFile,
    from: String,
    login: Option<String>,
    /// A file that holds the password, readable by the daemon only.
    password_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SecurityFile {
    Tls,
    StartTls,
    Plain,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NoticesFile {
    /// A folder whose files take the place of the words that are compiled in.
    words: Option<PathBuf>,
    working_files_days: Option<Vec<u32>>,
    archive_days: Option<Vec<u32>>,
    invoice_days: Option<Vec<u32>>,
    overdue_days: Option<Vec<u32>>,
    credit_days: Option<Vec<u32>>,
}

fn reminders(file: NoticesFile) -> RemindersSection {
    let house = RemindersSection::default();
    RemindersSection {
        working_files_days: file.working_files_days.unwrap_or(house.working_files_days),
        archive_days: file.archive_days.unwrap_or(house.archive_days),
        invoice_days: file.invoice_days.unwrap_or(house.invoice_days),
        overdue_days: file.overdue_days.unwrap_or(house.overdue_days),
        credit_days: file.credit_days.unwrap_or(house.credit_days),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct BooksFile {
    letterhead: Vec<String>,
    /// A file that holds the secret shared with the payment service, readable by the daemon only.
    webhook_secret_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ArchiveFile {
    second_place: Option<PathBuf>,
    lets_go: LetsGoFile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DeliveriesFile {
    /// A folder whose profiles stand beside those of the program, or in their place.
    profiles: Option<PathBuf>,
    /// A folder of passwords and private keys for recipients' servers; systemd's credentials where none is named.
    secrets: Option<PathBuf>,
}

/// Who lets go what is due.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LetsGoFile {
    #[default]
    Confirmed,
    ByItself,
}

impl From<LetsGoFile> for LetsGo {
    fn from(file: LetsGoFile) -> Self {
        match file {
            LetsGoFile::Confirmed => Self::Confirmed,
            LetsGoFile::ByItself => Self::ByItself,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DiskFile {
    reserve_bytes: u64,
    reserve_percent: u8,
}

impl Default for DiskFile {
    fn default() -> Self {
        Self {
            reserve_bytes: 2_000_000_000,
            reserve_percent: 2,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PatchbayFile {
    is_on: bool,
    /// The JACK server's name; `JACK_DEFAULT_SERVER`, else `default`, where none is given.
    server: Option<String>,
    /// Linux's folder of power supplies; prints hold while a battery is drained.
    power_supply: PathBuf,
    /// Restarts the audio server, `{rate}` in hertz; empty where something else runs it.
    restart_server: Vec<String>,
    /// The MIDI port of whatever plays, stops and locates in the live room; empty where nothing is connected to ours.
    transport: String,
}

impl Default for PatchbayFile {
    fn default() -> Self {
        Self {
            is_on: true,
            server: None,
            power_supply: PathBuf::from("/sys/class/power_supply"),
            restart_server: Vec::new(),
            transport: String::new(),
        }
    }
}

/// The checked configuration.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) studio: StudioConfig,
    pub(crate) listen: SocketAddr,
    pub(crate) behind_tls: BehindTls,
    /// The JACK server that is meant where it is not the usual one.
    pub(crate) audio_server: Option<String>,
}

/// The data folder that the command line, the file or the default name.
pub(crate) fn data_of(place: &Place) -> anyhow::Result<PathBuf> {
    let file = read(place.config.as_deref())?;
    Ok(data(place, &file))
}

fn data(place: &Place, file: &File) -> PathBuf {
    let chosen = place
        .data
        .clone()
        .or_else(|| file.data.clone())
        .unwrap_or_else(|| DEFAULT_DATA.into());
    std::path::absolute(&chosen).unwrap_or(chosen)
}

fn read(path: Option<&Path>) -> anyhow::Result<File> {
    let Some(path) = path else {
        return Ok(File::default());
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    toml::from_str(&text)
        .with_context(|| format!("{} holds something Lacquer does not know", path.display()))
}

/// Reads and checks the configuration.
pub(crate) fn load(place: &Place) -> anyhow::Result<Config> {
    let file = read(place.config.as_deref())?;
    let data = data(place, &file);
    let public_url = file
        .web
        .public_url
        .unwrap_or_else(|| format!("http://{}", file.web.listen));
    let behind_tls = if file.web.behind_tls {
        BehindTls::Yes
    } else {
        BehindTls::No
    };
    let target = Target {
        integrated_lufs: file.studio.integrated_lufs,
        true_peak_max_dbtp: file.studio.true_peak_max_dbtp,
    };
    if !target.is_sensible() {
        bail!(
            "studio.integrated_lufs lies between -40 and -4, studio.true_peak_max_dbtp between -12 and 0"
        );
    }
    let catalogue_text = file.services.as_deref().map(services_text).transpose()?;
    let studio = StudioConfig {
        studio_name: file.studio.name,
        public_url: public_url.trim_end_matches('/').to_owned(),
        worker: crate::worker_command()?,
        returns: crate::return_command()?,
        ftp: ftp(file.ftp)?,
        quiet: seconds(file.dropboxes.quiet_seconds, "dropboxes.quiet_seconds")?,
        rescan: seconds(file.dropboxes.rescan_seconds, "dropboxes.rescan_seconds")?,
        events: match file.dropboxes.events {
            EventsFile::Kernel => FileEvents::Kernel,
            EventsFile::WalkOnly => FileEvents::WalkOnly,
        },
        mail: file.mail.map(mail).transpose()?,
        words: Arc::new(Words::load(file.notices.words.as_deref())?),
        reminders: reminders(file.notices),
        terms: file.studio.terms.as_deref().map(terms).transpose()?,
        books: books(file.books)?,
        second_place: file.archive.second_place,
        profiles: file.deliveries.profiles,
        secrets: secrets(file.deliveries.secrets),
        thresholds: thresholds(file.findings.as_deref())?,
        catalogue: catalogue(file.services.as_deref(), catalogue_text.as_deref())?,
        catalogue_text,
        lets_go: file.archive.lets_go.into(),
        retention: file.retention,
        target,
        power_supply: file.patchbay.power_supply,
        restart_server: file.patchbay.restart_server,
        transport: file.patchbay.transport,
        patchbay: file.patchbay.is_on.then(|| PatchbaySection {
            client_name: CLIENT_NAME.to_owned(),
        }),
        reserve: Reserve {
            bytes: file.disk.reserve_bytes,
            percent: file.disk.reserve_percent,
        },
        checks_at_once: file.studio.checks_at_once.clamp(1, 16),
        renders_at_once: renders(file.studio.renders_at_once),
        data,
    };
    Ok(Config {
        studio,
        listen: file.web.listen,
        behind_tls,
        audio_server: file.patchbay.server,
    })
}

fn pair(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    section: &str,
) -> anyhow::Result<Option<(PathBuf, PathBuf)>> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => {
            bail!("{section}.certificate and {section}.key come together")
        }
    }
}

fn ftp(file: FtpFile) -> anyhow::Result<Option<FtpSection>> {
    if !file.is_on {
        return Ok(None);
    }
    let (first, last) = file.passive_ports;
    if first > last {
        bail!("ftp.passive_ports are the first and the last port of a range");
    }
    let tls = pair(file.certificate, file.key, "ftp")?;
    Ok(Some(FtpSection {
        listen: file.listen,
        passive_ports: first..=last,
        tls,
    }))
}

fn mail(file: MailFile) -> anyhow::Result<MailSection> {
    let password = file
        .password_file
        .as_ref()
        .map(|path| {
            std::fs::read_to_string(path)
                .with_context(|| format!("could not read {}", path.display()))
        })
        .transpose()?;
    let login = match (file.login, password) {
        (Some(login), Some(password)) => Some((login, password.trim_end().to_owned())),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            bail!("mail.login and mail.password_file come together")
        }
    };
    let security = match file.security {
        SecurityFile::Tls => MailSecurity::Tls,
        SecurityFile::StartTls => MailSecurity::StartTls,
        SecurityFile::Plain => MailSecurity::Plain,
    };
    Ok(MailSection {
        host: file.host,
        port: file.port,
        security,
        login,
        from: file.from,
    })
}

/// How many songs are rendered side by side: one a core, where 0 is said.
fn renders(said: usize) -> usize {
    let count = match said {
        0 => std::thread::available_parallelism().map_or(1, NonZero::get),
        count => count,
    };
    count.min(16)
}

/// Where systemd puts a service's credentials (systemd.exec(5), `LoadCredential=`).
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// The secrets' place: the configured folder, or where systemd puts credentials.
fn secrets(folder: Option<PathBuf>) -> Option<SecretsSection> {
    let by_systemd =
        || std::env::var_os(CREDENTIALS).map(|place| SecretsSection::Systemd(place.into()));
    folder.map(SecretsSection::Folder).or_else(by_systemd)
}

/// Reads the terms as people will agree to them, word for word.
fn terms(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    if text.trim().is_empty() {
        bail!("{} holds no terms", path.display());
    }
    Ok(text)
}

/// The shortest secret that a payment service may share with us, in bytes.
const SECRET_MIN: usize = 16;

fn books(file: BooksFile) -> anyhow::Result<BooksSection> {
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("could not read {}", path.display()))?;
        let secret = text.trim().to_owned();
        if secret.len() < SECRET_MIN {
            bail!(
                "{} holds fewer than {SECRET_MIN} characters",
                path.display()
            );
        }
        Ok(secret)
    };
    Ok(BooksSection {
        letterhead: file.letterhead,
        webhook_secret: file.webhook_secret_file.as_ref().map(read).transpose()?,
    })
}

/// Reads thresholds of the findings, or takes the studio's defaults.
pub(crate) fn thresholds(path: Option<&Path>) -> anyhow::Result<measure::Thresholds> {
    let Some(path) = path else {
        return Ok(measure::Thresholds::default());
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    toml::from_str(&text)
        .with_context(|| format!("{} holds something Lacquer does not know", path.display()))
}

fn services_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))
}

/// Reads what the studio offers, or takes the house's own catalogue.
fn catalogue(path: Option<&Path>, text: Option<&str>) -> anyhow::Result<Catalogue> {
    let (Some(path), Some(text)) = (path, text) else {
        return Ok(Catalogue::house());
    };
    Catalogue::read(text).with_context(|| format!("{} cannot be used", path.display()))
}

fn seconds(value: f64, name: &str) -> anyhow::Result<Duration> {
    match Duration::try_from_secs_f64(value) {
        Ok(duration) if (0.1..=86_400.0).contains(&value) => Ok(duration),
        _ => bail!("{name} lies between 0.1 and 86400"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_read_and_says_what_holds_without_it() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/lacquer.toml");
        let place = |config| Place {
            config,
            data: Some("/tmp/x".into()),
        };
        let example = load(&place(Some(path))).unwrap();
        let without = load(&place(None)).unwrap();
        assert_eq!(
            format!("{:?}", example.studio),
            format!("{:?}", without.studio)
        );
        assert_eq!(example.listen, without.listen);
    }

    #[test]
    fn a_misspelt_key_stops_the_start() {
        let wrong: Result<File, _> = toml::from_str("[ftp]\nlisten_on = \"0.0.0.0:21\"\n");
        assert!(wrong.unwrap_err().to_string().contains("listen_on"));
    }
}
