//! System calls that fail under the daemon: each of the first calls on its files in turn, while it
//! starts for the first time and while a client orders and sends a mix.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::overseer::{Call, Fault, Hit, Overseer};
use flows::remote::{Answer, Remote, sha256, tell};
use flows::{Lacquer, Settings, until};
use serde_json::{Value, json};

/// The calls that meet a fault, one in each round.
const CALLS: usize = 100;
/// Faults of one kind of call, at most.
const TURNS: usize = 5;
/// Within this time a round is over, or something hangs.
const ROUND: Duration = Duration::from_secs(60);

/// Which call fails in each round, and in which of the ways of its kind: one way after another, or
/// every way for every call with `LACQUER_FAULTS=all`.
fn rounds() -> Vec<(usize, usize)> {
    let every = std::env::var("LACQUER_FAULTS").is_ok_and(|which| which == "all");
    let one = |nth: usize| {
        // Neighbours and repetitions of a pattern meet different faults.
        let turn = nth + nth / TURNS;
        let last = if every { turn + TURNS } else { turn + 1 };
        (turn..last).map(move |turn| (nth, turn))
    };
    (1..=CALLS).flat_map(one).collect()
}

fn overseen() -> Settings {
    Settings {
        is_overseen: true,
        ..Settings::default()
    }
}

/// Says what failed, and sees that every kind of call was among it.
fn tally(what: &str, hits: &[Hit], kinds: &[Call]) {
    let mut counts: BTreeMap<(Call, Fault), usize> = BTreeMap::new();
    for hit in hits {
        *counts.entry((hit.call, hit.fault)).or_default() += 1;
    }
    let words: Vec<String> = counts
        .iter()
        .map(|((call, fault), count)| format!("{call:?} {fault:?} {count}"))
        .collect();
    tell(&format!(
        "{what}: {} faults: {}",
        hits.len(),
        words.join(", ")
    ));
    for kind in kinds {
        assert!(hits.iter().any(|h| h.call == *kind), "no {kind:?} failed");
    }
}

fn assert_no_panic(lacquer: &Lacquer, hit: Option<&Hit>) {
    let log = lacquer.log();
    assert!(!log.contains("panicked at"), "{hit:?}: {log}");
}

#[test]
fn a_first_start_in_which_a_call_fails_leaves_a_house_that_the_next_start_opens() {
    let began = Instant::now();
    let mut hits = Vec::new();
    for (nth, turn) in rounds() {
        let mut lacquer = Lacquer::prepare(&overseen());
        lacquer.overseer().arm(nth, turn);
        lacquer.spawn();
        let settled = lacquer.settle();
        assert!(
            lacquer.overseer().disarm(),
            "the start makes fewer than {nth} calls"
        );
        let hit = lacquer.overseer().hits().pop().unwrap();
        assert_no_panic(&lacquer, Some(&hit));
        if let Err(status) = settled {
            let log = lacquer.log();
            assert!(!status.success(), "{hit:?}: it gives up in silence: {log}");
            let was_killed = matches!(hit.fault, Fault::KillBefore | Fault::KillAfter);
            assert!(was_killed || !log.is_empty(), "{hit:?}: it says why");
        }
        lacquer.kill();
        lacquer.launch();
        let way_in = lacquer.cli(&["user", "set-up-link"]);
        let is_open = way_in.as_ref().is_ok_and(|link| link.contains("http"));
        assert!(is_open, "{hit:?}: {way_in:?}");
        lacquer.add_client("ada", "");
        let (number, _) = lacquer.order("ada", "First", &[]);
        assert_eq!(
            lacquer.show(&number)["project"]["number"],
            number,
            "{hit:?}"
        );
        assert_no_panic(&lacquer, Some(&hit));
        hits.push(hit);
    }
    use Call::{Mkdir, Open, Sync, Write};
    tally("first start", &hits, &[Mkdir, Open, Sync, Write]);
    tell(&format!("{:?}", began.elapsed()));
}

/// A studio that promises things while calls fail under it.
struct House {
    lacquer: Lacquer,
    remote: Remote,
    _place: tempfile::TempDir,
    song: PathBuf,
    staff: String,
    /// What FTP and the API said yes to: the mixes and orders that must be there ever after.
    sent: BTreeMap<String, String>,
    opened: Vec<String>,
}

