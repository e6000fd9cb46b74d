//! The order's page: the desk's for staff, the portal's for its client.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use mastering::money::QuoteAbout;
use mastering::{OrderNumber, RevisionNo, Stage, TrackId};
use studio::{AccountView, Denied, Offer, OrderPage, Right, Visitor};

use crate::door::Door;
use crate::pages::{Told, draw};
use crate::trouble::Trouble;
use crate::view::{Frame, Inspection, OrderView};
use crate::{Web, stamp};

/// Mixes whose reports a page draws with pictures; the rest link to theirs.
const MOST_REPORTS: usize = 40;

#[derive(Template)]
#[template(path = "order_staff.html")]
struct StaffPage {
    frame: Frame,
    door: Seals,
    order: OrderView,
    plans: Vec<PlanOfSong>,
    /// The rack's chains, by name.
    chains: Vec<String>,
}

#[derive(Template)]
#[template(path = "order_client.html")]
struct ClientPage {
    frame: Frame,
    door: Seals,
    order: OrderView,
    /// What is owed and why; none for those of the client's people who see no money.
    owed: Option<Vec<String>>,
    /// The quote for the request that waits.
    quote: Option<QuoteShown>,
    notices: Vec<Told>,
    has_guests: bool,
}

/// A quote for a request, as its page shows it.
struct QuoteShown {
    no: String,
    total: String,
    /// The day it lapses, if it does.
    lapses: Option<String>,
}

impl QuoteShown {
    fn of(account: &AccountView, no: u32) -> Option<Self> {
        let mut quotes = account.open_quotes.iter();
        let quote = quotes.find(|q| q.about == QuoteAbout::Request { no })?;
        Some(Self {
            no: quote.quote.to_string(),
            total: quote.total.to_string(),
            lapses: quote.stands_until.clone(),
        })
    }
}

impl ClientPage {
    /// Whether whoever looks may accept a quote.
    fn may_accept(&self) -> bool {
        self.door.door.visitor.may(Right::Approve)
    }

    fn unread(&self) -> usize {
        self.notices.iter().filter(|n| !n.is_read).count()
    }
}

/// The plan of one song at the revision being worked on.
struct PlanOfSong {
    track: String,
    title: String,
    chain: String,
    reasons: Vec<String>,
    engine: String,
    /// The chain of the rack that it is printed through; empty where it is rendered.
    rack: String,
    /// Whether its way may be chosen now.
    may_print: bool,
}

/// The hidden fields of the page's forms.
struct Seals {
    door: Door,
    seq: u64,
}

impl Seals {
    /// Token, key and number for the form that posts to `action`.
    fn hidden(&self, action: &str) -> String {
        let seq = self.seq;
        format!(
            "{}<input type=\"hidden\" name=\"seq\" value=\"{seq}\">",
            self.loose(action)
        )
    }

    /// The same for what may be said whatever happened meanwhile.
    fn loose(&self, action: &str) -> String {
        // Hexadecimal digits only: nothing to escape.
        let (token, key) = (self.door.token(action), stamp::fresh_key());
        format!(
            "<input type=\"hidden\" name=\"form_token\" value=\"{token}\">\
             <input type=\"hidden\" name=\"key\" value=\"{key}\">"
        )
    }
}

