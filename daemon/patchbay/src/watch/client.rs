//! The watch's thread and its client.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use jack::{
    AsyncClient, AudioIn, Client, ClientStatus, Control, LatencyType, NotificationHandler, Port,
    PortFlags, PortId, ProcessHandler, ProcessScope,
};

use super::meters::{MeterBank, Meters, highest};
use super::seen::{
    Connection, Happening, Levels, PortKind, Seen, SeenPort, ServerFacts, ServerState, What,
};
use super::wishes::{Graph, Wishes};
use super::{HAPPENINGS_KEPT, Shared, held};
use crate::Pace;
use crate::moment::now_ms;
use crate::seat::{self, LossNotice, NoSeat, Seated};

/// How often the levels are read and everything else is looked after.
const TICK: Duration = Duration::from_millis(50);
/// How often the ports are read although the server told of no change.
const LOOK: Duration = Duration::from_secs(1);
/// How often a server is looked for.
const SEEK: Duration = Duration::from_secs(1);
/// A server that calls no more counts as dead after the longer of this and [`SILENT_PERIODS`].
const SILENCE: Duration = Duration::from_millis(250);
const SILENT_PERIODS: u32 = 8;
/// The same while it freewheels: everybody may be waiting for a disk.
const FREEWHEEL_SILENCE: Duration = Duration::from_secs(10);
/// A client that nobody calls for so long is let go and opened anew: PipeWire ends without a word, and a server that
/// lost its card may be another by then.
const LET_GO: Duration = Duration::from_secs(5);
/// Xruns that follow each other within this are one happening.
const ONE_BURST_MS: i64 = 60_000;
/// How often xruns are told: there may be hundreds a second.
const TELL_XRUNS: Duration = Duration::from_secs(1);

pub(super) fn nothing_seen() -> Seen {
    Seen {
        version: 0,
        server: ServerState::Looking,
        since_ms: now_ms(),
        ports: Vec::new(),
        connections: Vec::new(),
        wanted: Vec::new(),
        xruns: 0,
        happened: Vec::new(),
    }
}

/// What the server's own threads say.
#[derive(Debug, Default)]
struct Said {
    calls: AtomicU64,
    xruns: AtomicU64,
    is_freewheeling: AtomicBool,
    /// The ports or connections are others than before.
    is_other: AtomicBool,
    /// Ports that were born since somebody looked.
    arrived: Mutex<HashSet<String>>,
}

struct Callback {
    bank: MeterBank<Port<AudioIn>>,
    said: Arc<Said>,
}

impl ProcessHandler for Callback {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        self.said.calls.fetch_add(1, Ordering::Relaxed);
        self.bank.process(|port| highest(port.as_slice(scope)));
        Control::Continue
    }
}

struct Notices {
    said: Arc<Said>,
    loss: LossNotice,
}

impl Notices {
    fn changed(&self) {
        self.said.is_other.store(true, Ordering::Release);
    }
}

impl NotificationHandler for Notices {
    #[expect(
        unsafe_code,
        reason = "the trait has it so; an atomic store is safe in a signal handler"
    )]
    unsafe fn shutdown(&mut self, _: ClientStatus, _: &str) {
        self.loss.tell();
    }

    fn freewheel(&mut self, _: &Client, is_on: bool) {
        self.said.is_freewheeling.store(is_on, Ordering::Release);
    }

    fn port_registration(&mut self, client: &Client, id: PortId, is_born: bool) {
        // The server waits for nobody here: this is the client's own thread for news.
        if is_born && let Some(Ok(name)) = client.port_by_id(id).map(|port| port.name()) {
            held(&self.said.arrived).insert(name);
        }
        self.changed();
    }

    fn port_rename(&mut self, _: &Client, _: PortId, _: &str, new: &str) -> Control {
        held(&self.said.arrived).insert(new.to_owned());
        self.changed();
        Control::Continue
    }

    fn ports_connected(&mut self, _: &Client, _: PortId, _: PortId, _: bool) {
        self.changed();
    }

    fn xrun(&mut self, _: &Client) -> Control {
        self.said.xruns.fetch_add(1, Ordering::Relaxed);
        Control::Continue
    }
}

