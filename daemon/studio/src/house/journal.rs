//! The house's own journal: what was decided beside orders and accounts, by whom, when, from where.

use mastering::{OrderNumber, RevisionNo, Trust, UnixMs};
use serde::{Deserialize, Serialize};
use vault::{HOUSE_JOURNAL, HouseEventRow, HouseWrite, Page, Write};

use super::Studio;
use crate::access::{MemberRight, MemberRights, Right, Visitor};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::desk::actor_code;
use crate::orders::actor_words;
use crate::views::{Role, Telling};

/// Lines of a page of the journal.
const LINES: u32 = 100;

/// Something that was decided beside orders and accounts. It names nobody: whom it is about stands
/// beside it by their id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Decision {
    /// Somebody was added.
    PersonAdded { role: String },
    /// Somebody got another role.
    RoleGiven { role: String },
    /// Somebody may come in no more.
    AccountClosed,
    /// Somebody may come in again.
    AccountOpened,
    /// Somebody else set their password.
    PasswordSet,
    /// They changed it themselves.
    PasswordChanged,
    /// They set a new one by the way back in that was mailed to them.
    PasswordRecovered,
    /// Somebody else ended their sessions.
    SessionsEnded,
    /// Somebody's name or mail address was corrected.
    ContactCorrected,
    /// Mails to a refused address go out again.
    MailAgain,
    /// When a client reads what is found in their mixes.
    FindingsTold { when: String },
    /// Whether a client hears masters before they are theirs.
    TrustGiven { trust: Trust },
    /// One of a client's people was added.
    MemberAdded { rights: MemberRights },
    /// What one of a client's people may do.
    MemberRights { rights: MemberRights },
    /// One of a client's people, or a guest, is none any more.
    MemberEnded,
    /// Somebody was invited to one order.
    GuestInvited { order: OrderNumber },
    /// A link to an order was made.
    LinkMade { order: OrderNumber, earlier: String },
    /// Somebody was forgotten.
    PersonErased,
    /// A price list was saved.
    PricesSaved { version: u32 },
    /// What the studio offers was saved.
    ServicesSaved { version: u32, changed: Vec<String> },
    /// A unit of the rack was saved.
    UnitSaved { version: u32 },
    /// A chain through the rack was saved.
    ChainSaved { version: u32 },
    /// The recall sheet of a revision was begun with a chain.
    SheetBegun {
        order: OrderNumber,
        revision: RevisionNo,
    },
    /// A connection of the patchbay is to stand from now on.
    ConnectionWanted { from: String, to: String },
    /// It is to stand no more.
    ConnectionUnwanted { from: String, to: String },
    /// Somebody works live through a chain, with these units.
    LiveBegun { order: OrderNumber, units: String },
    /// No more: the units are free.
    LiveEnded { order: OrderNumber, units: String },
    /// A person said something to a print of the queue.
    PrintAnswered { answer: String },
    /// A reference passage or the proof of a recall was asked for.
    PrintAsked {
        order: OrderNumber,
        revision: RevisionNo,
        what: String,
    },
    /// Controls of the rack were set by MIDI, on the way to a revision.
    SetByMidi {
        order: OrderNumber,
        revision: RevisionNo,
        set: usize,
    },
    /// The print queue is held.
    PrintsHeld { why: String },
    /// It goes on.
    PrintsResumed,
    /// It pauses so long between two prints.
    PrintsPause { seconds: u32 },
    /// A unit was switched on or off.
    UnitSwitched { is_on: bool },
    /// A file that no rule could assign was given to an order.
    DropSettled { order: OrderNumber },
    /// A distributor's report was taken in.
    SalesTaken {
        distributor: String,
        quarter: String,
    },
    /// It was withdrawn.
    SalesWithdrawn { why: String },
    /// A person said which order a song of a report belongs to.
    SongPlaced { order: Option<OrderNumber> },
    /// A new recovery key was made.
    RecoveryKeyMade,
}

/// A line of the house's journal.
#[derive(Debug, Clone, Serialize)]
pub struct HouseLine {
    /// Its place in the journal.
    pub no: u64,
    /// When.
    pub at: UnixMs,
    /// Who.
    pub by: String,
    /// From where, where that is known.
    pub from: Option<String>,
    /// Its kind.
    pub code: String,
    /// What was decided.
    pub text: String,
}

/// A page of the house's journal, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct HouseLog {
    /// The lines.
    pub lines: Vec<HouseLine>,
    /// Mark for the older ones; none at the end.
    pub next: Option<u64>,
}

