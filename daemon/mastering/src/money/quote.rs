//! A quote: what an order costs by the price list of the day, kept as it was issued.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::amount::{Amount, BasisPoints};
use super::command::Method;
use super::price::{Extra, PaymentRule, PriceList, RefundRule, SurchargeFor};
use super::refusal::MoneyRefusal;
use crate::master::FinalFormat;

/// Songs, extras or free lines of one quote at most.
const MOST: u32 = 200;
/// Longest text of a line, in characters.
const LONGEST_LINE: usize = 300;

/// What the songs are charged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Each song, by the tiers.
    #[default]
    Songs,
    /// The whole programme, however many songs.
    Programme,
    /// None: extras and other lines only.
    Extras,
}

/// What a quote is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum QuoteAbout {
    /// The order itself.
    #[default]
    Order,
    /// A request of the client's that costs.
    Request {
        /// Its number within the order.
        no: u32,
    },
    /// Taking the release out of shops before that is free.
    Removal {
        /// The removal's number within the order.
        no: u32,
    },
    /// Something beside it, such as stems or a format asked for late.
    Extras,
}

/// What a quote is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// How many songs.
    pub songs: u32,
    /// What they are charged by.
    pub basis: Basis,
    /// Extras, and how many of each.
    pub extras: BTreeMap<Extra, u32>,
    /// Formats beside those that every order is handed over in; each costs what a late format does.
    #[serde(default)]
    pub formats: BTreeSet<FinalFormat>,
    /// Lines that no list has, in the studio's words.
    pub also: Vec<(String, Amount)>,
    /// In how many parts it is paid.
    pub instalments: u32,
    /// How it will be paid.
    pub method: Method,
    /// Where the client is, by ISO 3166 code.
    pub territory: Option<String>,
    /// Today in the studio's time zone.
    pub today: Date,
}

impl Ask {
    /// So many songs, one by one, in one payment.
    #[must_use]
    pub fn songs(songs: u32, today: Date) -> Self {
        Self {
            songs,
            basis: Basis::Songs,
            extras: BTreeMap::new(),
            formats: BTreeSet::new(),
            also: Vec::new(),
            instalments: 1,
            method: Method::Bank,
            territory: None,
            today,
        }
    }
}

/// What a line of a quote is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Songs.
    Songs,
    /// The whole programme.
    Programme,
    /// An extra of the list.
    Extra,
    /// In the studio's words.
    Other,
    /// More instalments than are free.
    InstalmentSurcharge,
    /// By payment method or territory.
    Surcharge,
    /// For a proven fraud.
    Penalty,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// In words.
    pub words: String,
    /// How many.
    pub count: u32,
    /// What one costs.
    pub each: Amount,
    /// What all cost.
    pub sum: Amount,
}

/// When a part is to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartDue {
    /// Before work starts.
    BeforeWork,
    /// Before the finals are handed over.
    BeforeFinals,
    /// When the master is accepted; the finals wait for it.
    OnAcceptance,
    /// So many days after the invoice.
    Days(u16),
}

/// A part of what is to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// How much.
    pub amount: Amount,
    /// When.
    pub due: PartDue,
}

/// Whether something goes with a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sold {
    /// It does not.
    #[default]
    No,
    /// It does.
    Yes,
}

impl Sold {
    fn is_not(&self) -> bool {
        *self == Self::No
    }
}

/// What goes with the price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteTerms {
    /// When work may start and finals are handed over.
    pub payment: PaymentRule,
    /// Whether money is given back.
    pub refunds: RefundRule,
    /// The sale, whose orders are final and without a promised turnaround.
    pub sale: Option<String>,
    /// How many rounds are free in that sale; none: as the service says.
    #[serde(default)]
    pub sale_rounds: Option<u32>,
    /// Whether the rush lane goes with it.
    #[serde(default, skip_serializing_if = "Sold::is_not")]
    pub rush: Sold,
    /// Formats that go with it, beside those of every order.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub formats: BTreeSet<FinalFormat>,
    /// Days until the quote lapses; those of earlier journals never do.
    #[serde(default)]
    pub quote_days: Option<u16>,
    /// Days until a credit lapses.
    pub credit_days: u16,
    /// Days until an invoice that holds nothing up is overdue.
    pub due_days: u16,
}