/// A client that is open.
struct Held {
    client: Seated<AsyncClient<Notices, Callback>>,
    said: Arc<Said>,
    meters: Meters,
    facts: ServerFacts,
    calls: u64,
    called: Instant,
    has_been_called: bool,
    looked: Option<Instant>,
    xruns_told: Instant,
}

/// The watch's thread.
pub(super) struct Holder {
    name: String,
    shared: Arc<Shared>,
    wishes: Wishes,
    graph: Graph,
    server: ServerState,
    since_ms: i64,
    xruns: u64,
    happened: VecDeque<Happening>,
}

impl Holder {
    pub(super) fn new(name: &str, shared: Arc<Shared>) -> Self {
        Self {
            name: name.to_owned(),
            shared,
            wishes: Wishes::default(),
            graph: Graph::default(),
            server: ServerState::Looking,
            since_ms: now_ms(),
            xruns: 0,
            happened: VecDeque::new(),
        }
    }

    /// Watches until it is told to stop.
    pub(super) fn run(mut self) {
        let mut client: Option<Held> = None;
        let mut sought: Option<Instant> = None;
        let mut ticked = Instant::now();
        loop {
            self.shared.beat();
            let is_freewheeling = |held: &Held| held.said.is_freewheeling.load(Ordering::Acquire);
            if self.shared.is_stopping.load(Ordering::Acquire)
                && !client.as_ref().is_some_and(is_freewheeling)
            {
                break;
            }
            match client.take() {
                Some(mut open) => {
                    let passed = ticked.elapsed();
                    ticked = Instant::now();
                    if self.follow(&mut open, passed) {
                        client = Some(open);
                    } else {
                        drop(open);
                        sought = None;
                    }
                }
                None if sought.is_none_or(|at| at.elapsed() >= SEEK) => {
                    sought = Some(Instant::now());
                    client = self.seek();
                }
                None => self.take_orders(None),
            }
            self.publish();
            thread::sleep(TICK);
        }
    }

    fn seek(&mut self) -> Option<Held> {
        match open(&self.name) {
            Ok(open) => {
                // What was there when it came is nothing that happened later.
                held(&open.said.arrived).clear();
                Some(open)
            }
            Err(why) => {
                let why = why.to_string();
                if self.server == ServerState::NotAnswering {
                    self.note(What::Gone);
                }
                if !matches!(self.server, ServerState::Absent { .. }) {
                    self.is_now(ServerState::Absent { why });
                }
                self.take_orders(None);
                None
            }
        }
    }

    /// One tick of a client that is open; false when its server is gone.
    fn follow(&mut self, open: &mut Held, passed: Duration) -> bool {
        let said = Arc::clone(&open.said);
        if open.client.is_lost() {
            self.note(What::Gone);
            self.lose();
            let why = "the server has ended".to_owned();
            self.is_now(ServerState::Absent { why });
            return false;
        }
        self.listen(open);
        if open.xruns_told.elapsed() >= TELL_XRUNS {
            open.xruns_told = Instant::now();
            self.hear_xruns(said.xruns.swap(0, Ordering::Relaxed));
        }
        if !matches!(self.server, ServerState::Running(_)) {
            // Whoever asks a server that calls nobody may wait for ever.
            *held(&self.shared.levels) = Arc::default();
            let is_freewheeling = said.is_freewheeling.load(Ordering::Acquire);
            let is_lost = open.called.elapsed() > LET_GO && !is_freewheeling;
            if is_lost {
                self.lose();
            }
            return !is_lost;
        }
        self.take_orders(Some(open));
        let is_other = said.is_other.swap(false, Ordering::AcqRel);
        if is_other || open.looked.is_none_or(|at| at.elapsed() >= LOOK) {
            open.looked = Some(Instant::now());
            let arrived = std::mem::take(&mut *held(&said.arrived));
            self.graph = read_graph(open.client.as_client());
            self.make(open, &arrived);
            open.meters.follow(open.client.as_client(), &self.graph);
        }
        let levels = Levels {
            load_percent: open.client.as_client().cpu_load(),
            ports: open.meters.read(&self.graph, passed),
        };
        *held(&self.shared.levels) = Arc::new(levels);
        true
    }

