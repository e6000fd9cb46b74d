//! An order's account: quotes, invoices, payments, what is owed and why.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use mastering::money::{
    Account, Amount, Ask, Basis, DocumentNo, Extra, Gate, Method, MoneyCommand, Owing, PaymentRule,
    Quote, QuoteAbout, QuoteState, RefundCause, Standing, Why,
};
use mastering::{Command, FinalFormat, Hold, OrderNumber, Project, Zone};
use serde::{Deserialize, Serialize};

use super::Studio;
use super::account_log;
use super::ledger::{DocumentLine, lines_of};
use crate::access::{Right, Visitor};
use crate::clock::{now_ms, today};
use crate::denied::Denied;
use crate::desk::{MoneyAsk, MoneyDone, read_account};
use crate::live::LiveProject;
use crate::views::LogLine;

/// Documents of one order that a page shows.
const MOST_DOCUMENTS: u32 = 500;

/// A line in the studio's own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherLine {
    /// What it is.
    pub words: String,
    /// What it costs.
    pub amount: Amount,
}

/// What a quote is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteForm {
    /// The service whose list prices an order that has none yet.
    #[serde(default)]
    pub service: Option<String>,
    /// How many songs; of extras alone none.
    #[serde(default)]
    pub songs: u32,
    /// What they are charged by.
    #[serde(default)]
    pub basis: Basis,
    /// Extras, and how many of each.
    #[serde(default)]
    pub extras: BTreeMap<Extra, u32>,
    /// Formats beside those of every order, such as `wav24_48`.
    #[serde(default)]
    pub formats: BTreeSet<FinalFormat>,
    /// Lines that no list has.
    #[serde(default)]
    pub also: Vec<OtherLine>,
    /// In how many parts it is paid.
    #[serde(default = "one")]
    pub instalments: u32,
    /// How it will be paid.
    #[serde(default)]
    pub method: Method,
    /// Where the client is, by ISO 3166 code.
    #[serde(default)]
    pub territory: Option<String>,
}

fn one() -> u32 {
    1
}

impl QuoteForm {
    /// The question to a price list, today.
    pub(crate) fn ask(&self, today: Date) -> Ask {
        Ask {
            songs: self.songs,
            basis: self.basis,
            extras: self.extras.clone(),
            formats: self.formats.clone(),
            also: self
                .also
                .iter()
                .map(|line| (line.words.clone(), line.amount))
                .collect(),
            instalments: self.instalments,
            method: self.method,
            territory: self.territory.clone(),
            today,
        }
    }
}

/// What can be asked of an order's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum MoneyForm {
    /// Quotes by the order's price list.
    Quote(QuoteForm),
    /// The client accepts a quote.
    Accept {
        /// The quote.
        quote: DocumentNo,
        /// The name typed.
        name: String,
    },
    /// The client does not want what was quoted.
    Decline {
        /// The quote.
        quote: DocumentNo,
        /// The name typed.
        name: String,
    },
    /// The studio takes a quote back.
    Withdraw {
        /// The quote.
        quote: DocumentNo,
        /// Why.
        reason: String,
    },
    /// Money came.
    Pay {
        /// For which invoice.
        invoice: DocumentNo,
        /// How much.
        amount: Amount,
        /// How.
        method: Method,
        /// The bank's or the terminal's reference; never a card's number.
        #[serde(default)]
        reference: String,
    },
    /// A credit instead of a refund.
    Credit {
        /// How much.
        amount: Amount,
        /// Why.
        reason: String,
    },
    /// A credit pays an invoice.
    Redeem {
        /// The credit.
        credit: DocumentNo,
        /// The invoice.
        invoice: DocumentNo,
    },
    /// A person gives money back.
    Refund {
        /// Which invoice.
        invoice: DocumentNo,
        /// How much.
        amount: Amount,
        /// How it went back.
        method: Method,
        /// What kind of reason.
        cause: RefundCause,
        /// The reason.
        reason: String,
    },
    /// An unpaid invoice is taken back.
    Cancel {
        /// The invoice.
        invoice: DocumentNo,
        /// Why.
        reason: String,
    },
    /// Fraud was proven.
    Penalise {
        /// How many tracks.
        tracks: u32,
        /// What was proven.
        reason: String,
    },
    /// Lets the work go on without the money.
    Waive {
        /// Why.
        reason: String,
    },
}

