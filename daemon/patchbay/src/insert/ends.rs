//! The ends of an insert on a server, opened on a thread of their own, and what reaches to them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use rtrb::{Consumer, Producer, RingBuffer};

use crate::insert::clients::{Order, Server, hold};
use crate::insert::guard::Guard;
use crate::insert::shared::{Report, Shared, Which};
use crate::insert::sides::{ReturnSide, SendSide};
use crate::insert::{InsertError, JackInsert};

/// Longest time that opening takes.
pub(super) const OPEN_DEADLINE: Duration = Duration::from_secs(10);
/// A server that calls no more is dead after this, or after so many periods where that is longer.
const SILENCE: Duration = Duration::from_millis(250);
const SILENT_PERIODS: u32 = 8;
/// Seconds that each ring holds: what a disk may take for itself.
const RING_S: usize = 4;
/// Reports that may wait.
const REPORTS: usize = 1_024;

/// Open clients, and the other side of their rings.
#[derive(Debug)]
pub(super) struct JackEnds {
    pub(super) shared: Arc<Shared>,
    pub(super) server: Server,
    pub(super) channels: usize,
    pub(super) sends: Producer<f32>,
    pub(super) returns: Consumer<f32>,
    /// Of the send and of the return.
    pub(super) reports: [Consumer<Report>; 2],
    orders: SyncSender<Order>,
    /// Nothing is ever sent: it is disconnected when the clients are closed.
    closed: Receiver<()>,
}

/// What the asker keeps: the rings' other sides.
type Asked = (Producer<f32>, Consumer<f32>, [Consumer<Report>; 2]);

impl JackEnds {
    /// Opens the clients of both ends, or of one.
    pub(super) fn open(settings: JackInsert, which: Which) -> Result<Self, InsertError> {
        let channels = settings.back.len().max(settings.send.len());
        let shared = Arc::new(Shared::new(which));
        let (opened, answer) = mpsc::sync_channel(1);
        let (ends, made) = mpsc::sync_channel::<Asked>(1);
        let (orders, ordered) = mpsc::sync_channel(4);
        let (open, closed) = mpsc::sync_channel(0);
        let (theirs, ceiling_dbfs) = (Arc::clone(&shared), settings.ceiling_dbfs);
        let make = {
            let shared = Arc::clone(&shared);
            move |server: Server| {
                let rate = server.rate_hz;
                let room = RING_S * rate as usize * channels;
                let (sends, to_send) = RingBuffer::new(room);
                let (returned, returns) = RingBuffer::new(room);
                let (say_sent, sent) = RingBuffer::new(REPORTS);
                let (say_back, back) = RingBuffer::new(REPORTS);
                // The asker waits for the answer that follows.
                let _ = ends.try_send((sends, returns, [sent, back]));
                let guard = Guard::new(rate, channels, ceiling_dbfs);
                (
                    SendSide::new(Arc::clone(&shared), (to_send, say_sent), channels, rate),
                    ReturnSide::new(shared, (returned, say_back), channels, guard),
                )
            }
        };
        let named = thread::Builder::new().name("patchbay-insert".to_owned());
        named
            .spawn(move || {
                hold(&settings, Box::new(make), &theirs, (&opened, &ordered));
                drop::<SyncSender<()>>(open);
            })
            .map_err(|error| InsertError::NoServer {
                why: format!("no thread could be started for it: {error}"),
            })?;
        let server = match answer.recv_timeout(OPEN_DEADLINE) {
            Ok(server) => server?,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(InsertError::NotAnswering);
            }
        };
        let (sends, returns, reports) = made.try_recv().map_err(|_| InsertError::NotAnswering)?;
        Ok(Self {
            shared,
            server,
            channels,
            sends,
            returns,
            reports,
            orders,
            closed,
        })
    }

    /// True where the thread that holds the clients took it.
    pub(super) fn order(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }

    /// Frames that the return's ring holds.
    pub(super) fn returned_frames(&self) -> u64 {
        (self.returns.slots() / self.channels) as u64
    }

    /// Whether server and ports are there.
    pub(super) fn look(&self) -> Result<(), InsertError> {
        if self.shared.is_gone.load(Ordering::Acquire) {
            return Err(InsertError::Gone);
        }
        if self.shared.are_ports_lost.load(Ordering::Acquire) {
            return Err(InsertError::PortsLost);
        }
        Ok(())
    }

    /// Forgets what a pass left behind.
    pub(super) fn empty(&mut self) {
        for reports in &mut self.reports {
            while reports.pop().is_ok() {}
        }
        if let Ok(chunk) = self.returns.read_chunk(self.returns.slots()) {
            chunk.commit_all();
        }
    }

    /// How long a server that lives may be silent.
    pub(super) fn patience(&self) -> Duration {
        let rate = f64::from(self.server.rate_hz);
        let period = Duration::from_secs_f64(f64::from(self.server.period_frames) / rate);
        SILENCE.max(period * SILENT_PERIODS)
    }

    /// Closes the clients and waits for that, but no longer than this; true where they were.
    pub(super) fn close(self, patience: Duration) -> bool {
        drop(self.orders);
        self.closed.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected)
    }
}
