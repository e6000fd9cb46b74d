//! Which wanted connections are to be made now. Decides only; nothing here touches a server.

use std::collections::HashSet;

use super::seen::{Connection, SeenPort, WantedConnection, WantedState, What, Wish};

/// How often a connection is tried that the server refuses; one right after a port's birth may fail.
const TRIES: u32 = 5;

/// The server's ports and connections at one moment.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Graph {
    pub(super) ports: Vec<SeenPort>,
    pub(super) connections: Vec<Connection>,
}

impl Graph {
    fn port(&self, name: &str) -> Option<&SeenPort> {
        self.ports.iter().find(|port| port.name == name)
    }
}

#[derive(Debug)]
struct Entry {
    wish: Wish,
    state: WantedState,
    /// True once the server did or refused it: it is left alone until a port or somebody comes anew.
    is_settled: bool,
    tries: u32,
    /// Made here, in this server's life.
    made: Made,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Made {
    #[default]
    Never,
    /// In the life of an earlier server, or before a port went: it will be made *again*.
    Before,
    Now,
}

/// Every wish and what became of it.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    entries: Vec<Entry>,
}

impl Wishes {
    /// Takes a new list; gives the connections that were ours and are wanted no more.
    pub(super) fn set(&mut self, list: Vec<Wish>) -> Vec<Connection> {
        let mut old = std::mem::take(&mut self.entries);
        for wish in list {
            let known = old
                .iter()
                .position(|e| e.wish.connection == wish.connection);
            self.entries.push(match known {
                Some(at) => old.swap_remove(at),
                None => Entry {
                    wish,
                    state: WantedState::NoServer,
                    is_settled: false,
                    tries: 0,
                    made: Made::Never,
                },
            });
        }
        let ours = |e: &Entry| !e.wish.is_anothers || e.made == Made::Now;
        let gone = old.into_iter().filter(ours);
        gone.map(|entry| entry.wish.connection).collect()
    }

    /// Tries a connection once more that somebody took apart or the server refused.
    pub(super) fn again(&mut self, connection: &Connection) {
        for entry in &mut self.entries {
            if entry.wish.connection == *connection {
                (entry.is_settled, entry.tries) = (false, 0);
            }
        }
    }

    /// The server is no more, and all of its connections with it.
    pub(super) fn server_gone(&mut self) {
        for entry in &mut self.entries {
            entry.state = WantedState::NoServer;
            entry.came_loose();
        }
    }

    /// Looks at what there is; `arrived` are ports that are new since the last look. Gives the connections to make
    /// now, and tells what was taken apart.
    pub(super) fn look(
        &mut self,
        graph: &Graph,
        arrived: &HashSet<String>,
        happened: &mut Vec<What>,
    ) -> Vec<Connection> {
        let standing: HashSet<&Connection> = graph.connections.iter().collect();
        let mut due = Vec::new();
        for entry in &mut self.entries {
            let connection = entry.wish.connection.clone();
            let names = [&connection.from, &connection.to];
            let missing: Vec<String> = names
                .into_iter()
                .filter(|name| graph.port(name).is_none())
                .cloned()
                .collect();
            if !missing.is_empty() {
                entry.state = WantedState::Waits { missing };
                entry.came_loose();
                continue;
            }
            if names.into_iter().any(|name| arrived.contains(name)) {
                entry.came_loose();
            }
            if standing.contains(&connection) {
                (entry.state, entry.is_settled) = (WantedState::Stands, true);
            } else if !entry.is_settled {
                match cannot(graph, &connection) {
                    None => {
                        entry.state = WantedState::Due;
                        due.push(connection);
                    }
                    Some(why) => entry.refuse(why.to_owned(), happened),
                }
            } else if entry.state == WantedState::Stands {
                happened.push(What::Parted(connection));
                entry.state = WantedState::Parted;
            }
        }
        due
    }

