//! The daemon: opens the studio, serves pages and the control socket, stops in order.

use std::time::Duration;

use anyhow::Context as _;
use studio::{Opening, Studio};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::Outcome;
use crate::args::Place;
use crate::config::{self, Config};
use crate::notify;

/// How long finishing what is in hand may take before the daemon ends anyway; jobs resume.
const STOP_TIME: Duration = Duration::from_secs(20);
/// How often it is looked whether the database writer still takes writes.
const WRITER_LOOK: Duration = Duration::from_secs(1);

pub(crate) fn run(place: &Place) -> anyhow::Result<Outcome> {
    let config = config::load(place)?;
    if let Some(server) = &config.audio_server {
        name_audio_server(server);
    }
    open_log();
    // One TLS library for the whole process; a second install would only find the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let served = runtime.block_on(serve(config));
    // A render that is still running must not keep the daemon from ending: its job resumes.
    runtime.shutdown_timeout(Duration::from_secs(1));
    served.map(|()| Outcome::Good)
}

/// libjack takes the server's name from the environment alone.
fn name_audio_server(name: &str) {
    #[expect(
        unsafe_code,
        reason = "the environment is changed before there is a second thread"
    )]
    // SAFETY: called at the beginning of `run`, ahead of the runtime and of every library that starts threads.
    unsafe {
        std::env::set_var("JACK_DEFAULT_SERVER", name);
    }
}

fn open_log() {
    let filter = EnvFilter::try_from_env("LACQUER_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,libunftp=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let data = config.studio.data.clone();
    let public_url = config.studio.public_url.clone();
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("could not listen on {}", config.listen))?;
    let (studio, running, opening) = Studio::open(config.studio)
        .await
        .context("the studio could not be opened")?;
    let line = studio::control::listen(&studio)
        .context("the way for the command line could not be opened")?;
    tell(&opening, &data, &listener, &studio).await;
    let control = tokio::spawn(studio::control::serve(studio.clone(), line));
    let watchdog = tokio::spawn(notify::feed_watchdog(studio.clone()));
    let router = webui::router(
        studio.clone(),
        webui::WebConfig {
            public_url,
            behind_tls: config.behind_tls,
        },
    );
    let (stop_web, mut web_stops) = tokio::sync::watch::channel(false);
    let web = tokio::spawn(webui::serve(listener, router, async move {
        // A sender that is gone is a daemon that is ending.
        let _ = web_stops.changed().await;
    }));
    notify::ready();
    let told = tokio::select! {
        told = wait_for_signal() => told,
        () = writer_stops(&studio) => Err(anyhow::anyhow!(
            "the database writer stopped after a failed write; everything acknowledged is safe, \
             and the next start puts the rest in order"
        )),
    };
    notify::stopping();
    tracing::info!("stopping: uploads end, work in hand is finished or resumes at the next start");
    // The web server may have ended by itself already.
    let _ = stop_web.send(true);
    control.abort();
    watchdog.abort();
    let stopped = tokio::time::timeout(STOP_TIME, async {
        running.stop().await;
        if let Ok(Err(error)) = web.await {
            tracing::error!(%error, "the web server ended badly");
        }
    });
    if stopped.await.is_err() {
        tracing::warn!("work in hand took too long to finish; it resumes at the next start");
    }
    told
}

/// Ends once a failed write or sync has stopped the database writer. A failed sync is final: what
/// reached the disk is found out by the recovery of a new start, never by trying again.
async fn writer_stops(studio: &Studio) {
    let mut look = tokio::time::interval(WRITER_LOOK);
    while studio.is_writer_alive() {
        look.tick().await;
    }
}

/// Says where everything is, and what the owner must know once.
async fn tell(opening: &Opening, data: &std::path::Path, listener: &TcpListener, studio: &Studio) {
    let web = listener
        .local_addr()
        .map(|a| a.to_string())
        .unwrap_or_default();
    let ftp = opening
        .ftp
        .map_or_else(|| "off".to_owned(), |a| a.to_string());
    tracing::info!(data = %data.display(), web, ftp, "Lacquer is open");
    for finding in &opening.findings {
        tracing::warn!("the vault: {finding}");
    }
    for refused in &opening.refused {
        tracing::error!("refused, every byte kept: {refused}");
    }
    if is_journal_listening() {
        // The journal stays on the box, where neither a recovery key nor a way in belongs.
        if opening.recovery_key.is_some() {
            tracing::warn!("no recovery key is kept yet; run: lacquer archive new-recovery-key");
            tracing::info!("for the first login, run: lacquer user set-up-link");
        }
        return;
    }
    if let Some(key) = &opening.recovery_key {
        println!(
            "Recovery key of this vault. Write it down and keep it off the box; it is shown only now:"
        );
        println!("{key}");
    }
    match studio.new_set_up_link().await {
        Ok(Some(link)) => println!("One-time set-up link: {link}"),
        Ok(None) => {}
        Err(error) => tracing::error!(%error, "the set-up link could not be made"),
    }
}

/// Whether what is printed goes into the system's journal.
fn is_journal_listening() -> bool {
    std::env::var_os("JOURNAL_STREAM").is_some()
}

async fn wait_for_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
