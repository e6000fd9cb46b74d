//! The patchbay: the audio server and the cards as they are now, and the connections the studio wants to stand.

mod view;
mod words;

use std::sync::Arc;
use std::time::Duration;

use ::patchbay::{CardWatch, Connection, Levels, SeenCards, Watch, Wish};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use vault::{Vault, Write};

pub use self::view::{
    CardView, ClockView, ConnectionView, ElementView, FaderView, HappeningView, PatchbayView,
    PortUse, PortView, ServerView, StreamView, WantedView,
};
use super::Studio;
use super::journal::{Decision, decided};
use crate::access::{Right, Visitor};
use crate::config::PatchbaySection;
use crate::denied::Denied;

/// Where the wanted connections are kept.
const SETTING: &str = "patchbay.connections";
/// Most wanted connections.
const MOST_WANTED: usize = 512;
/// Longest full name of a port, in bytes; JACK's own limit is 320.
const LONGEST_PORT: usize = 320;
/// How long the end of the daemon waits for the audio server to let its client go.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// A wanted connection as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    from: String,
    to: String,
    /// True where somebody else had made it before it was wanted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_anothers: bool,
}

/// What a page's script asks often: no more than a number that moves with every change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PatchbayVersion {
    /// Of the server, its ports and connections.
    pub server: u64,
    /// Of the cards.
    pub cards: u64,
}

/// What looks at the hardware, for as long as the studio is open.
#[derive(Debug)]
pub(crate) struct Patchbay {
    watch: Option<Watch>,
    cards: Option<CardWatch>,
    /// One change of the list at a time.
    list: Mutex<()>,
}

impl Patchbay {
    /// Begins to watch, unless that is switched off, and wants what was wanted when the studio closed.
    pub(crate) fn open(
        section: Option<&PatchbaySection>,
        vault: &Vault,
    ) -> Result<Self, vault::VaultError> {
        let list = Mutex::new(());
        let Some(section) = section else {
            return Ok(Self {
                watch: None,
                cards: None,
                list,
            });
        };
        // Nothing is wanted of a list that cannot be read, and nothing overwrites it.
        let kept = kept(vault)?.unwrap_or_else(|error| {
            tracing::error!(%error, "the wanted connections of the patchbay cannot be read");
            Vec::new()
        });
        let begun = |what: &str, error: std::io::Error| {
            tracing::error!(%error, "the {what} cannot be watched: the system gives no thread");
        };
        let watch = Watch::start(&section.client_name).map_err(|e| begun("audio server", e));
        let cards = CardWatch::start().map_err(|e| begun("sound cards", e));
        let watch = watch.ok();
        if let Some(watch) = &watch {
            watch.want(wishes(&kept));
        }
        Ok(Self {
            watch,
            cards: cards.ok(),
            list,
        })
    }

    /// Lets the audio server go.
    pub(crate) async fn close(self: Arc<Self>) {
        let closing = tokio::task::spawn_blocking(move || {
            let watch = self.watch.as_ref();
            watch.is_none_or(|watch| watch.close(CLOSE_TIME))
        });
        if !closing.await.unwrap_or(false) {
            tracing::warn!("the audio server did not let Lacquer's client go in time");
        }
    }

    /// What looks at the audio server; none where that is switched off.
    pub(crate) fn watch(&self) -> Option<&Watch> {
        self.watch.as_ref()
    }

    fn seen_cards(&self) -> Arc<SeenCards> {
        self.cards.as_ref().map(CardWatch::now).unwrap_or_default()
    }
}

fn wishes(kept: &[Kept]) -> Vec<Wish> {
    let wish = |kept: &Kept| Wish {
        connection: Connection {
            from: kept.from.clone(),
            to: kept.to.clone(),
        },
        is_anothers: kept.is_anothers,
    };
    kept.iter().map(wish).collect()
}

/// The list as it is kept.
fn kept(vault: &Vault) -> Result<serde_json::Result<Vec<Kept>>, vault::VaultError> {
    let text = vault.setting(SETTING)?;
    Ok(text.map_or(Ok(Vec::new()), |text| serde_json::from_str(&text)))
}

fn unread(error: &serde_json::Error) -> Denied {
    Denied::fault("the wanted connections cannot be read", error)
}

