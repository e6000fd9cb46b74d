//! Power cuts: the daemon is killed at random moments of the whole flow, and nothing that was
//! acknowledged is lost, doubled or to be seen by half.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use flows::Lacquer;
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::remote::{Answer, Dice, Remote, files_below, sha256, tell};
use serde_json::{Value, json};

/// Kills of a running daemon; every tenth is followed by one of the daemon that recovers.
const KILLS: u32 = 50;
/// The longest life between two kills.
const LONGEST_LIFE: Duration = Duration::from_millis(2_500);
/// Within this time after its start, a recovering daemon is killed again.
const RECOVERY: Duration = Duration::from_millis(250);
/// Songs that differ, and clients who are on their way at the same time.
const SONGS: u32 = 3;
/// Orders that wait in each client's lane: more than the kills leave time for.
const LANE: u32 = 80;
/// Stages in the order in which a project goes through them.
const STAGES: [&str; 7] = [
    "intake",
    "mastering",
    "in_review",
    "approved",
    "delivered",
    "completed",
    "archived",
];

/// What the studio made of a song: the same, however often it was interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    /// The journal, kind by kind.
    events: Vec<String>,
    /// The checksum of the mix as it was received.
    original: String,
    /// The checksum of the approved samples.
    master: String,
    /// The checksums of the finals' samples, by format.
    finals: BTreeMap<String, String>,
}

/// A client with an order, who goes on wherever the daemon left off.
struct Client {
    remote: Remote,
    staff: String,
    number: String,
    portal: String,
    song: PathBuf,
    is_sent: bool,
    tries: u32,
    stage: usize,
    /// What the API has said yes to.
    promised: usize,
}

impl Client {
    fn path(&self) -> String {
        format!("{}/Song.wav", self.number)
    }

    /// Does what a client or the studio would do next; true once the project lies in the archive.
    fn go_on(&mut self) -> bool {
        let address = format!("/orders/{}", self.number);
        let order = match self.remote.ask("GET", &address, &self.portal, &Value::Null) {
            Answer::Given(order) => order,
            Answer::Refused(503 | 507 | 500, _) | Answer::Gone => return false,
            Answer::Refused(status, words) => panic!("{}: {status} {words}", self.number),
        };
        let code = order["project"]["stage"]["stage"].as_str().unwrap();
        let stage = STAGES.iter().position(|s| *s == code).unwrap();
        assert!(
            stage >= self.stage.max(self.promised),
            "{} went back to {code}",
            self.number
        );
        self.stage = stage;
        match code {
            "intake" if !self.is_sent => self.send(&order),
            "in_review" => self.approve(&order),
            "delivered" => self.command("complete", &self.staff.clone(), json!({}), 5),
            _ => self.look_after_work(&address),
        }
        code == "archived"
    }

    /// Work that a slow machine never ended in one of these short lives is given up at last, and somebody of the
    /// studio tries it again. Work that fails for another reason stays where it is.
    fn look_after_work(&mut self, address: &str) {
        let Answer::Given(order) = self.remote.ask("GET", address, &self.staff, &Value::Null)
        else {
            return;
        };
        let jobs = order["jobs"].as_array().unwrap();
        if jobs.iter().any(|job| job["error"] == GIVEN_UP) {
            self.command("try-again", &self.staff.clone(), json!({}), self.promised);
        }
    }

    fn send(&mut self, order: &Value) {
        let has_come = order["project"]["mixes"]
            .as_object()
            .is_some_and(|m| !m.is_empty());
        let more: &[&str] = if self.tries == 0 {
            &[]
        } else {
            &["--continue-at", "-"]
        };
        self.tries += 1;
        // A client whose goodbye was lost finds the mix in the portal.
        self.is_sent = has_come
            || self
                .remote
                .send("ada", &self.song, &self.path(), more)
                .status
                .success();
    }

    fn approve(&mut self, order: &Value) {
        let tracks = order["project"]["revisions"]["1"]["tracks"]
            .as_object()
            .unwrap();
        let samples: BTreeMap<&String, &Value> = tracks
            .iter()
            .map(|(track, version)| (track, &version["master"]["samples"]))
            .collect();
        let yes = json!({
            "revision": 1,
            "name": "Ada Example",
            "wording": order["approval_wording"],
            "samples": samples,
        });
        let portal = self.portal.clone();
        self.command("approve", &portal, yes, 3);
    }

