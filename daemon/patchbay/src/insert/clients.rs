//! Send and return as two clients of a JACK server, on a thread of their own that nobody waits for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use jack::{
    AsyncClient, AudioIn, AudioOut, Client, ClientStatus, Control, NotificationHandler, Port,
    ProcessHandler, ProcessScope,
};

use crate::freewheel::{self, Pace};
use crate::insert::shared::Shared;
use crate::insert::sides::{MOST_CHANNELS, ReturnSide, SendSide};
use crate::insert::{InsertError, JackInsert};
use crate::pulled::PulledWatch;
use crate::seat::{self, LossNotice, NoSeat, Seated};

/// How often the holder looks after ports.
const LOOK: Duration = Duration::from_millis(50);

/// The server as it was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Server {
    pub(crate) rate_hz: u32,
    pub(crate) period_frames: u32,
}

/// The audio threads' ends, made when the server's rate is known.
pub(crate) type MakeSides = Box<dyn FnOnce(Server) -> (SendSide, ReturnSide) + Send>;

/// What the holder is told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    /// The server shall run at this pace.
    Pace(Pace),
}

/// Opens both clients, tells how that went, and holds them until nobody wants them.
pub(crate) fn hold(
    settings: &JackInsert,
    make: MakeSides,
    shared: &Arc<Shared>,
    (opened, orders): (&SyncSender<Result<Server, InsertError>>, &Receiver<Order>),
) {
    let held = match start(settings, make, shared) {
        Ok(held) => held,
        Err(error) => {
            // The asker may have stopped waiting.
            let _ = opened.try_send(Err(error));
            return;
        }
    };
    if opened.try_send(Ok(held.server)).is_err() {
        return;
    }
    let mut pulled = PulledWatch::default();
    loop {
        match orders.recv_timeout(LOOK) {
            Ok(Order::Pace(pace)) => {
                if !freewheel::set(held.send.as_client(), pace) {
                    shared.is_gone.store(true, Ordering::Release);
                }
            }
            Err(RecvTimeoutError::Timeout) => (),
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if held.send.is_lost() {
            shared.is_gone.store(true, Ordering::Release);
            return;
        }
        if held.is_connected(settings) {
            pulled.stand();
        } else if pulled.missing(shared.calls()) {
            shared.are_ports_lost.store(true, Ordering::Release);
        }
    }
    if shared.is_freewheeling.load(Ordering::Relaxed) && !shared.is_gone.load(Ordering::Acquire) {
        // Others live on this server, in the world's time.
        freewheel::set(held.send.as_client(), Pace::RealTime);
    }
}

struct Held {
    server: Server,
    send: Seated<AsyncClient<Notices, SendClient>>,
    back: Seated<AsyncClient<Notices, ReturnClient>>,
}

impl Held {
    /// True while each connection that was made stands.
    fn is_connected(&self, settings: &JackInsert) -> bool {
        let stands = |client: &Client, own: String, other: &str| {
            let port = client.port_by_name(&own);
            port.is_some_and(|port| port.is_connected_to(other).unwrap_or(false))
        };
        let (send, back) = (self.send.as_client(), self.back.as_client());
        let mut sends = settings.send.iter().enumerate();
        let mut returns = settings.back.iter().enumerate();
        sends.all(|(n, port)| stands(send, own(send, "out", n), port))
            && returns.all(|(n, port)| stands(back, own(back, "in", n), port))
    }
}

/// The server may have given another name where this one was taken.
fn own(client: &Client, kind: &str, n: usize) -> String {
    format!("{}:{kind}_{}", client.name(), n + 1)
}

fn no_server(why: NoSeat) -> InsertError {
    InsertError::NoServer {
        why: why.to_string(),
    }
}

fn start(
    settings: &JackInsert,
    make: MakeSides,
    shared: &Arc<Shared>,
) -> Result<Held, InsertError> {
    let open = |name: &str| seat::open(&format!("{}-{name}", settings.name)).map_err(no_server);
    let (send, back) = (open("send")?, open("return")?);
    let server = Server {
        rate_hz: send.sample_rate(),
        period_frames: send.buffer_size(),
    };
    if let Some(wanted_hz) = settings.rate_hz.filter(|rate| *rate != server.rate_hz) {
        return Err(InsertError::OtherRate {
            server_hz: server.rate_hz,
            wanted_hz,
        });
    }
    let (send_side, return_side) = make(server);
    let count = settings.send.len();
    let outputs = (1..=count)
        .map(|n| send.register_port(&format!("out_{n}"), AudioOut::default()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| no_server(error.into()))?;
    let inputs = (1..=count)
        .map(|n| back.register_port(&format!("in_{n}"), AudioIn::default()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| no_server(error.into()))?;
    let notices = |loss: LossNotice| Notices {
        shared: Arc::clone(shared),
        loss,
    };
    let (send_notices, return_notices) = (notices(send.notice()), notices(back.notice()));
    let send_client = SendClient {
        shared: Arc::clone(shared),
        ports: outputs,
        side: send_side,
    };
    let return_client = ReturnClient {
        shared: Arc::clone(shared),
        ports: inputs,
        side: return_side,
    };
    let held = Held {
        server,
        send: send
            .activate(send_notices, send_client)
            .map_err(no_server)?,
        back: back
            .activate(return_notices, return_client)
            .map_err(no_server)?,
    };
    connect(&held, settings)?;
    Ok(held)
}

fn connect(held: &Held, settings: &JackInsert) -> Result<(), InsertError> {
    let (send, back) = (held.send.as_client(), held.back.as_client());
    let out = settings.send.iter().enumerate();
    let out = out.map(|(n, port)| (own(send, "out", n), port.clone()));
    let into = settings.back.iter().enumerate();
    let into = into.map(|(n, port)| (port.clone(), own(back, "in", n)));
    for (from, to) in out.chain(into) {
        send.connect_ports_by_name(&from, &to)
            .map_err(|error| InsertError::Connection {
                from,
                to,
                why: error.to_string(),
            })?;
    }
    Ok(())
}

struct SendClient {
    shared: Arc<Shared>,
    ports: Vec<Port<AudioOut>>,
    side: SendSide,
}

impl ProcessHandler for SendClient {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        self.shared.send_cost.count(|| {
            let mut slots: [&mut [f32]; MOST_CHANNELS] = std::array::from_fn(|_| &mut [][..]);
            let channels = self.ports.len().min(MOST_CHANNELS);
            for (slot, port) in slots.iter_mut().zip(&mut self.ports) {
                *slot = port.as_mut_slice(scope);
            }
            self.side
                .process(scope.last_frame_time(), &mut slots[..channels]);
        });
        Control::Continue
    }
}

struct ReturnClient {
    shared: Arc<Shared>,
    ports: Vec<Port<AudioIn>>,
    side: ReturnSide,
}

impl ProcessHandler for ReturnClient {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        self.shared.return_cost.count(|| {
            let mut slots: [&[f32]; MOST_CHANNELS] = [&[]; MOST_CHANNELS];
            let channels = self.ports.len().min(MOST_CHANNELS);
            for (slot, port) in slots.iter_mut().zip(&self.ports) {
                *slot = port.as_slice(scope);
            }
            self.side
                .process(scope.last_frame_time(), &slots[..channels]);
        });
        Control::Continue
    }
}

/// What the server says besides.
struct Notices {
    shared: Arc<Shared>,
    loss: LossNotice,
}

impl NotificationHandler for Notices {
    #[expect(
        unsafe_code,
        reason = "the trait has it so; an atomic store is safe in a signal handler"
    )]
    unsafe fn shutdown(&mut self, _: ClientStatus, _: &str) {
        self.shared.is_gone.store(true, Ordering::Release);
        self.loss.tell();
    }

    fn freewheel(&mut self, _: &Client, is_on: bool) {
        self.shared.is_freewheeling.store(is_on, Ordering::Release);
    }

    fn xrun(&mut self, _: &Client) -> Control {
        self.shared.xruns.fetch_add(1, Ordering::Relaxed);
        Control::Continue
    }
}
