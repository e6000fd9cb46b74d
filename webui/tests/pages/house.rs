//! A studio that has just opened, in a folder of its own.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use mastering::{Catalogue, OrderNumber, Retention, Target};
use studio::{BooksSection, FileEvents, OrderPage, Reserve, Running, Studio, StudioConfig};
use webui::{BehindTls, WebConfig};

use crate::WORKER;
use crate::browser::Browser;

/// Longest time that anything in these tests may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// What every login of these tests has as its password.
pub(crate) const PASSWORD: &str = "a long enough password";

/// What the payment service signs its messages with.
pub(crate) const SECRET: &str = "a secret between us two";

pub(crate) struct House {
    pub(crate) studio: Studio,
    pub(crate) router: axum::Router,
    running: Running,
}

fn config(data: std::path::PathBuf) -> StudioConfig {
    StudioConfig {
        data,
        studio_name: "The Test Room".to_owned(),
        public_url: "http://lacquer.test".to_owned(),
        worker: worker::WorkerCommand {
            program: std::env::current_exe().unwrap(),
            args: vec![OsString::from(WORKER)],
        },
        returns: studio::ReturnCommand {
            program: std::env::current_exe().unwrap(),
            arguments: Vec::new(),
        },
        ftp: None,
        quiet: Duration::from_millis(100),
        rescan: Duration::from_secs(1),
        events: FileEvents::Kernel,
        mail: None,
        words: std::sync::Arc::new(studio::Words::embedded()),
        reminders: studio::RemindersSection::default(),
        terms: Some("We master with care.\n".to_owned()),
        books: BooksSection {
            letterhead: vec!["Lange Straße 1".to_owned()],
            webhook_secret: Some(SECRET.to_owned()),
        },
        second_place: None,
        profiles: None,
        secrets: None,
        thresholds: measure::Thresholds::default(),
        catalogue: Catalogue::house(),
        catalogue_text: None,
        lets_go: studio::LetsGo::Confirmed,
        retention: Retention::default(),
        target: Target::default(),
        reserve: Reserve {
            bytes: 1_000_000,
            percent: 0,
        },
        patchbay: None,
        checks_at_once: 1,
        renders_at_once: 1,
        power_supply: "/sys/class/power_supply".into(),
        restart_server: Vec::new(),
        transport: String::new(),
    }
}

/// Runs a test in an open house.
pub(crate) fn in_a_house<F, R>(test: F)
where
    F: FnOnce(std::sync::Arc<House>) -> R,
    R: Future<Output = ()>,
{
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(open_for(&folder, test));
}