    /// Notes what became of one that was to be made; true where it had stood before.
    pub(super) fn tried(
        &mut self,
        connection: &Connection,
        outcome: Result<(), String>,
        happened: &mut Vec<What>,
    ) -> bool {
        let of_it = |e: &&mut Entry| e.wish.connection == *connection;
        let Some(entry) = self.entries.iter_mut().find(of_it) else {
            return false;
        };
        match outcome {
            Ok(()) => {
                let was_there = entry.made == Made::Before;
                (entry.state, entry.is_settled) = (WantedState::Stands, true);
                entry.made = Made::Now;
                was_there
            }
            Err(why) => {
                entry.tries += 1;
                if entry.tries >= TRIES {
                    entry.refuse(why, happened);
                }
                false
            }
        }
    }

    /// Every wish and how it stands.
    pub(super) fn states(&self) -> Vec<WantedConnection> {
        let state = |entry: &Entry| WantedConnection {
            wish: entry.wish.clone(),
            state: entry.state.clone(),
        };
        self.entries.iter().map(state).collect()
    }
}

impl Entry {
    fn came_loose(&mut self) {
        (self.is_settled, self.tries) = (false, 0);
        if self.made == Made::Now {
            self.made = Made::Before;
        }
    }

    fn refuse(&mut self, why: String, happened: &mut Vec<What>) {
        let refused = WantedState::Refused { why: why.clone() };
        if self.state != refused {
            happened.push(What::Refused {
                connection: self.wish.connection.clone(),
                why,
            });
        }
        (self.state, self.is_settled) = (refused, true);
    }
}

