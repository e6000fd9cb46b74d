//! The price list of a service: what `[services.NAME.price]` holds, and what the pages edit.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::amount::{Amount, BasisPoints};
use super::command::Method;
use super::currency::Currency;
use super::refusal::MoneyRefusal;

/// What costs extra.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extra {
    /// A radio or promotional edit.
    Edit,
    /// A breakout of the stems.
    Stems,
    /// A DDP image.
    Ddp,
    /// A copy of the archived session.
    SessionCopy,
    /// A revision beyond the free ones.
    ExtraRevision,
    /// A format asked for after the approval.
    LateFormat,
    /// Work before its turn.
    Rush,
    /// Taking a release out of the shops before the time after which it is free.
    Removal,
}

impl Extra {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Edit,
        Self::Stems,
        Self::Ddp,
        Self::SessionCopy,
        Self::ExtraRevision,
        Self::LateFormat,
        Self::Rush,
        Self::Removal,
    ];

    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Stems => "stems",
            Self::Ddp => "ddp",
            Self::SessionCopy => "session_copy",
            Self::ExtraRevision => "extra_revision",
            Self::LateFormat => "late_format",
            Self::Rush => "rush",
            Self::Removal => "removal",
        }
    }

    /// As it stands on a quote.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Edit => "Radio or promotional edit",
            Self::Stems => "Stems",
            Self::Ddp => "DDP image",
            Self::SessionCopy => "Copy of the archived session",
            Self::ExtraRevision => "Further revision",
            Self::LateFormat => "Format asked for after approval",
            Self::Rush => "Rush",
            Self::Removal => "Removal of a release from the shops",
        }
    }
}

/// When work may start and finals are handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentRule {
    /// Invoices are written, and nothing waits for them.
    #[default]
    NoGate,
    /// Paid in full before work, unless instalments were agreed: then the first of them.
    BeforeWork,
    /// A deposit before work, the balance before the finals.
    Deposit,
    /// The fee falls due when the master is accepted; work starts at once.
    OnAcceptance,
}

/// Whether money is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundRule {
    /// When a person decides so, with a reason.
    #[default]
    ByPerson,
    /// For a technical fault in the mastered files only.
    TechnicalFault,
    /// Never; a credit may be given instead.
    Never,
}

/// A price that holds from so many songs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// From how many songs on.
    pub songs: u32,
    /// What each of them costs then.
    pub per_song: Amount,
}

/// Paying in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Instalments {
    /// The most that can be agreed.
    pub most: u32,
    /// How many cost nothing extra.
    pub free: u32,
    /// What more of them cost, as a share of the price.
    pub surcharge_basis_points: BasisPoints,
    /// Days between two of them.
    pub days_apart: u16,
}

impl Default for Instalments {
    fn default() -> Self {
        Self {
            most: 6,
            free: 2,
            surcharge_basis_points: BasisPoints(500),
            days_apart: 30,
        }
    }
}

/// What a surcharge is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurchargeFor {
    /// A way to pay.
    Method(Method),
    /// A territory, by its ISO 3166 code.
    Territory(String),
}

/// A surcharge by payment method or territory, as a share of the price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surcharge {
    /// What for.
    #[serde(flatten)]
    pub on: SurchargeFor,
    /// How much.
    pub basis_points: BasisPoints,
}

/// A sale price until the end of a day. A sale order is final: no refund and no credit, no set
/// turnaround, and rush at its list price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sale {
    /// What it is called.
    pub name: String,
    /// The last day, in the studio's time zone.
    pub until: Date,
    /// What a song costs.
    pub per_song: Amount,
    /// What a whole programme costs.
    #[serde(default)]
    pub programme: Option<Amount>,
    /// How many rounds are free; none: as the service says.
    #[serde(default)]
    pub free_rounds: Option<u32>,
}