/// A quote that waits for the client's word.
#[derive(Debug, Clone, Serialize)]
pub struct OpenQuote {
    /// Its number.
    pub quote: DocumentNo,
    /// What it is about.
    #[serde(flatten)]
    pub about: QuoteAbout,
    /// What is to be paid.
    pub total: Amount,
    /// When it lapses.
    pub lapses_at: Option<i64>,
    /// The last day on which it can be accepted, by the studio's calendar.
    pub stands_until: Option<String>,
}

/// What an order's account shows.
#[derive(Debug, Clone, Serialize)]
pub struct AccountView {
    /// The order.
    pub number: OrderNumber,
    /// Its title.
    pub title: String,
    /// Whether the order has a price list, by its service and version.
    pub priced: Option<(String, u32)>,
    /// When work starts and finals are handed over.
    pub payment: PaymentRule,
    /// What waits for money now.
    pub hold: Hold,
    /// What is owed, and why, in sentences.
    pub owed: Vec<String>,
    /// The same as data.
    pub owing: Vec<Owing>,
    /// Quotes, invoices, receipts, credits and credit notes, newest first.
    pub documents: Vec<DocumentLine>,
    /// Credits of the client that still pay something, whichever order they were given for.
    pub credits: Vec<(DocumentNo, Amount)>,
    /// Quotes that wait for the client's word.
    pub open_quotes: Vec<OpenQuote>,
    /// Why the account was ended.
    pub ended: Option<String>,
    /// What was decided about the order's money, newest last, for the studio's eyes.
    pub log: Vec<LogLine>,
}