/// A quote as it was made; nothing changes it afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The service's name.
    pub service: String,
    /// The version of its price list.
    pub version: u32,
    /// The lines.
    pub lines: Vec<Line>,
    /// Their sum.
    pub net: Amount,
    /// The tax's rate.
    pub tax_rate: BasisPoints,
    /// The tax.
    pub tax: Amount,
    /// What is to be paid.
    pub total: Amount,
    /// In which parts.
    pub parts: Vec<Part>,
    /// What goes with it.
    pub terms: QuoteTerms,
}

impl Quote {
    /// Quotes from a list.
    ///
    /// Surcharges are shares of the sum of songs, extras and other lines, and are not charged upon
    /// each other. Tax comes on top, rounded once over the net sum.
    ///
    /// # Errors
    /// What the list does not offer, or numbers nobody could mean.
    pub fn make(
        service: &str,
        version: u32,
        list: &PriceList,
        ask: &Ask,
    ) -> Result<Self, MoneyRefusal> {
        let mut lines: Vec<Line> = song_line(list, ask)?.into_iter().collect();
        lines.extend(extra_lines(list, ask)?);
        lines.extend(other_lines(list, ask)?);
        if lines.is_empty() {
            return Err(MoneyRefusal::NothingAsked);
        }
        let base = sum(list, &lines)?;
        lines.extend(surcharge_lines(list, ask, base)?);
        let net = sum(list, &lines)?;
        let tax = net.share(list.tax_basis_points)?;
        let total = net.plus(tax)?;
        // What is quoted beside the songs has no sale price.
        let sale = list
            .sale_on(ask.today)
            .filter(|_| ask.basis != Basis::Extras);
        Ok(Self {
            service: service.to_owned(),
            version,
            lines,
            net,
            tax_rate: list.tax_basis_points,
            tax,
            total,
            parts: parts(list, ask, total)?,
            terms: QuoteTerms {
                payment: list.payment,
                refunds: list.refunds,
                sale: sale.map(|sale| sale.name.clone()),
                sale_rounds: sale.and_then(|sale| sale.free_rounds),
                rush: match extras_of(ask).get(&Extra::Rush) {
                    Some(1..) => Sold::Yes,
                    Some(0) | None => Sold::No,
                },
                formats: ask.formats.clone(),
                quote_days: Some(list.quote_days),
                credit_days: list.credit_days,
                due_days: list.due_days,
            },
        })
    }
}

fn sum(list: &PriceList, lines: &[Line]) -> Result<Amount, MoneyRefusal> {
    Ok(Amount::sum(list.currency(), lines.iter().map(|l| l.sum))?)
}

fn within(count: u32, what: &'static str) -> Result<u32, MoneyRefusal> {
    if (1..=MOST).contains(&count) {
        Ok(count)
    } else {
        Err(MoneyRefusal::OutOfRange { what, most: MOST })
    }
}

fn line(kind: LineKind, words: String, count: u32, each: Amount) -> Result<Line, MoneyRefusal> {
    Ok(Line {
        kind,
        words,
        count,
        each,
        sum: each.times(count)?,
    })
}

fn song_line(list: &PriceList, ask: &Ask) -> Result<Option<Line>, MoneyRefusal> {
    let songs = || within(ask.songs, "the number of songs");
    let sale = list.sale_on(ask.today);
    let suffix = sale.map_or(String::new(), |sale| format!(" ({})", sale.name));
    let charged = match ask.basis {
        Basis::Extras => return Ok(None),
        Basis::Songs => {
            let songs = songs()?;
            let each = sale.map_or_else(|| list.song_price(songs), |sale| sale.per_song);
            line(LineKind::Songs, format!("Songs{suffix}"), songs, each)
        }
        Basis::Programme => {
            let songs = songs()?;
            let price = match sale {
                Some(sale) => sale.programme.or(list.programme),
                None => list.programme,
            };
            let price = price.ok_or(MoneyRefusal::NotOffered {
                what: "a whole programme",
            })?;
            let words = format!("Whole programme, {songs} songs{suffix}");
            line(LineKind::Programme, words, 1, price)
        }
    };
    charged.map(Some)
}

/// Extras at their list price, in a sale as well: there is no discount on rush.
/// The extras that are asked for; a format that is named is one of the late ones.
fn extras_of(ask: &Ask) -> BTreeMap<Extra, u32> {
    let mut extras = ask.extras.clone();
    if !ask.formats.is_empty() {
        let named = u32::try_from(ask.formats.len()).unwrap_or(u32::MAX);
        let late = extras.entry(Extra::LateFormat).or_default();
        *late = named.max(*late);
    }
    extras
}