    fn command(&mut self, what: &str, token: &str, mut body: Value, leads_to: usize) {
        body["key"] = json!(format!("{what} {}", self.number));
        let address = format!("/orders/{}/{what}", self.number);
        match self.remote.ask("POST", &address, token, &body) {
            Answer::Given(_) => self.promised = self.promised.max(leads_to),
            // Another moment: it may have happened before the kill.
            Answer::Refused(409 | 500 | 503, _) | Answer::Gone => {}
            Answer::Refused(status, words) => panic!("{what} {}: {status} {words}", self.number),
        }
    }
}

/// A studio with its client and engineer.
struct House {
    lacquer: Lacquer,
    staff: String,
    songs: Vec<PathBuf>,
    _place: tempfile::TempDir,
}

impl House {
    fn open() -> Self {
        let lacquer = Lacquer::start();
        lacquer.add_client("ada", "");
        lacquer.add_staff("mia");
        let staff = lacquer.log_in("mia");
        let place = tempfile::tempdir().unwrap();
        let songs = (0..SONGS)
            .map(|key| {
                let song = Song {
                    seconds: 10.0,
                    key,
                    ..Song::default()
                };
                song.write(&place.path().join(format!("{key}.wav")))
            })
            .collect();
        Self {
            lacquer,
            staff,
            songs,
            _place: place,
        }
    }

    fn client(&self, song: u32) -> Client {
        let (number, portal) = self.lacquer.order("ada", "Song", &["--songs", "1"]);
        Client {
            remote: Remote::of(&self.lacquer),
            staff: self.staff.clone(),
            number,
            portal,
            song: self.songs[song as usize].clone(),
            is_sent: false,
            tries: 0,
            stage: 0,
            promised: 0,
        }
    }

    /// Reads everything about an archived order back.
    fn outcome(&self, client: &Client) -> Outcome {
        let order = self.lacquer.order_seen(&client.number, &self.staff);
        let project = &order["project"];
        let text = |value: &Value| {
            value
                .as_str()
                .unwrap_or_else(|| panic!("{order:#}"))
                .to_owned()
        };
        let mixes = project["mixes"].as_object().unwrap();
        assert_eq!(mixes.len(), 1, "each mix is taken once: {project:#}");
        let mix = mixes.values().next().unwrap();
        let track = text(&project["tracks"][0]["id"]);
        let finals = project["finals"].as_array().unwrap();
        let shelf = self.lacquer.dropbox("ada").join("Finals");
        let visible = files_below(&shelf);
        for made in finals {
            let name = text(&made["file_name"]);
            let lies: Vec<_> = visible
                .iter()
                .filter(|p| p.ends_with(&name) && p.display().to_string().contains(&client.number))
                .collect();
            assert_eq!(lies.len(), 1, "{name} lies once in {visible:?}");
            assert_eq!(sha256(lies[0]), text(&made["object"]), "{name}");
        }
        let checked = self
            .lacquer
            .json(&["archive", "check", &client.number, "--json"]);
        assert_eq!(checked["is_whole"], true, "{checked:#}");
        Outcome {
            events: order["log"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| text(&line["code"]))
                .collect(),
            original: text(&mix["original"]),
            master: text(&project["revisions"]["1"]["tracks"][&track]["master"]["samples"]),
            finals: finals
                .iter()
                .map(|f| (text(&f["format"]), text(&f["samples"])))
                .collect(),
        }
    }

    /// Whatever has a name in a dropbox is whole, at any moment: a mix is the client's, byte by
    /// byte, and a final never changes once it is to be seen.
    fn check_what_is_seen(&self, seen: &mut BTreeMap<PathBuf, String>) {
        let songs: Vec<String> = self.songs.iter().map(|s| sha256(s)).collect();
        let dropbox = self.lacquer.dropbox("ada");
        for file in files_below(&dropbox) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with('.') || name.contains(".lacquer.") {
                continue;
            }
            let sum = sha256(&file);
            if file.starts_with(dropbox.join("Finals")) {
                let first = seen.entry(file.clone()).or_insert_with(|| sum.clone());
                assert_eq!(*first, sum, "{} changed", file.display());
            } else {
                assert!(songs.contains(&sum), "{} is half a mix", file.display());
            }
        }
    }

    fn drafts(&self) -> Vec<PathBuf> {
        let mut drafts = files_below(&self.lacquer.data().join("dropboxes"));
        drafts.retain(|p| p.file_name().unwrap().to_string_lossy().starts_with('.'));
        drafts.extend(files_below(&self.lacquer.data().join("staging")));
        drafts
    }
}