impl Studio {
    /// Everything the patchbay shows, as it is now.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn patchbay(&self, visitor: &Visitor) -> Result<PatchbayView, Denied> {
        visitor.must(Right::ReadHouse)?;
        let units = self.rack_units(visitor).await?;
        let (watch, cards) = (self.patchbay.watch.as_ref(), self.patchbay.seen_cards());
        let seen = watch.map(Watch::now);
        let levels = watch.map(Watch::levels).unwrap_or_default();
        Ok(view::view(seen.as_deref(), &levels, &cards, &units))
    }

    /// Moves whenever [`Studio::patchbay`] would give something else than levels and load.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub fn patchbay_version(&self, visitor: &Visitor) -> Result<PatchbayVersion, Denied> {
        visitor.must(Right::ReadHouse)?;
        let watch = self.patchbay.watch.as_ref();
        Ok(PatchbayVersion {
            server: watch.map_or(0, |watch| watch.now().version),
            cards: self.patchbay.seen_cards().version,
        })
    }

    /// What the hardware's ports carry now.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub fn patchbay_levels(&self, visitor: &Visitor) -> Result<Arc<Levels>, Denied> {
        visitor.must(Right::ReadHouse)?;
        let watch = self.patchbay.watch.as_ref();
        Ok(watch.map(Watch::levels).unwrap_or_default())
    }

    /// Wants a connection from now on: it is made whenever both ports are there. One that somebody else has made
    /// is kept from then on, and stays theirs.
    ///
    /// # Errors
    /// What cannot be a connection, in a sentence.
    pub async fn want_connection(
        &self,
        visitor: &Visitor,
        (from, to): (&str, &str),
    ) -> Result<(), Denied> {
        visitor.must(Right::Master)?;
        let watch = self.watched()?;
        let wanted = Kept {
            is_anothers: stands(watch, from, to),
            from: port(from)?,
            to: port(to)?,
        };
        let decision = Decision::ConnectionWanted {
            from: wanted.from.clone(),
            to: wanted.to.clone(),
        };
        self.change_list(visitor, decision, |list| {
            if list
                .iter()
                .any(|k| k.from == wanted.from && k.to == wanted.to)
            {
                return Err(Denied::Invalid("it is wanted already".to_owned()));
            }
            if list.len() >= MOST_WANTED {
                let most = format!("more than {MOST_WANTED} connections are not kept");
                return Err(Denied::Invalid(most));
            }
            list.push(wanted);
            Ok(())
        })
        .await
    }

    /// Wants a connection no more, and takes it apart where it was made for us.
    ///
    /// # Errors
    /// `NotFound` where nobody wanted it.
    pub async fn unwant_connection(
        &self,
        visitor: &Visitor,
        (from, to): (&str, &str),
    ) -> Result<(), Denied> {
        visitor.must(Right::Master)?;
        let decision = Decision::ConnectionUnwanted {
            from: from.to_owned(),
            to: to.to_owned(),
        };
        self.change_list(visitor, decision, |list| {
            let before = list.len();
            list.retain(|kept| kept.from != from || kept.to != to);
            if list.len() == before {
                return Err(Denied::NotFound);
            }
            Ok(())
        })
        .await
    }

    /// Makes a wanted connection again that somebody took apart, or that the server refused.
    ///
    /// # Errors
    /// `NotFound` where nobody wanted it.
    pub async fn connect_again(
        &self,
        visitor: &Visitor,
        (from, to): (&str, &str),
    ) -> Result<(), Denied> {
        visitor.must(Right::Master)?;
        let list = self.access.read(kept).await?.map_err(|e| unread(&e))?;
        if !list.iter().any(|k| k.from == from && k.to == to) {
            return Err(Denied::NotFound);
        }
        self.watched()?.again(Connection {
            from: from.to_owned(),
            to: to.to_owned(),
        });
        Ok(())
    }

    fn watched(&self) -> Result<&Watch, Denied> {
        let watch = self.patchbay.watch.as_ref();
        watch.ok_or_else(|| Denied::Invalid(words::OFF.to_owned()))
    }

    async fn change_list(
        &self,
        visitor: &Visitor,
        decision: Decision,
        change: impl FnOnce(&mut Vec<Kept>) -> Result<(), Denied>,
    ) -> Result<(), Denied> {
        let _one_at_a_time = self.patchbay.list.lock().await;
        let list = self.access.read(kept).await?;
        let mut list = list.map_err(|e| unread(&e))?;
        change(&mut list)?;
        let value = serde_json::to_string(&list)
            .map_err(|e| Denied::fault("the connections could not be kept", &e))?;
        let rows = vec![
            decided(visitor, "", &decision),
            Write::Setting {
                name: SETTING.to_owned(),
                value,
            },
        ];
        self.desk.keep(rows).await?;
        if let Some(watch) = &self.patchbay.watch {
            watch.want(wishes(&list));
        }
        Ok(())
    }
}

fn stands(watch: &Watch, from: &str, to: &str) -> bool {
    let seen = watch.now();
    seen.connections
        .iter()
        .any(|c| c.from == from && c.to == to)
}

/// A port's full name as somebody wrote it.
fn port(name: &str) -> Result<String, Denied> {
    let name = name.trim();
    let is_whole = name
        .split_once(':')
        .is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
    if !is_whole || name.len() > LONGEST_PORT || name.chars().any(char::is_control) {
        return Err(Denied::Invalid(format!(
            "a port is named as the server names it, such as system:playback_1, not {name:?}"
        )));
    }
    Ok(name.to_owned())
}