/// The row that keeps a decision.
pub(crate) fn decided(visitor: &Visitor, about: impl ToString, decision: &Decision) -> Write {
    let facts = serde_json::to_value(decision).unwrap_or_default();
    let kind = facts.get("kind").and_then(serde_json::Value::as_str);
    Write::House(HouseWrite::Event {
        row: HouseEventRow {
            at_ms: now_ms(),
            actor: actor_code(&visitor.actor()),
            kind: kind.unwrap_or_default().to_owned(),
            about: about.to_string(),
            facts: facts.to_string(),
        },
        from: visitor
            .from()
            .map(|from| (visitor.person().id.to_string(), from.to_string())),
    })
}

impl Decision {
    pub(crate) fn person_added(role: Role) -> Self {
        let role = role.code().to_owned();
        Self::PersonAdded { role }
    }

    pub(crate) fn findings_told(when: Telling) -> Self {
        let when = when.code().to_owned();
        Self::FindingsTold { when }
    }

    /// What was decided about the rack and its prints, in a sentence.
    fn of_the_rack(&self, about: &str) -> String {
        match self {
            Self::UnitSaved { version } => {
                format!("The unit {about} was saved as version {version}.")
            }
            Self::ChainSaved { version } => {
                format!("The chain {about} was saved as version {version}.")
            }
            Self::SheetBegun { order, revision } => {
                format!("The recall sheet of {order}, revision {revision} was begun with {about}.")
            }
            Self::ConnectionWanted { from, to } => connection(from, to, "is to stand from now on"),
            Self::ConnectionUnwanted { from, to } => connection(from, to, "is wanted no more"),
            Self::LiveBegun { order, units } => live(order, about, units, "began"),
            Self::LiveEnded { order, units } => live(order, about, units, "ended"),
            Self::PrintAnswered { answer } => match answer.as_str() {
                "set" => format!("Print {about}: the rack is set."),
                "accept" => format!("Print {about}: a take that slipped was accepted."),
                "convert" => {
                    format!("Print {about}: the song is converted to the server's rate.")
                }
                "restart_server" => format!("Print {about}: the audio server is restarted."),
                "stop" => format!("Print {about} was stopped."),
                _ => format!("Print {about} is made again."),
            },
            Self::PrintAsked {
                order,
                revision,
                what,
            } => match what.as_str() {
                "recall" => format!("A recall of {order}, revision {revision} is to be proved."),
                _ => format!("A reference of {order}, revision {revision} is to be printed."),
            },
            Self::SetByMidi {
                order,
                revision,
                set,
            } => format!("{set} controls were set by MIDI as for {order}, revision {revision}."),
            Self::PrintsHeld { why } if why.is_empty() => "The print queue was held.".to_owned(),
            Self::PrintsHeld { why } => format!("The print queue was held: {why}."),
            Self::PrintsResumed => "The print queue goes on.".to_owned(),
            Self::PrintsPause { seconds } => {
                format!("The print queue pauses {seconds} s between two prints.")
            }
            Self::UnitSwitched { is_on: true } => format!("The unit {about} was switched on."),
            Self::UnitSwitched { is_on: false } => format!("The unit {about} was switched off."),
            _ => String::new(),
        }
    }

    /// In a sentence; `about` is a person's name where it is about one.
    fn sentence(&self, about: &str) -> String {
        let rights = |rights: &MemberRights| {
            let codes: Vec<&str> = rights.iter().map(|right| right_words(*right)).collect();
            match codes.is_empty() {
                true => "to listen only".to_owned(),
                false => format!("to {}", codes.join(", ")),
            }
        };
        match self {
            Self::PersonAdded { role } => format!("{about} was added as {role}."),
            Self::RoleGiven { role } => format!("{about} is {role} from now on."),
            Self::AccountClosed => format!("The account of {about} was closed."),
            Self::AccountOpened => format!("The account of {about} was opened again."),
            Self::PasswordSet => format!("{about} was given a new password."),
            Self::PasswordChanged => format!("{about} changed their password."),
            Self::PasswordRecovered => {
                format!("{about} set a new password by the way back in that was mailed.")
            }
            Self::SessionsEnded => format!("All sessions of {about} were ended."),
            Self::ContactCorrected => format!("Name and mail address of {about} were set."),
            Self::MailAgain => format!("Mails to {about} go out again."),
            Self::FindingsTold { when } => findings_told(about, when),
            Self::TrustGiven { trust } => match trust {
                Trust::Trusted => format!("{about} hears masters lossless before they are theirs."),
                Trust::Usual => format!("{about} hears references as each service says."),
            },
            Self::MemberAdded { rights: held } => {
                format!("{about} was added to a client's people, {}.", rights(held))
            }
            Self::MemberRights { rights: held } => {
                format!("{about} may now act for their client {}.", rights(held))
            }
            Self::MemberEnded => format!("{about} acts for their client no more."),
            Self::GuestInvited { order } => format!("{about} was invited to {order}."),
            Self::LinkMade { order, earlier } => match earlier.as_str() {
                "end" => format!("A new link to {order} was made; the earlier ones ended."),
                _ => format!("A new link to {order} was made."),
            },
            Self::PersonErased => "A person was forgotten, as they or the law asked.".to_owned(),
            Self::PricesSaved { version } => {
                format!("The prices of {about} were saved as version {version}.")
            }
            Self::ServicesSaved { version, changed } => match changed.as_slice() {
                [] => format!("The services were saved as version {version}."),
                changed => format!(
                    "The services were saved as version {version}: {}.",
                    changed.join(", ")
                ),
            },
            Self::UnitSaved { .. }
            | Self::ChainSaved { .. }
            | Self::PrintAnswered { .. }
            | Self::PrintAsked { .. }
            | Self::SetByMidi { .. }
            | Self::PrintsHeld { .. }
            | Self::PrintsResumed
            | Self::PrintsPause { .. }
            | Self::UnitSwitched { .. }
            | Self::SheetBegun { .. }
            | Self::ConnectionWanted { .. }
            | Self::ConnectionUnwanted { .. }
            | Self::LiveBegun { .. }
            | Self::LiveEnded { .. } => self.of_the_rack(about),
            Self::DropSettled { order } => format!("A dropped file was given to {order}: {about}"),
            Self::SalesTaken { .. } | Self::SalesWithdrawn { .. } | Self::SongPlaced { .. } => {
                self.of_sales(about)
            }
            Self::RecoveryKeyMade => "A new recovery key was made.".to_owned(),
        }
    }