/// Why two ports that are there can never be connected.
fn cannot(graph: &Graph, connection: &Connection) -> Option<&'static str> {
    let (from, to) = (graph.port(&connection.from)?, graph.port(&connection.to)?);
    if !from.kind.is_source() {
        return Some("no sound comes out of the first port, it goes in there");
    }
    if to.kind.is_source() {
        return Some("no sound goes into the second port, it comes out there");
    }
    if from.is_midi != to.is_midi {
        return Some("one of them carries sound and the other MIDI");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::seen::PortKind;
    use super::*;

    fn port(name: &str, kind: PortKind) -> SeenPort {
        SeenPort {
            name: name.to_owned(),
            aliases: Vec::new(),
            kind,
            is_midi: name.contains("midi"),
            latency_frames: [0, 0],
        }
    }

    fn cable(from: &str, to: &str) -> Connection {
        Connection {
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    fn wish(from: &str, to: &str) -> Wish {
        Wish {
            connection: cable(from, to),
            is_anothers: false,
        }
    }

    /// A desk that plays into a card.
    fn graph(connections: &[Connection]) -> Graph {
        Graph {
            ports: vec![
                port("desk:out", PortKind::Output),
                port("card:capture", PortKind::Capture),
                port("card:playback", PortKind::Playback),
                port("card:midi", PortKind::Playback),
            ],
            connections: connections.to_vec(),
        }
    }

    struct Rig {
        wishes: Wishes,
        happened: Vec<What>,
    }

    impl Rig {
        fn wanting(list: Vec<Wish>) -> Self {
            let mut wishes = Wishes::default();
            assert!(wishes.set(list).is_empty());
            Self {
                wishes,
                happened: Vec::new(),
            }
        }

        #[track_caller]
        fn look(&mut self, graph: &Graph, arrived: &[&str], due: usize) {
            let arrived = arrived.iter().map(ToString::to_string).collect();
            let found = self.wishes.look(graph, &arrived, &mut self.happened);
            assert_eq!(found.len(), due, "{found:?}");
        }

        fn state(&self) -> WantedState {
            self.wishes.states()[0].state.clone()
        }
    }

    #[test]
    fn a_connection_is_made_once_and_again_when_a_port_returns() {
        let wanted = cable("desk:out", "card:playback");
        let mut rig = Rig::wanting(vec![wish("desk:out", "card:playback")]);
        let whole = graph(&[]);
        let mut alone = graph(&[]);
        alone.ports.remove(0);
        rig.look(&alone, &[], 0);
        let missing = vec!["desk:out".to_owned()];
        assert_eq!(rig.state(), WantedState::Waits { missing });
        rig.look(&whole, &[], 1);
        assert!(!rig.wishes.tried(&wanted, Ok(()), &mut rig.happened));
        rig.look(&graph(std::slice::from_ref(&wanted)), &[], 0);
        assert_eq!(rig.state(), WantedState::Stands);
        rig.look(&alone, &[], 0);
        rig.look(&whole, &[], 1);
        assert!(rig.wishes.tried(&wanted, Ok(()), &mut rig.happened));
        // It went and came between two looks.
        rig.look(&whole, &["desk:out"], 1);
        assert!(rig.wishes.tried(&wanted, Ok(()), &mut rig.happened));
        rig.wishes.server_gone();
        assert_eq!(rig.state(), WantedState::NoServer);
        rig.look(&whole, &[], 1);
        assert!(rig.wishes.tried(&wanted, Ok(()), &mut rig.happened));
        assert!(rig.happened.is_empty(), "{:?}", rig.happened);
    }

    #[test]
    fn what_somebody_takes_apart_stays_apart_until_it_is_asked_for() {
        let wanted = cable("desk:out", "card:playback");
        let mut rig = Rig::wanting(vec![wish("desk:out", "card:playback")]);
        rig.look(&graph(&[]), &[], 1);
        rig.wishes.tried(&wanted, Ok(()), &mut rig.happened);
        rig.look(&graph(&[]), &[], 0);
        rig.look(&graph(&[]), &[], 0);
        assert_eq!(rig.state(), WantedState::Parted);
        assert_eq!(rig.happened, [What::Parted(wanted.clone())]);
        rig.wishes.again(&wanted);
        rig.look(&graph(&[]), &[], 1);
    }

    #[test]
    fn ours_go_when_nobody_wants_them_and_anothers_never() {
        let standing = cable("desk:out", "card:playback");
        let mut theirs = wish("desk:out", "card:playback");
        theirs.is_anothers = true;
        let mut rig = Rig::wanting(vec![theirs]);
        rig.look(&graph(std::slice::from_ref(&standing)), &[], 0);
        assert_eq!(rig.state(), WantedState::Stands);
        assert!(rig.wishes.set(Vec::new()).is_empty(), "it stood before");

        // An earlier run of the daemon made it: it is ours, and found standing.
        let mut rig = Rig::wanting(vec![wish("desk:out", "card:playback")]);
        rig.look(&graph(std::slice::from_ref(&standing)), &[], 0);
        assert_eq!(rig.wishes.set(Vec::new()), [standing]);
    }

    #[track_caller]
    fn is_refused(from: &str, to: &str, said: &str) {
        let mut rig = Rig::wanting(vec![wish(from, to)]);
        rig.look(&graph(&[]), &[], 0);
        rig.look(&graph(&[]), &[], 0);
        assert_eq!(rig.happened.len(), 1, "it is said once");
        let WantedState::Refused { why } = rig.state() else {
            panic!("{:?}", rig.state());
        };
        assert!(why.contains(said), "{why}");
    }

    #[test]
    fn what_cannot_be_connected_is_said() {
        is_refused("card:playback", "card:playback", "goes in there");
        is_refused("desk:out", "card:capture", "comes out there");
        is_refused("desk:out", "card:midi", "MIDI");
    }

    #[test]
    fn a_refusal_of_the_server_is_tried_some_times_and_then_said() {
        let wanted = cable("desk:out", "card:playback");
        let mut rig = Rig::wanting(vec![wish("desk:out", "card:playback")]);
        for _ in 0..TRIES {
            rig.look(&graph(&[]), &[], 1);
            let no = Err("not now".to_owned());
            rig.wishes.tried(&wanted, no, &mut rig.happened);
        }
        rig.look(&graph(&[]), &[], 0);
        let why = "not now".to_owned();
        assert_eq!(rig.state(), WantedState::Refused { why });
        assert_eq!(rig.happened.len(), 1);
    }
}