fn drive(client: &mut Client) {
    let began = Instant::now();
    while !client.go_on() {
        assert!(
            began.elapsed() < PATIENCE,
            "{} stays at {}",
            client.number,
            STAGES[client.stage]
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn undisturbed(house: &House) -> Vec<Outcome> {
    (0..SONGS)
        .map(|song| {
            let mut client = house.client(song);
            drive(&mut client);
            house.outcome(&client)
        })
        .collect()
}

/// What is said of work that was given up because no life was long enough.
const GIVEN_UP: &str = "lacquer stopped during each attempt";

/// Kills the daemon and starts it again until all kills are done.
fn kill_and_start(house: &mut House, dice: &mut Dice, kills: &AtomicU32) {
    let mut seen = BTreeMap::new();
    let mut ready = Duration::ZERO;
    while kills.load(Ordering::Relaxed) < KILLS {
        std::thread::sleep(dice.moment_below(LONGEST_LIFE));
        house.lacquer.kill();
        let kill = kills.fetch_add(1, Ordering::Relaxed) + 1;
        house.check_what_is_seen(&mut seen);
        if kill.is_multiple_of(10) {
            house.lacquer.spawn();
            std::thread::sleep(dice.moment_below(RECOVERY));
            house.lacquer.kill();
        }
        let started = Instant::now();
        house.lacquer.launch();
        ready = ready.max(started.elapsed());
    }
    tell(&format!("longest start after a kill: {ready:?}"));
}

#[test]
fn killed_at_fifty_moments_of_the_flow_everything_is_done_once() {
    let began = Instant::now();
    let calm = House::open();
    let expected = undisturbed(&calm);
    drop(calm);
    tell(&format!("undisturbed: {:?}", began.elapsed()));

    let mut dice = Dice::seeded("LACQUER_KILLS_SEED");
    let mut house = House::open();
    // Orders for as long as the kills go on; those that nobody gets to are never sent.
    let clients: Vec<Client> = (0..SONGS * LANE).map(|n| house.client(n % SONGS)).collect();
    let kills = AtomicU32::new(0);
    let done: Vec<Client> = std::thread::scope(|scope| {
        let lanes: Vec<_> = share(clients)
            .into_iter()
            .map(|lane| {
                let kills = &kills;
                scope.spawn(move || {
                    let mut done = Vec::new();
                    for mut client in lane {
                        if kills.load(Ordering::Relaxed) >= KILLS && !done.is_empty() {
                            break;
                        }
                        drive(&mut client);
                        done.push(client);
                    }
                    done
                })
            })
            .collect();
        kill_and_start(&mut house, &mut dice, &kills);
        lanes
            .into_iter()
            .flat_map(|lane| lane.join().expect("a client came to its end"))
            .collect()
    });
    tell(&format!(
        "{} kills and {} in recovery, {} orders from upload to archive, {:?}",
        kills.load(Ordering::Relaxed),
        KILLS / 10,
        done.len(),
        began.elapsed()
    ));
    let all = usize::try_from(SONGS * LANE).unwrap();
    assert!(done.len() < all, "there was work until the last kill");
    // A last start without a kill: what is left behind is cleared away.
    house.lacquer.kill();
    house.lacquer.launch();
    for client in &done {
        let song = client.song.file_stem().unwrap().to_string_lossy();
        let expected = &expected[song.parse::<usize>().unwrap()];
        assert_eq!(&house.outcome(client), expected, "{}", client.number);
        assert_eq!(expected.original, sha256(&client.song));
        assert_note(&house.lacquer.dropbox("ada").join(client.path()));
    }
    assert_eq!(house.drafts(), Vec::<PathBuf>::new());
}

/// The clients in as many lanes as there are songs, one after another in each.
fn share(clients: Vec<Client>) -> Vec<Vec<Client>> {
    let mut lanes: Vec<Vec<Client>> = (0..SONGS).map(|_| Vec::new()).collect();
    for (n, client) in clients.into_iter().enumerate() {
        lanes[n % SONGS as usize].push(client);
    }
    lanes
}

fn assert_note(mix: &Path) {
    let note = mix.with_file_name("Song.wav.lacquer.txt");
    assert!(note.exists(), "{} has its report", mix.display());
}
