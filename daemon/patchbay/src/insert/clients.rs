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
use crate::insert::shared::{Shared, Which};
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
                if held
                    .any()
                    .is_none_or(|client| !freewheel::set(client, pace))
                {
                    shared.is_gone.store(true, Ordering::Release);
                }
            }
            Err(RecvTimeoutError::Timeout) => (),
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if held.is_lost() {
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
        if let Some(client) = held.any() {
            freewheel::set(client, Pace::RealTime);
        }
    }
}

struct Held {
    server: Server,
    send: Option<Seated<AsyncClient<Notices, SendClient>>>,
    back: Option<Seated<AsyncClient<Notices, ReturnClient>>>,
}

impl Held {
    fn send(&self) -> Option<&Client> {
        self.send.as_ref().map(|client| client.as_client())
    }

    fn back(&self) -> Option<&Client> {
        self.back.as_ref().map(|client| client.as_client())
    }

    fn any(&self) -> Option<&Client> {
        self.send().or(self.back())
    }

    fn is_lost(&self) -> bool {
        self.send.as_ref().is_some_and(Seated::is_lost)
            || self.back.as_ref().is_some_and(Seated::is_lost)
    }

    /// Ports of the send, each with the one it leads to.
    fn sends(&self, settings: &JackInsert) -> Vec<(String, String)> {
        let ports = settings.send.iter().enumerate();
        let of = |(n, port): (usize, &String)| Some((own(self.send()?, "out", n), port.clone()));
        ports.filter_map(of).collect()
    }

    /// Ports of the return, each with the one that leads to it.
    fn returns(&self, settings: &JackInsert) -> Vec<(String, String)> {
        let ports = settings.back.iter().enumerate();
        let of = |(n, port): (usize, &String)| Some((own(self.back()?, "in", n), port.clone()));
        ports.filter_map(of).collect()
    }

    /// True while each connection that was made stands.
    fn is_connected(&self, settings: &JackInsert) -> bool {
        // A client is only asked about ports of its own.
        let stands = |client: Option<&Client>, (own, other): &(String, String)| {
            let port = client.and_then(|client| client.port_by_name(own));
            port.is_some_and(|port| port.is_connected_to(other).unwrap_or(false))
        };
        let (send, back) = (self.send(), self.back());
        self.sends(settings).iter().all(|pair| stands(send, pair))
            && self.returns(settings).iter().all(|pair| stands(back, pair))
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
    let send = match shared.which {
        Which::Both | Which::Send => Some(open("send")?),
        Which::Return => None,
    };
    let back = match shared.which {
        Which::Both | Which::Return => Some(open("return")?),
        Which::Send => None,
    };
    let first = send.as_ref().or(back.as_ref());
    let first = first.ok_or_else(|| no_server(NoSeat::NoServer))?;
    let server = Server {
        rate_hz: first.sample_rate(),
        period_frames: first.buffer_size(),
    };
    if let Some(wanted_hz) = settings.rate_hz.filter(|rate| *rate != server.rate_hz) {
        return Err(InsertError::OtherRate {
            server_hz: server.rate_hz,
            wanted_hz,
        });
    }
    let (send_side, return_side) = make(server);
    let notices = |loss: LossNotice| Notices {
        shared: Arc::clone(shared),
        loss,
    };
    let send = send.map(|client| {
        let ports = (1..=settings.send.len())
            .map(|n| client.register_port(&format!("out_{n}"), AudioOut::default()))
            .collect::<Result<Vec<_>, _>>()?;
        let work = SendClient {
            shared: Arc::clone(shared),
            ports,
            side: send_side,
        };
        let notices = notices(client.notice());
        client.activate(notices, work)
    });
    let back = back.map(|client| {
        let ports = (1..=settings.back.len())
            .map(|n| client.register_port(&format!("in_{n}"), AudioIn::default()))
            .collect::<Result<Vec<_>, _>>()?;
        let work = ReturnClient {
            shared: Arc::clone(shared),
            ports,
            side: return_side,
        };
        let notices = notices(client.notice());
        client.activate(notices, work)
    });
    let held = Held {
        server,
        send: send.transpose().map_err(no_server)?,
        back: back.transpose().map_err(no_server)?,
    };
    connect(&held, settings)?;
    Ok(held)
}

fn connect(held: &Held, settings: &JackInsert) -> Result<(), InsertError> {
    let Some(client) = held.any() else {
        return Ok(());
    };
    let sends = held.sends(settings);
    let returns = held.returns(settings);
    let returns = returns.into_iter().map(|(own, other)| (other, own));
    for (from, to) in sends.into_iter().chain(returns) {
        client
            .connect_ports_by_name(&from, &to)
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