    /// The same of what is about sales.
    fn of_sales(&self, about: &str) -> String {
        match self {
            Self::SalesTaken {
                distributor,
                quarter,
            } => format!("The report of {distributor} for {quarter} was taken in."),
            Self::SalesWithdrawn { why } => format!("Report {about} was withdrawn: {why}"),
            Self::SongPlaced { order: Some(order) } => {
                format!("Song {about} of the distributors' reports belongs to {order}.")
            }
            Self::SongPlaced { order: None } => {
                format!("Song {about} of the distributors' reports is placed by its codes.")
            }
            _ => String::new(),
        }
    }
}

fn findings_told(about: &str, when: &str) -> String {
    match Telling::of_code(when) {
        Some(Telling::AtOnce) => format!("{about} reads findings at once."),
        Some(Telling::AfterRelease) | None => {
            format!("{about} reads findings once a person released them.")
        }
    }
}

fn live(order: &OrderNumber, chain: &str, units: &str, what: &str) -> String {
    format!("Live work on {order} through {chain} {what}, with {units}.")
}

fn connection(from: &str, to: &str, what: &str) -> String {
    format!("The connection of {from} to {to} {what}.")
}

fn right_words(right: MemberRight) -> &'static str {
    match right {
        MemberRight::Send => "send mixes",
        MemberRight::Comment => "comment",
        MemberRight::RequestRevision => "ask for rounds",
        MemberRight::Approve => "approve",
        MemberRight::Download => "fetch finals",
        MemberRight::SeeMoney => "read what is owed",
    }
}

impl Studio {
    /// The house's journal, newest first, older than a mark of an earlier page.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio and its auditor.
    pub async fn house_log(
        &self,
        visitor: &Visitor,
        before: Option<u64>,
    ) -> Result<HouseLog, Denied> {
        visitor.must(Right::ReadHouse)?;
        let page = Page {
            before,
            rows: LINES,
        };
        let (paged, origins) = self
            .access
            .read(move |vault| {
                let paged = vault.house_events(page)?;
                let oldest = paged.rows.last().map_or(0, |(no, _)| *no);
                Ok((paged, vault.decision_origins(HOUSE_JOURNAL, oldest)?))
            })
            .await?;
        let names = self.access.names().await?;
        let name = |id: &str| {
            let named = names.iter().find(|(person, _)| person.as_str() == id);
            named
                .map(|(_, name)| name.clone())
                .filter(|n| !n.is_empty())
        };
        let lines = paged.rows.into_iter().map(|(no, row)| {
            let decision: Decision = serde_json::from_str(&row.facts)
                .map_err(|e| Denied::fault("the house's journal cannot be read", &e))?;
            let is_person =
                row.about.len() == 32 && row.about.bytes().all(|b| b.is_ascii_hexdigit());
            let about = match name(&row.about) {
                Some(name) => name,
                None if is_person => "somebody who was forgotten".to_owned(),
                None => row.about,
            };
            let origin = origins.iter().find(|origin| origin.seq == no);
            Ok(HouseLine {
                no,
                at: row.at_ms,
                by: actor_words(&row.actor, name),
                from: origin.map(|origin| origin.address.clone()),
                code: row.kind,
                text: capitalised(&decision.sentence(&about)),
            })
        });
        Ok(HouseLog {
            lines: lines.collect::<Result<_, Denied>>()?,
            next: paged.next,
        })
    }
}

/// Words with a capital.
pub(super) fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