impl House {
    fn open() -> Self {
        let lacquer = Lacquer::start_with(&overseen());
        lacquer.add_client("ada", "");
        lacquer.add_staff("mia");
        let staff = lacquer.log_in("mia");
        let place = tempfile::tempdir().unwrap();
        let song = Song {
            seconds: 2.0,
            ..Song::default()
        }
        .write(&place.path().join("Song.wav"));
        Self {
            remote: Remote::of(&lacquer),
            lacquer,
            _place: place,
            song,
            staff,
            sent: BTreeMap::new(),
            opened: Vec::new(),
        }
    }

    /// Has a client order and send a mix, in the course of which a call meets a fault: `arm` says
    /// which.
    fn round(&mut self, arm: impl FnOnce(&Overseer)) -> Hit {
        arm(self.lacquer.overseer());
        self.ask_and_send();
        let began = Instant::now();
        while self.lacquer.is_running() && !self.is_idle() {
            assert!(began.elapsed() < ROUND, "hangs: {}", self.lacquer.log());
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(
            self.lacquer.overseer().disarm(),
            "an order makes fewer calls than that"
        );
        let hit = self.lacquer.overseer().hits().pop().unwrap();
        // Still there, or ended in order because a write failed for good; never stuck.
        if !self.lacquer.is_running() || self.remote.get("/healthz") != Some(200) {
            self.lacquer.kill();
            self.lacquer.launch();
        }
        self.check_promises(&hit);
        hit
    }

    fn ask_and_send(&mut self) {
        let order = json!({
            "client_login": "ada", "title": "Song", "service": "instant", "songs": 1,
        });
        let asked = self.remote.ask("POST", "/orders", &self.staff, &order);
        let number = match asked {
            Answer::Given(opened) => opened["number"].as_str().unwrap().to_owned(),
            Answer::Refused(status, words) => {
                assert!(status >= 500, "{status} {words}");
                return;
            }
            Answer::Gone => return,
        };
        self.opened.push(number.clone());
        let path = format!("{number}/Song.wav");
        let sent = self.remote.send("ada", &self.song, &path, &[]);
        if sent.status.success() {
            self.sent.insert(number, path);
        }
    }

    /// Whether the newest order has got its reference, so that there is nothing to fail any more.
    fn is_idle(&self) -> bool {
        let Some(number) = self.opened.last() else {
            return true;
        };
        let address = format!("/orders/{number}");
        let order = self.remote.ask("GET", &address, &self.staff, &Value::Null);
        let is_sent = self.sent.contains_key(number);
        order
            .given()
            .is_some_and(|order| !is_sent || order["project"]["stage"]["stage"] == "in_review")
    }

    /// The newest promises hold after every fault; all of them are looked at in the end.
    fn check_promises(&self, hit: &Hit) {
        if let Some(number) = self.opened.last() {
            let address = format!("/orders/{number}");
            let order = self.remote.ask("GET", &address, &self.staff, &Value::Null);
            assert!(
                matches!(order, Answer::Given(_)),
                "{hit:?} {number}: {order:?}"
            );
        }
        let song = sha256(&self.song);
        for path in self.sent.values() {
            let kept = sha256(&self.lacquer.dropbox("ada").join(path));
            assert_eq!(kept, song, "{hit:?} {path}");
        }
        assert_no_panic(&self.lacquer, Some(hit));
    }
}

#[test]
fn no_failing_call_makes_the_daemon_panic_hang_or_promise_what_is_not_so() {
    let began = Instant::now();
    let mut house = House::open();
    let mut hits = Vec::new();
    for (nth, turn) in rounds() {
        hits.push(house.round(|overseer| overseer.arm(nth, turn)));
    }
    // Among so many writes and opens these come seldom.
    use Call::{Mkdir, Open, Rename, Sync, Unlink, Write};
    for seldom in [Mkdir, Rename, Sync, Unlink] {
        for turn in 0..Fault::of(seldom).len() {
            hits.push(house.round(|overseer| overseer.arm_next(seldom, turn)));
        }
    }
    let kinds = [Mkdir, Open, Rename, Sync, Unlink, Write];
    tally("order and mix", &hits, &kinds);
    // A last start without faults: everything that was acknowledged is finished.
    house.lacquer.kill();
    house.lacquer.launch();
    for number in &house.opened {
        assert_eq!(house.lacquer.show(number)["project"]["number"], **number);
    }
    for (number, path) in &house.sent {
        let order = until(&format!("{number} is ready"), PATIENCE, || {
            let order = house.lacquer.show(number);
            (order["project"]["stage"]["stage"] == "in_review").then_some(order)
        });
        let mixes = order["project"]["mixes"].as_object().unwrap();
        assert_eq!(mixes.len(), 1, "{path} is taken once");
    }
    assert!(house.lacquer.stop().success(), "it stops in order");
    tell(&format!("{:?}", began.elapsed()));
}