pub(super) async fn show(State(web): State<Web>, door: Door) -> Result<Response, Trouble> {
    let page = door.order(&web).await?;
    let project = std::sync::Arc::clone(&page.project);
    let plans = if door.visitor.is_staff() {
        plans(&web, &door, &page).await?
    } else {
        Vec::new()
    };
    let seq = page.seq;
    let mut order = OrderView::of(page, &door.visitor, &door.base);
    let with_findings = order.mixes.iter_mut().filter(|m| !m.findings.is_empty());
    for mix in with_findings.take(MOST_REPORTS) {
        let Some(id) = project.mixes.keys().find(|id| id.as_str() == mix.id) else {
            continue;
        };
        // Without its report a mix still shows what the journal knows of it.
        match web.studio.report(&door.visitor, door.number, id).await {
            Ok(report) => {
                let read: Inspection =
                    serde_json::from_value(report.inspection).unwrap_or_default();
                mix.with_report(&door.base, &read);
            }
            Err(error) => {
                tracing::warn!(%error, order = %door.number, mix = %id, "a report could not be read");
            }
        }
    }
    let number = door.number;
    let frame = if door.base.starts_with("/p/") {
        Frame::by_link(&door.visitor, &door.base)
    } else {
        Frame::of(&door.visitor, door.secret(), "orders")
    };
    tracing::debug!(order = %number, "an order's page is drawn");
    let is_staff = door.visitor.is_staff();
    let account = if is_staff || !door.visitor.may(Right::SeeMoney) {
        None
    } else {
        let account = web.studio.account(&door.visitor, number).await;
        Some(account.map_err(|denied| door.trouble(denied))?)
    };
    let asked = order.terms.request.as_ref().map(|request| request.no);
    let quote = account
        .as_ref()
        .zip(asked)
        .and_then(|(account, no)| QuoteShown::of(account, no));
    let door = Seals { door, seq };
    if is_staff {
        let chains = chain_names(&web, &door.door.visitor).await?;
        draw(&StaffPage {
            chains,
            frame,
            door,
            order,
            plans,
        })
    } else {
        let told = web.studio.notices(&door.door.visitor).await?.into_iter();
        let told = told.filter(|line| line.number == Some(number));
        draw(&ClientPage {
            notices: told.map(|line| Told::of(line, &web.zone())).collect(),
            has_guests: door.door.visitor.holds_account(),
            frame,
            door,
            order,
            owed: account.map(|account| account.owed),
            quote,
        })
    }
}

/// The rack's chains, by name.
async fn chain_names(web: &Web, visitor: &Visitor) -> Result<Vec<String>, Trouble> {
    let chains = web.studio.rack_chains(visitor).await?;
    Ok(chains.into_iter().map(|chain| chain.id).collect())
}

async fn plans(web: &Web, door: &Door, page: &OrderPage) -> Result<Vec<PlanOfSong>, Trouble> {
    let Some(revision) = page.project.stage.revision() else {
        return Ok(Vec::new());
    };
    let mut plans = Vec::new();
    for track in &page.project.tracks {
        let plan = plan(web, door, door.number, (revision, &track.id)).await?;
        let may_change = page.offers.contains(&Offer::ChangePlan);
        let version = page.project.revisions.get(&revision);
        let version = version.and_then(|r| r.tracks.get(&track.id));
        let is_awaited = matches!(page.project.stage, Stage::Mastering { .. })
            && version.is_some_and(|v| v.master.is_none());
        let may_print = may_change || is_awaited;
        if let Some(plan) = plan.or_else(|| may_print.then(PlanOfSong::none)) {
            plans.push(PlanOfSong {
                rack: version.and_then(|v| v.rack.clone()).unwrap_or_default(),
                may_print,
                track: track.id.to_string(),
                title: track.title.clone(),
                ..plan
            });
        }
    }
    Ok(plans)
}

impl PlanOfSong {
    /// No plan yet: the engine makes one when the masters are made.
    fn none() -> Self {
        Self {
            track: String::new(),
            title: String::new(),
            chain: String::new(),
            reasons: Vec::new(),
            engine: String::new(),
            rack: String::new(),
            may_print: false,
        }
    }
}

async fn plan(
    web: &Web,
    door: &Door,
    number: OrderNumber,
    of: (RevisionNo, &TrackId),
) -> Result<Option<PlanOfSong>, Trouble> {
    match web.studio.plan(&door.visitor, number, of.0, of.1).await {
        Ok(plan) => Ok(Some(PlanOfSong {
            chain: plan.chain_toml,
            reasons: plan.reasons,
            engine: plan.engine,
            ..PlanOfSong::none()
        })),
        Err(Denied::NotFound | Denied::Refused(_)) => Ok(None),
        Err(denied) => Err(door.trouble(denied)),
    }
}