impl Studio {
    /// The account of an order, as its client or the studio sees it.
    ///
    /// # Errors
    /// `NotFound` where this visitor may not see the order.
    pub async fn account(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<AccountView, Denied> {
        visitor.must(Right::SeeMoney)?;
        let live = self.seen(visitor, number).await?;
        let account = self.account_of(&live.project).await?;
        let id = live.project.id.to_string();
        let filter = vault::DocumentFilter {
            project: Some(id),
            ..vault::DocumentFilter::default()
        };
        let page = vault::Page::first(MOST_DOCUMENTS);
        let rows = self
            .access
            .read(move |vault| vault.ledger_documents(&filter, page))
            .await?;
        let log = if visitor.is_staff() {
            self.money_log(&account, &live.project).await?
        } else {
            Vec::new()
        };
        let now = now_ms();
        let gate = account.gate(&live.project.id, now);
        let terms = account.orders.get(&live.project.id);
        let credits = account.credits.iter();
        Ok(AccountView {
            number,
            title: live.project.title.clone(),
            priced: terms.map(|terms| (terms.service.clone(), terms.version)),
            payment: terms.map_or(PaymentRule::NoGate, |terms| terms.list.payment),
            hold: gate.hold,
            owed: owed_words(&gate, &self.catalogue().calendar.time_zone),
            owing: gate.owing,
            documents: lines_of(&rows.rows, |_| (String::new(), Some(number)))?,
            credits: credits
                .filter(|(_, credit)| credit.left.is_positive() && credit.lapses_at > now)
                .map(|(no, credit)| (*no, credit.left))
                .collect(),
            open_quotes: open_quotes(
                &account,
                &live.project.id,
                &self.catalogue().calendar.time_zone,
            ),
            ended: match &account.standing {
                Standing::Open => None,
                Standing::Ended { reason, .. } => visitor.is_staff().then(|| reason.clone()),
            },
            log,
        })
    }

    /// What was decided about an order's money: by whom, when, from where.
    async fn money_log(
        &self,
        account: &Account,
        project: &Project,
    ) -> Result<Vec<LogLine>, Denied> {
        let client = project.client.to_string();
        let (rows, origins) = self
            .access
            .read(move |vault| {
                let rows = vault.ledger_events(&client)?;
                Ok((rows, vault.decision_origins(&client, 0)?))
            })
            .await?;
        let names = self.access.names().await?;
        let name = |id: &str| {
            let named = names.iter().find(|(person, _)| person.as_str() == id);
            named
                .map(|(_, name)| name.clone())
                .filter(|n| !n.is_empty())
        };
        let kept = (rows.as_slice(), origins.as_slice());
        Ok(account_log::of_order(account, &project.id, kept, name))
    }

    pub(super) async fn account_of(&self, project: &Project) -> Result<Account, Denied> {
        let client = project.client.clone();
        let read = self
            .access
            .read(move |vault| Ok(read_account(vault, &client)));
        let (account, _) = read
            .await?
            .map_err(|e| Denied::fault("the account could not be read", &e))?;
        Ok(account)
    }

    /// Today by the studio's calendar.
    pub(super) fn today(&self) -> Date {
        today(&self.catalogue().calendar)
    }

    /// What an answer to a request is charged by, where the order is priced: as said, else as the
    /// order's price list has it.
    pub(super) async fn charge(
        &self,
        project: &Project,
        command: &mut Command,
    ) -> Result<(), Denied> {
        let Command::AnswerRequest { answer, charge, .. } = command else {
            return Ok(());
        };
        let account = self.account_of(project).await?;
        let terms = account.orders.get(&project.id);
        let (Some(terms), true) = (terms, answer.is_quoted()) else {
            *charge = None;
            return Ok(());
        };
        let topics = project.requests.last().map(|request| &request.topics);
        let by_list = topics.and_then(|topics| Project::charge_for(*answer, topics));
        let chosen = charge.or(by_list).ok_or_else(|| {
            Denied::Invalid("say what it costs; the price list has nothing for this".to_owned())
        })?;
        // What the list does not offer is refused now, not when the quote is written.
        let ask = chosen.ask("request", self.today());
        Quote::make(&terms.service, terms.version, &terms.list, &ask)
            .map_err(|refusal| Denied::Invalid(format!("{refusal}; name an amount instead")))?;
        *charge = Some(chosen);
        Ok(())
    }

    /// What a quote would come to, without making one.
    ///
    /// # Errors
    /// What the list does not offer.
    pub async fn try_quote(
        &self,
        visitor: &Visitor,
        service: &str,
        form: &QuoteForm,
    ) -> Result<Quote, Denied> {
        visitor.must(Right::ReadHouse)?;
        let (version, list) = self.price_of(service).await?.ok_or_else(|| {
            Denied::Invalid(format!(
                "there is no price list for \u{201c}{service}\u{201d}"
            ))
        })?;
        Quote::make(service, version, &list, &form.ask(self.today()))
            .map_err(|refusal| Denied::Refused(refusal.into()))
    }

    /// Gives a command to an order's account; the same key is carried out once.
    ///
    /// # Errors
    /// What the rules refuse; `NotFound` for a document of another order.
    pub async fn give_money(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        form: MoneyForm,
        key: Option<String>,
    ) -> Result<MoneyDone, Denied> {
        let live = self.seen(visitor, number).await?;
        visitor.must(Right::SeeMoney)?;
        visitor.must(right_to(&form, visitor))?;
        let account = self.account_of(&live.project).await?;
        if let Some(no) = named(&form) {
            let owner = account.project_of(&no);
            if owner != Some(&live.project.id) {
                return Err(Denied::NotFound);
            }
        }
        let key = key.map(|key| format!("{}:{number}:{key}", visitor.person().id));
        if let MoneyForm::Quote(form) = &form
            && !account.orders.contains_key(&live.project.id)
        {
            self.price_order(visitor, &live, form.service.as_deref())
                .await?;
        }
        let command = self.command(visitor, &live, form).await?;
        let ask = MoneyAsk {
            client: live.project.client.clone(),
            by: visitor.actor(),
            command,
            key,
            from: visitor.from(),
        };
        self.desk.money(ask).await
    }

    /// Gives an order that was opened without one the price list of a service.
    async fn price_order(
        &self,
        visitor: &Visitor,
        live: &LiveProject,
        service: Option<&str>,
    ) -> Result<(), Denied> {
        let service = service.unwrap_or_default().trim().to_owned();
        let (version, list) = self
            .price_of(&service)
            .await?
            .ok_or_else(|| Denied::Invalid("choose a service that has a price list".to_owned()))?;
        let ask = MoneyAsk {
            client: live.project.client.clone(),
            by: visitor.actor(),
            command: MoneyCommand::PriceOrder {
                project: live.project.id.clone(),
                order: live.project.number,
                service,
                version,
                list: Box::new(list),
            },
            key: None,
            from: visitor.from(),
        };
        match self.desk.money(ask).await {
            Ok(_) | Err(Denied::Refused(mastering::Refusal::Already)) => Ok(()),
            Err(denied) => Err(denied),
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one match over every form; each arm names one command"
    )]
    async fn command(
        &self,
        visitor: &Visitor,
        live: &LiveProject,
        form: MoneyForm,
    ) -> Result<MoneyCommand, Denied> {
        let project = live.project.id.clone();
        let by = visitor.name().to_owned();
        Ok(match form {
            MoneyForm::Quote(form) => {
                live.project.may_quote().map_err(Denied::Refused)?;
                // By the order's own list, as it was on the day the order was opened.
                let account = self.account_of(&live.project).await?;
                let terms = account.orders.get(&project).ok_or(Denied::NotFound)?;
                let quote = Quote::make(
                    &terms.service,
                    terms.version,
                    &terms.list,
                    &form.ask(self.today()),
                )
                .map_err(|refusal| Denied::Refused(refusal.into()))?;
                MoneyCommand::IssueQuote {
                    project,
                    quote: Box::new(quote),
                    about: match form.basis {
                        Basis::Extras => QuoteAbout::Extras,
                        Basis::Songs | Basis::Programme => QuoteAbout::Order,
                    },
                }
            }
            MoneyForm::Accept { quote, name } => MoneyCommand::AcceptQuote { quote, name },
            MoneyForm::Decline { quote, name } => MoneyCommand::DeclineQuote { quote, name },
            MoneyForm::Withdraw { quote, reason } => {
                MoneyCommand::WithdrawQuote { quote, reason, by }
            }
            MoneyForm::Pay {
                invoice,
                amount,
                method,
                reference,
            } => MoneyCommand::RecordPayment {
                invoice,
                amount,
                method,
                reference,
                by,
            },
            MoneyForm::Credit { amount, reason } => MoneyCommand::GiveCredit {
                project,
                amount,
                reason,
                by,
            },
            MoneyForm::Redeem { credit, invoice } => MoneyCommand::RedeemCredit { credit, invoice },
            MoneyForm::Refund {
                invoice,
                amount,
                method,
                cause,
                reason,
            } => MoneyCommand::Refund {
                invoice,
                amount,
                method,
                cause,
                reason,
                by,
            },
            MoneyForm::Cancel { invoice, reason } => MoneyCommand::CancelInvoice {
                invoice,
                reason,
                by,
            },
            MoneyForm::Penalise { tracks, reason } => MoneyCommand::Penalise {
                project,
                tracks,
                reason,
                by,
            },
            MoneyForm::Waive { reason } => MoneyCommand::WaiveGate {
                project,
                reason,
                by,
            },
        })
    }
}

fn open_quotes(account: &Account, project: &mastering::ProjectId, zone: &Zone) -> Vec<OpenQuote> {
    let quotes = account.quotes.iter();
    let open = quotes.filter(|(_, q)| &q.project == project && q.state == QuoteState::Open);
    open.map(|(no, quoted)| OpenQuote {
        quote: *no,
        about: quoted.about,
        total: quoted.quote.total,
        lapses_at: quoted.lapses_at(),
        stands_until: quoted
            .lapses_at()
            .map(|at| crate::terms::last_day(zone, at)),
    })
    .collect()
}

/// The right that a command needs. Accepting and redeeming are the client's own word, which the
/// studio may note for them.
fn right_to(form: &MoneyForm, visitor: &Visitor) -> Right {
    match form {
        MoneyForm::Accept { .. } | MoneyForm::Decline { .. } | MoneyForm::Redeem { .. }
            if visitor.account().is_some() =>
        {
            Right::Approve
        }
        MoneyForm::Accept { .. }
        | MoneyForm::Decline { .. }
        | MoneyForm::Redeem { .. }
        | MoneyForm::Quote(_)
        | MoneyForm::Withdraw { .. }
        | MoneyForm::Cancel { .. } => Right::Bill,
        MoneyForm::Pay { .. } => Right::RecordPayment,
        MoneyForm::Credit { .. }
        | MoneyForm::Refund { .. }
        | MoneyForm::Penalise { .. }
        | MoneyForm::Waive { .. } => Right::Refund,
    }
}

/// The document that must belong to the order.
fn named(form: &MoneyForm) -> Option<DocumentNo> {
    match form {
        MoneyForm::Accept { quote, .. }
        | MoneyForm::Decline { quote, .. }
        | MoneyForm::Withdraw { quote, .. } => Some(*quote),
        MoneyForm::Pay { invoice, .. }
        | MoneyForm::Redeem { invoice, .. }
        | MoneyForm::Refund { invoice, .. }
        | MoneyForm::Cancel { invoice, .. } => Some(*invoice),
        MoneyForm::Quote(_)
        | MoneyForm::Credit { .. }
        | MoneyForm::Penalise { .. }
        | MoneyForm::Waive { .. } => None,
    }
}

/// What is owed and why, in sentences that client and studio read alike.
fn owed_words(gate: &Gate, zone: &Zone) -> Vec<String> {
    gate.owing
        .iter()
        .map(|owing| words_of(owing, gate.hold, zone))
        .collect()
}

fn words_of(owing: &Owing, hold: Hold, zone: &Zone) -> String {
    let document = owing.document.map_or_else(String::new, |no| no.to_string());
    let amount = owing.amount.map_or_else(String::new, |a| a.to_string());
    let by = owing.due_at.map_or_else(String::new, |at| {
        format!(" by {}", crate::jobs::day(zone, at))
    });
    let waits = match hold {
        Hold::Nothing => "Nothing waits for it.",
        Hold::Finals => "The finals are handed over then.",
        Hold::Everything => "Work starts then.",
    };
    match owing.why {
        Why::NotQuoted => format!(
            "The studio has not quoted yet. {}",
            match hold {
                Hold::Everything => "Work starts once a quote is accepted and paid as agreed.",
                Hold::Finals => "The fee falls due when you accept the master.",
                Hold::Nothing => "",
            }
        )
        .trim_end()
        .to_owned(),
        Why::ExtraOffered => format!(
            "The quote {document} over {amount} for something you asked for waits for your word; only that waits for it."
        ),
        Why::QuoteOpen => format!("The quote {document} over {amount} waits to be accepted."),
        Why::BeforeWork => format!("{amount} of {document} are due before work starts{by}."),
        Why::BeforeFinals => {
            format!("{amount} of {document} are due before the finals are handed over.")
        }
        Why::OnAcceptance => {
            format!("{amount} of {document} fall due with the acceptance of the master. {waits}")
        }
        Why::Overdue => format!("{amount} of {document} were due{by}. {waits}"),
        Why::Later => format!("{amount} of {document} are due{by}. Nothing waits for it."),
        Why::Penalty => format!("{amount} of {document} are a penalty, due{by}."),
    }
}