/// The same, and what is seen once the studio was closed and opened again.
pub(crate) fn in_a_reopened_house<F, R, G, S>(test: F, afterwards: G)
where
    F: FnOnce(std::sync::Arc<House>) -> R,
    R: Future<Output = ()>,
    G: FnOnce(std::sync::Arc<House>) -> S,
    S: Future<Output = ()>,
{
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        open_for(&folder, test).await;
        open_for(&folder, afterwards).await;
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// Opens the studio; one that was just closed lets its folder go a moment later.
async fn open(folder: &tempfile::TempDir) -> (Studio, Running) {
    let begun = Instant::now();
    loop {
        match Studio::open(config(folder.path().to_owned())).await {
            Ok((studio, running, _opening)) => return (studio, running),
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn open_for<F, R>(folder: &tempfile::TempDir, test: F)
where
    F: FnOnce(std::sync::Arc<House>) -> R,
    R: Future<Output = ()>,
{
    let (studio, running) = open(folder).await;
    let web = WebConfig {
        public_url: "http://lacquer.test".to_owned(),
        behind_tls: BehindTls::No,
    };
    let house = std::sync::Arc::new(House {
        router: webui::router(studio.clone(), web),
        studio,
        running,
    });
    tokio::time::timeout(PATIENCE, test(std::sync::Arc::clone(&house)))
        .await
        .expect("the test takes too long");
    let House {
        running,
        studio,
        router,
    } = std::sync::Arc::into_inner(house).expect("the test has let go of the house");
    drop((studio, router));
    running.stop().await;
}

impl House {
    /// A browser that has never been here.
    pub(crate) fn stranger(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// The first staff member, by the set-up link.
    pub(crate) async fn staff(&self) -> Browser {
        let link = self.studio.new_set_up_link().await.unwrap();
        let link = link.expect("nobody works here yet");
        let path = link.strip_prefix("http://lacquer.test").unwrap().to_owned();
        let mut browser = self.stranger();
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200);
        let fields = [
            ("login", "ada"),
            ("name", "Ada Lindqvist"),
            ("email", ""),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
        ];
        let done = browser.send(&page, &path, &fields).await;
        assert_eq!((done.status, done.location()), (303, "/inbox"));
        browser
    }

    /// A client, added by the staff, and logged in.
    pub(crate) async fn client(&self, staff: &mut Browser, login: &str, name: &str) -> Browser {
        self.add(staff, (login, name), "client").await;
        self.log_in(login).await
    }

    /// Somebody of a role, named as their login.
    pub(crate) async fn person(&self, staff: &mut Browser, login: &str, role: &str) {
        self.add(staff, (login, login), role).await;
    }

    async fn add(&self, staff: &mut Browser, (login, name): (&str, &str), role: &str) {
        let page = staff.get("/people").await;
        let fields = [
            ("login", login),
            ("name", name),
            ("email", ""),
            ("password", PASSWORD),
            ("role", role),
        ];
        let done = staff.send(&page, "/people", &fields).await;
        assert_eq!(done.status, 303, "{}", done.text());
    }

    /// A session's token.
    pub(crate) async fn token(&self, login: &str) -> String {
        let whence = studio::Whence {
            address: std::net::IpAddr::from([127, 0, 0, 1]),
            browser: "the test".to_owned(),
        };
        let password = PASSWORD.to_owned();
        let session = self.studio.log_in(login, password, &whence).await;
        session.unwrap()
    }

    /// Somebody who logs in.
    pub(crate) async fn log_in(&self, login: &str) -> Browser {
        let mut browser = self.stranger();
        let page = browser.get("/login").await;
        let fields = [("login", login), ("password", PASSWORD)];
        let done = browser.send(&page, "/login", &fields).await;
        assert_eq!(done.status, 303, "{}", done.text());
        browser
    }

    /// An order, opened on its page; gives its link's path.
    pub(crate) async fn order(&self, staff: &mut Browser, client: &str, songs: &str) -> String {
        let page = staff.get("/orders/new").await;
        let fields = [
            ("client", client),
            ("title", "First Light"),
            ("artist", "Nora Thorne"),
            ("service", "instant"),
            ("target_lufs", "-14"),
            ("target_dbtp", "-1"),
            ("songs", songs),
            ("declared_rate", ""),
            ("declared_bits", ""),
        ];
        let opened = staff.send(&page, "/orders/new", &fields).await;
        assert_eq!(opened.status, 200, "{}", opened.text());
        let text = opened.text();
        let from = text.find("http://lacquer.test/p/").expect("a link") + 19;
        text[from..].split('"').next().unwrap().to_owned()
    }

    /// The order as the staff's page would be given it.
    pub(crate) async fn page(&self, number: OrderNumber) -> OrderPage {
        let staff = self.visitor("ada").await;
        self.studio.order(&staff, number).await.unwrap()
    }

    pub(crate) async fn visitor(&self, login: &str) -> studio::Visitor {
        let session = self.token(login).await;
        self.studio.visitor_by_session(&session).await.unwrap()
    }

    /// Waits until the order is as wanted.
    pub(crate) async fn until(
        &self,
        number: OrderNumber,
        what: &str,
        is_so: impl Fn(&OrderPage) -> bool,
    ) -> OrderPage {
        let staff = self.visitor("ada").await;
        let begun = Instant::now();
        loop {
            let page = self.studio.order(&staff, number).await.unwrap();
            if is_so(&page) {
                return page;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{what} did not come; the order stands at {:?}, jobs {:?}, log {:#?}",
                page.project.stage,
                page.jobs,
                page.log
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// An order whose reference lies with its client: the mix went up through the portal's form.
    pub(crate) async fn in_review(&self) -> (Browser, String, OrderNumber) {
        let staff = self.staff().await;
        self.in_review_for(staff).await
    }

    /// The same by this price list of the service.
    pub(crate) async fn in_review_at(&self, prices: &str) -> (Browser, String, OrderNumber) {
        let mut staff = self.staff().await;
        let page = staff.get("/prices").await;
        let fields = [("service", "instant"), ("toml", prices)];
        let saved = staff.send(&page, "/prices", &fields).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        self.in_review_for(staff).await
    }

    /// The same with a rush lane.
    pub(crate) async fn in_review_rushed(&self, prices: &str) -> (Browser, String, OrderNumber) {
        let staff = self.staff().await;
        let owner = self.visitor("ada").await;
        let toml = self.studio.services(&owner).await.unwrap().toml;
        let toml = toml.replace("rush = \"none\"", "rush = \"24 h\"");
        self.studio
            .save_services(&owner, &toml, None)
            .await
            .unwrap();
        let saving = self.studio.save_price_list(&owner, "instant", prices, None);
        saving.await.unwrap();
        self.in_review_for(staff).await
    }

    /// The same where everything of an instant order is due to go at once.
    pub(crate) async fn in_review_to_go(&self) -> (Browser, String, OrderNumber) {
        let staff = self.staff().await;
        let owner = self.visitor("ada").await;
        let toml = self.studio.services(&owner).await.unwrap().toml
            + "[services.instant.retention]\nworking_days = 0\nrecall_months = 0\n";
        let saving = self.studio.save_services(&owner, &toml, None);
        saving.await.unwrap();
        self.in_review_for(staff).await
    }

    async fn in_review_for(&self, mut staff: Browser) -> (Browser, String, OrderNumber) {
        self.client(&mut staff, "nora", "Nora Thorne").await;
        let link = self.order(&mut staff, "nora", "1").await;
        let mut portal = self.stranger();
        let page = portal.get(&link).await;
        let mix = crate::mixes::song(0, crate::mixes::Fault::None);
        let sent = portal
            .upload(&page, &link, "mixes", &[("First Light.wav", &mix)])
            .await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        let number = OrderNumber::FIRST;
        self.until(number, "the mix", |page| !page.project.mixes.is_empty())
            .await;
        self.go_on_with_all(&mut staff, number).await;
        self.until(number, "the reference", |page| {
            page.project.stage.code() == "in_review"
        })
        .await;
        (staff, link, number)
    }

    /// Records why one of the studio's people listens, which opens the order's sound for them.
    pub(crate) async fn listens(&self, staff: &mut Browser, number: OrderNumber) {
        let place = format!("/orders/{number}");
        let page = staff.get(&place).await;
        let why = [("purpose", "testing"), ("words", "a test of this house")];
        let path = format!("{place}/listening-reason");
        let given = staff.send(&page, &path, &why).await;
        assert_eq!(given.status, 303, "{}", given.text());
    }

    /// Decides to use mixes as they came, where the check asks.
    pub(crate) async fn go_on_with_all(&self, staff: &mut Browser, number: OrderNumber) {
        let page = self.page(number).await;
        let path = format!("/orders/{number}");
        for mix in page.project.unverified() {
            let shown = staff.get(&path).await;
            let form = shown.form_with(&format!("{path}/decide-mix"), mix.id.as_str());
            let mut fields = form.clone();
            fields.push(("decision".to_owned(), "go_on".to_owned()));
            fields.push((
                "words".to_owned(),
                "It is meant to be like this.".to_owned(),
            ));
            let done = staff.post(&format!("{path}/decide-mix"), &fields).await;
            assert_eq!(done.status, 303, "{}", done.text());
        }
    }
}