/// The price list of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceList {
    /// What a song costs.
    pub per_song: Amount,
    /// What it costs from so many songs on, fewest first.
    #[serde(default)]
    pub tiers: Vec<Tier>,
    /// What a whole programme costs, however many songs it has.
    #[serde(default)]
    pub programme: Option<Amount>,
    /// What costs extra; what is not listed is not offered.
    #[serde(default)]
    pub extras: BTreeMap<Extra, Amount>,
    /// Paying in parts.
    #[serde(default)]
    pub instalments: Instalments,
    /// Surcharges by payment method or territory.
    #[serde(default)]
    pub surcharges: Vec<Surcharge>,
    /// A sale price.
    #[serde(default)]
    pub sale: Option<Sale>,
    /// The tax on top of all prices.
    #[serde(default)]
    pub tax_basis_points: BasisPoints,
    /// When work may start and finals are handed over.
    #[serde(default)]
    pub payment: PaymentRule,
    /// The deposit's share, where the rule asks for one.
    #[serde(default = "half")]
    pub deposit_basis_points: BasisPoints,
    /// Days until an invoice that holds nothing up is overdue.
    #[serde(default = "fourteen")]
    pub due_days: u16,
    /// Days until a quote that nobody accepted lapses.
    #[serde(default = "thirty")]
    pub quote_days: u16,
    /// Days until a credit lapses.
    #[serde(default = "fourteen")]
    pub credit_days: u16,
    /// Whether money is given back.
    #[serde(default)]
    pub refunds: RefundRule,
    /// For each track of a proven fraud.
    #[serde(default = "hundred_euros")]
    pub fraud_penalty: Amount,
}

fn half() -> BasisPoints {
    BasisPoints(5_000)
}

fn fourteen() -> u16 {
    14
}

fn thirty() -> u16 {
    30
}

fn hundred_euros() -> Amount {
    "100.00 EUR".parse().expect("an amount as people write it")
}

/// Tiers, surcharges: more of them are a slip.
const MOST_LINES: usize = 50;
/// A rate above this is a slip.
const MOST_POINTS: BasisPoints = BasisPoints(10_000);

impl PriceList {
    /// The currency of its prices.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.per_song.currency()
    }

    /// The list, if a studio could mean it.
    ///
    /// # Errors
    /// Which entry cannot be meant, in a sentence.
    pub fn checked(self) -> Result<Self, MoneyRefusal> {
        let wrong = |what: &'static str| Err(MoneyRefusal::BadPriceList { what });
        let sale = self.sale.as_ref();
        let prices = [self.per_song]
            .into_iter()
            .chain(self.tiers.iter().map(|t| t.per_song))
            .chain(self.programme)
            .chain(self.extras.values().copied())
            .chain(sale.map(|s| s.per_song))
            .chain(sale.and_then(|s| s.programme));
        for price in prices {
            if price.currency() != self.currency() {
                return wrong("all prices of one list have one currency");
            }
            if price.minor() < 0 {
                return wrong("no price is less than nothing");
            }
        }
        if self.fraud_penalty.minor() < 0 {
            return wrong("no penalty is less than nothing");
        }
        if self.tiers.len() > MOST_LINES || self.surcharges.len() > MOST_LINES {
            return wrong("a list has at most 50 tiers and 50 surcharges");
        }
        if !self.tiers.is_sorted_by(|a, b| a.songs < b.songs) {
            return wrong("tiers stand in the order of their songs, each number once");
        }
        let rates = [
            self.tax_basis_points,
            self.deposit_basis_points,
            self.instalments.surcharge_basis_points,
        ];
        let mut rates = rates
            .into_iter()
            .chain(self.surcharges.iter().map(|s| s.basis_points));
        if rates.any(|rate| rate > MOST_POINTS) {
            return wrong("a rate is at most 10000 basis points, which is 100 %");
        }
        if !(1..=24).contains(&self.instalments.most) {
            return wrong("instalments.most lies between 1 and 24");
        }
        Ok(self)
    }

    /// What each of so many songs costs without a sale.
    #[must_use]
    pub fn song_price(&self, songs: u32) -> Amount {
        let tier = self.tiers.iter().rev().find(|tier| songs >= tier.songs);
        tier.map_or(self.per_song, |tier| tier.per_song)
    }

    /// The sale that holds on a day of the studio's calendar.
    #[must_use]
    pub fn sale_on(&self, day: Date) -> Option<&Sale> {
        self.sale.as_ref().filter(|sale| day <= sale.until)
    }
}