    /// Forgets a server that is not there any more.
    fn lose(&mut self) {
        self.wishes.server_gone();
        self.graph = Graph::default();
        *held(&self.shared.levels) = Arc::default();
    }

    /// Whether the server calls, and how it runs.
    fn listen(&mut self, open: &mut Held) {
        let is_freewheeling = open.said.is_freewheeling.load(Ordering::Acquire);
        let calls = open.said.calls.load(Ordering::Relaxed);
        if calls != open.calls {
            (open.calls, open.called) = (calls, Instant::now());
        }
        let is_first = calls > 0 && !open.has_been_called;
        open.has_been_called |= is_first;
        let facts = open.facts;
        let period = f64::from(facts.period_frames) / f64::from(facts.rate_hz.max(1));
        let patience = if is_freewheeling {
            FREEWHEEL_SILENCE
        } else {
            SILENCE.max(Duration::from_secs_f64(period) * SILENT_PERIODS)
        };
        // A tick may come late where the machine is busy: two in a row without a call are meant.
        if open.called.elapsed() > patience + TICK {
            if self.server != ServerState::NotAnswering {
                self.note(What::Silent);
                self.is_now(ServerState::NotAnswering);
            }
            return;
        }
        if !open.has_been_called {
            // What it was before the client opened holds until it calls.
            return;
        }
        let now = facts_of(open.client.as_client(), is_freewheeling);
        if is_first {
            self.note(What::Came(now));
        } else if self.server == ServerState::NotAnswering {
            self.note(What::CallsAgain);
        } else if now != facts {
            self.note(What::Changed(now));
        }
        open.facts = now;
        self.is_now(ServerState::Running(now));
    }

    fn hear_xruns(&mut self, times: u64) {
        if times == 0 {
            return;
        }
        self.xruns += times;
        if let Some(Happening {
            at_ms,
            what: What::Xruns { times: before },
        }) = self.happened.back_mut()
            && now_ms() - *at_ms < ONE_BURST_MS
        {
            *before += times;
            return;
        }
        self.note(What::Xruns { times });
    }

    fn take_orders(&mut self, open: Option<&mut Held>) {
        let orders = std::mem::take(&mut *held(&self.shared.orders));
        if orders.wishes.is_none() && orders.again.is_empty() {
            return;
        }
        let unwanted = orders.wishes.map(|wishes| self.wishes.set(wishes));
        for connection in &orders.again {
            self.wishes.again(connection);
        }
        let Some(open) = open else { return };
        // Made at once, not at the next look.
        open.looked = None;
        for connection in unwanted.unwrap_or_default() {
            if self.graph.connections.contains(&connection) {
                let client = open.client.as_client();
                // A port may have gone meanwhile, and the connection with it.
                let _ = client.disconnect_ports_by_name(&connection.from, &connection.to);
            }
        }
    }

    /// Makes what is wanted and can be made.
    fn make(&mut self, open: &Held, arrived: &HashSet<String>) {
        let mut news = Vec::new();
        let (mut new, mut again) = (0, 0);
        for connection in self.wishes.look(&self.graph, arrived, &mut news) {
            let client = open.client.as_client();
            let outcome = match client.connect_ports_by_name(&connection.from, &connection.to) {
                Ok(()) | Err(jack::Error::PortAlreadyConnected(..)) => {
                    self.graph.connections.push(connection.clone());
                    Ok(())
                }
                Err(error) => Err(format!("the server refused it: {error}")),
            };
            let is_made = outcome.is_ok();
            match self.wishes.tried(&connection, outcome, &mut news) {
                true => again += 1,
                false if is_made => new += 1,
                false => (),
            }
        }
        news.into_iter().for_each(|what| self.note(what));
        if new > 0 {
            self.note(What::Patched { connections: new });
        }
        if again > 0 {
            self.note(What::Restored { connections: again });
        }
    }

