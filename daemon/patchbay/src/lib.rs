//! The studio's audio hardware: JACK ports, ALSA cards, MIDI out and the insert loop.
//!
//! Nothing here makes its caller wait for an audio server: a server that is stopped, or one stopped
//! client of it, stalls everybody who opens a client, so that is done on a thread of its own.

mod cards;
mod client;
mod freewheel;
mod hardware;
mod insert;
mod join;
mod live;
mod loopback;
mod loopback_line;
mod loopback_words;
mod measuring;
mod midi;
mod midi_transport;
mod moment;
mod print;
mod pulled;
mod seat;
mod session;
mod take;
mod watch;

pub use cards::{
    Abilities, CardHappening, CardWatch, CardWhat, ClockElement, Fader, MixerElement, SeenCard,
    SeenCards, Stream, StreamRun, Way,
};
pub use freewheel::Pace;
pub use hardware::{Card, Hardware, JackStatus, PROBE_DEADLINE, hardware};
pub use insert::{
    CallCosts, Insert, InsertError, InsertTarget, JackInsert, Pass, ReturnCommand, ReturnServer,
    serve_return,
};
pub use join::join_prints;
pub use live::{Live, LiveError, LiveServer, LiveSettings, LiveWork};
pub use loopback::{Loopback, LoopbackChannel, LoopbackSettings, SelfTest, self_test};
pub use loopback_words::LoopbackWords;
pub use measuring::{MeasureError, measure};
pub use midi::{LONGEST_MESSAGE, MidiError, midi_ports, send_midi};
pub use midi_transport::{MidiTransport, TransportWord};
pub use print::{
    LookedAt, OtherClock, Overs, PrintError, PrintSettings, PrintedTake, Printing, Song,
    align_take, look_at_take, print_song,
};
pub use session::{
    Carries, Dim, LOOPBACK_PERIOD, LevelNow, Listen, MakeSections, OtherRate, RoundTrip, Run,
    Section, Session, SessionError, SessionNow, SessionPlace, SessionSettings, SessionState,
    Source, SourceError, SourceLevel, WayPorts, WaySettings,
};
pub use take::TakeError;
pub use watch::{
    Connection, FALL_DB_PER_S, HAPPENINGS_KEPT, Happening, Level, Levels, PortKind, Seen, SeenPort,
    ServerFacts, ServerState, WantedConnection, WantedState, Watch, What, Wish,
};