fn extra_lines(list: &PriceList, ask: &Ask) -> Result<Vec<Line>, MoneyRefusal> {
    let extras = extras_of(ask);
    let asked = extras.iter().filter(|(_, count)| **count > 0);
    asked
        .map(|(extra, count)| {
            let price = list.extras.get(extra);
            let price = price.ok_or(MoneyRefusal::NotOffered {
                what: extra.words(),
            })?;
            let count = within(*count, "the number of an extra")?;
            line(LineKind::Extra, extra.words().to_owned(), count, *price)
        })
        .collect()
}

fn other_lines(list: &PriceList, ask: &Ask) -> Result<Vec<Line>, MoneyRefusal> {
    if ask.also.len() > usize::try_from(MOST).unwrap_or(usize::MAX) {
        return Err(MoneyRefusal::OutOfRange {
            what: "the number of lines",
            most: MOST,
        });
    }
    let also = ask.also.iter();
    also.map(|(words, amount)| {
        // A line of another currency is refused here rather than in the sum.
        amount.plus(Amount::zero(list.currency()))?;
        let words = words.trim().chars().filter(|c| !c.is_control());
        line(
            LineKind::Other,
            words.take(LONGEST_LINE).collect(),
            1,
            *amount,
        )
    })
    .collect()
}

fn surcharge_lines(list: &PriceList, ask: &Ask, base: Amount) -> Result<Vec<Line>, MoneyRefusal> {
    let mut lines = Vec::new();
    let share = |kind, words: String, rate: BasisPoints| {
        let amount = base.share(rate)?;
        line(kind, format!("{words}, {rate}"), 1, amount)
    };
    if ask.instalments > list.instalments.free {
        lines.push(share(
            LineKind::InstalmentSurcharge,
            format!("Payment in {} instalments", ask.instalments),
            list.instalments.surcharge_basis_points,
        )?);
    }
    for surcharge in &list.surcharges {
        let words = match &surcharge.on {
            SurchargeFor::Method(method) if *method == ask.method => {
                format!("Payment by {}", method.words())
            }
            SurchargeFor::Territory(code) if Some(code) == ask.territory.as_ref() => {
                format!("Territory {code}")
            }
            SurchargeFor::Method(_) | SurchargeFor::Territory(_) => continue,
        };
        lines.push(share(LineKind::Surcharge, words, surcharge.basis_points)?);
    }
    Ok(lines)
}

/// Cuts the total into what is paid when; the parts add up to it exactly.
fn parts(list: &PriceList, ask: &Ask, total: Amount) -> Result<Vec<Part>, MoneyRefusal> {
    let most = list.instalments.most;
    let count = NonZero::new(ask.instalments)
        .filter(|count| count.get() <= most)
        .ok_or(MoneyRefusal::OutOfRange {
            what: "the number of instalments",
            most,
        })?;
    let days = |no: u32| {
        let days = u32::from(list.instalments.days_apart).saturating_mul(no);
        PartDue::Days(u16::try_from(days).unwrap_or(u16::MAX))
    };
    let whole = |due| vec![Part { amount: total, due }];
    Ok(match list.payment {
        PaymentRule::OnAcceptance => whole(PartDue::OnAcceptance),
        PaymentRule::NoGate if count.get() == 1 => whole(PartDue::Days(list.due_days)),
        PaymentRule::Deposit => {
            let deposit = total.share(list.deposit_basis_points)?;
            let rest = total.minus(deposit)?;
            let later = NonZero::new(count.get() - 1).unwrap_or(NonZero::<u32>::MIN);
            let mut parts = vec![Part {
                amount: deposit,
                due: PartDue::BeforeWork,
            }];
            for (no, amount) in (1..).zip(rest.split(later)) {
                let due = if no == later.get() {
                    PartDue::BeforeFinals
                } else {
                    days(no)
                };
                parts.push(Part { amount, due });
            }
            parts
        }
        PaymentRule::NoGate | PaymentRule::BeforeWork => (0..)
            .zip(total.split(count))
            .map(|(no, amount)| {
                let due = match (list.payment, no) {
                    (PaymentRule::BeforeWork, 0) => PartDue::BeforeWork,
                    _ => days(no),
                };
                Part { amount, due }
            })
            .collect(),
    })
}