    fn note(&mut self, what: What) {
        if self.happened.len() == HAPPENINGS_KEPT {
            self.happened.pop_front();
        }
        let at_ms = now_ms();
        self.happened.push_back(Happening { at_ms, what });
    }

    fn is_now(&mut self, server: ServerState) {
        let is_same_kind = std::mem::discriminant(&server) == std::mem::discriminant(&self.server);
        if !is_same_kind {
            self.since_ms = now_ms();
        }
        self.server = server;
    }

    /// Tells what there is, under a new version where anything changed.
    fn publish(&self) {
        let before = Arc::clone(&held(&self.shared.seen));
        let wanted = self.wishes.states();
        let is_same = before.server == self.server
            && before.ports == self.graph.ports
            && before.connections == self.graph.connections
            && before.wanted == wanted
            && before.xruns == self.xruns
            && self.happened.iter().eq(&before.happened);
        if is_same {
            return;
        }
        *held(&self.shared.seen) = Arc::new(Seen {
            // By two: the one between is a thread that is held up.
            version: before.version + 2,
            server: self.server.clone(),
            since_ms: self.since_ms,
            ports: self.graph.ports.clone(),
            connections: self.graph.connections.clone(),
            wanted,
            xruns: self.xruns,
            happened: self.happened.iter().cloned().collect(),
        });
    }
}

fn open(name: &str) -> Result<Held, NoSeat> {
    let client = seat::open(name)?;
    let said = Arc::new(Said::default());
    let (meters, bank) = Meters::new();
    let callback = Callback {
        bank,
        said: Arc::clone(&said),
    };
    let facts = facts_of(&client, false);
    let notices = Notices {
        said: Arc::clone(&said),
        loss: client.notice(),
    };
    let client = client.activate(notices, callback)?;
    Ok(Held {
        client,
        said,
        meters,
        facts,
        calls: 0,
        called: Instant::now(),
        has_been_called: false,
        looked: None,
        xruns_told: Instant::now(),
    })
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "what the server's notice says, as it says it"
)]
fn facts_of(client: &Client, is_freewheeling: bool) -> ServerFacts {
    ServerFacts {
        rate_hz: client.sample_rate(),
        period_frames: client.buffer_size(),
        pace: if is_freewheeling {
            Pace::Freewheel
        } else {
            Pace::RealTime
        },
    }
}

/// Every port but those of this client, and the connections between them.
fn read_graph(client: &Client) -> Graph {
    let own = format!("{}:", client.name());
    let names = |flags| client.ports(None, None, flags);
    let hardware: HashSet<String> = names(PortFlags::IS_PHYSICAL).into_iter().collect();
    let sources: HashSet<String> = names(PortFlags::IS_OUTPUT).into_iter().collect();
    let mut graph = Graph::default();
    for name in names(PortFlags::empty()) {
        let Some(port) = client.port_by_name(&name) else {
            continue;
        };
        if name.starts_with(&own) {
            continue;
        }
        let kind = match (hardware.contains(&name), sources.contains(&name)) {
            (true, true) => PortKind::Capture,
            (true, false) => PortKind::Playback,
            (false, true) => PortKind::Output,
            (false, false) => PortKind::Input,
        };
        // What came from the plugs to a source, and what is still to go to them from a sink.
        let side = match kind.is_source() {
            true => LatencyType::Capture,
            false => LatencyType::Playback,
        };
        let (least, most) = port.get_latency_range(side);
        if kind.is_source() {
            let others = port.get_connections().into_iter();
            let others = others.filter(|to| !to.starts_with(&own));
            graph.connections.extend(others.map(|to| Connection {
                from: name.clone(),
                to,
            }));
        }
        graph.ports.push(SeenPort {
            aliases: port.aliases().unwrap_or_default(),
            is_midi: port.port_type().is_ok_and(|kind| kind.contains("midi")),
            latency_frames: [least, most],
            kind,
            name,
        });
    }
    graph
}
