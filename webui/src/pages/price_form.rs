//! A price list as the fields of a form, and back. Amounts are written without their currency, which
//! has a field of its own; shares are written in per cent.

use mastering::money::{
    Amount, BasisPoints, Currency, Extra, Instalments, PaymentRule, PriceList, RefundRule, Sale,
    Surcharge, SurchargeFor, Tier,
};
use serde::de::DeserializeOwned;
use studio::Denied;

use crate::form::Fields;

/// Rows that a form keeps free for what is to come.
const FREE_ROWS: usize = 2;
/// Rows of one form that are read.
const MOST_ROWS: usize = 50;

/// A line of tiers or surcharges: two fields side by side.
pub(crate) struct RowShown {
    pub(crate) no: usize,
    pub(crate) first: String,
    pub(crate) second: String,
}

/// An extra with its price; empty where it is not offered.
pub(crate) struct ExtraShown {
    pub(crate) code: &'static str,
    pub(crate) words: &'static str,
    pub(crate) price: String,
}

/// What the fields of the form show.
pub(crate) struct PriceShown {
    pub(crate) list: PriceList,
}

/// `80.00 EUR` without its currency.
fn bare(amount: Amount) -> String {
    let text = amount.to_string();
    text.split_once(' ')
        .map_or(text.clone(), |(number, _)| number.to_owned())
}

/// 1900 as `19`, 1950 as `19.5`.
fn per_cent(points: BasisPoints) -> String {
    points.to_string().trim_end_matches(" %").to_owned()
}

fn rows(some: Vec<(String, String)>) -> Vec<RowShown> {
    let free = (0..FREE_ROWS).map(|_| (String::new(), String::new()));
    let all = some.into_iter().chain(free).enumerate();
    all.map(|(no, (first, second))| RowShown { no, first, second })
        .collect()
}

impl PriceShown {
    pub(crate) fn currency(&self) -> String {
        self.list.currency().to_string()
    }

    pub(crate) fn per_song(&self) -> String {
        bare(self.list.per_song)
    }

    pub(crate) fn programme(&self) -> String {
        self.list.programme.map_or_else(String::new, bare)
    }

    pub(crate) fn tiers(&self) -> Vec<RowShown> {
        let tiers = self.list.tiers.iter();
        rows(
            tiers
                .map(|tier| (tier.songs.to_string(), bare(tier.per_song)))
                .collect(),
        )
    }

    pub(crate) fn extras(&self) -> Vec<ExtraShown> {
        let all = Extra::ALL.into_iter();
        all.map(|extra| ExtraShown {
            code: extra.code(),
            words: extra.words(),
            price: self
                .list
                .extras
                .get(&extra)
                .map_or_else(String::new, |a| bare(*a)),
        })
        .collect()
    }

    pub(crate) fn surcharges(&self) -> Vec<RowShown> {
        let surcharges = self.list.surcharges.iter();
        rows(
            surcharges
                .map(|surcharge| {
                    let on = match &surcharge.on {
                        SurchargeFor::Method(method) => method.code().to_owned(),
                        SurchargeFor::Territory(code) => code.clone(),
                    };
                    (on, per_cent(surcharge.basis_points))
                })
                .collect(),
        )
    }

    pub(crate) fn tax(&self) -> String {
        per_cent(self.list.tax_basis_points)
    }

    pub(crate) fn deposit(&self) -> String {
        per_cent(self.list.deposit_basis_points)
    }

    pub(crate) fn instalment_surcharge(&self) -> String {
        per_cent(self.list.instalments.surcharge_basis_points)
    }

    pub(crate) fn penalty(&self) -> String {
        self.list.fraud_penalty.to_string()
    }

    fn sale(&self, of: impl Fn(&Sale) -> String) -> String {
        self.list.sale.as_ref().map_or_else(String::new, of)
    }

    pub(crate) fn sale_name(&self) -> String {
        self.sale(|sale| sale.name.clone())
    }

    pub(crate) fn sale_until(&self) -> String {
        self.sale(|sale| sale.until.to_string())
    }

    pub(crate) fn sale_per_song(&self) -> String {
        self.sale(|sale| bare(sale.per_song))
    }

    pub(crate) fn sale_programme(&self) -> String {
        self.sale(|sale| sale.programme.map_or_else(String::new, bare))
    }

    pub(crate) fn sale_rounds(&self) -> String {
        self.sale(|sale| sale.free_rounds.map_or_else(String::new, |n| n.to_string()))
    }

    pub(crate) fn pays(&self, code: &str) -> bool {
        code == match self.list.payment {
            PaymentRule::NoGate => "no_gate",
            PaymentRule::BeforeWork => "before_work",
            PaymentRule::Deposit => "deposit",
            PaymentRule::OnAcceptance => "on_acceptance",
        }
    }

    pub(crate) fn gives_back(&self, code: &str) -> bool {
        code == match self.list.refunds {
            RefundRule::ByPerson => "by_person",
            RefundRule::TechnicalFault => "technical_fault",
            RefundRule::Never => "never",
        }
    }
}

fn wrong(what: &str, example: &str) -> Denied {
    Denied::Invalid(format!("{what} cannot be read; write it as {example}"))
}

fn given<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    Some(fields.get(name).trim()).filter(|text| !text.is_empty())
}

fn amount(text: &str, currency: Currency, what: &str) -> Result<Amount, Denied> {
    Amount::read(text, currency).map_err(|error| Denied::Invalid(format!("{what}: {error}")))
}

fn optional(
    fields: &Fields,
    name: &str,
    (currency, what): (Currency, &str),
) -> Result<Option<Amount>, Denied> {
    given(fields, name)
        .map(|text| amount(text, currency, what))
        .transpose()
}

/// `19`, `19.5` or `19,25` per cent, in whole hundredths.
fn share(text: &str, what: &str) -> Result<BasisPoints, Denied> {
    let unread = || wrong(what, "19 or 19.5");
    let plain = text
        .trim()
        .trim_end_matches('%')
        .trim_end()
        .replace(',', ".");
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || part.len() > 2 || !is_number(whole) || !is_number(part) {
        return Err(unread());
    }
    let whole: u32 = whole.parse().map_err(|_| unread())?;
    let part: u32 = format!("{part:0<2}").parse().map_err(|_| unread())?;
    let points = whole
        .checked_mul(100)
        .and_then(|whole| whole.checked_add(part));
    points.map(BasisPoints).ok_or_else(unread)
}

fn share_of(fields: &Fields, name: &str, what: &str) -> Result<BasisPoints, Denied> {
    share(given(fields, name).unwrap_or("0"), what)
}

fn number<T: std::str::FromStr>(fields: &Fields, name: &str, what: &str) -> Result<T, Denied> {
    let text = given(fields, name).unwrap_or("0");
    text.parse().map_err(|_| wrong(what, "14"))
}

fn choice<T: DeserializeOwned>(fields: &Fields, name: &str, what: &str) -> Result<T, Denied> {
    serde_json::from_value(fields.get(name).into()).map_err(|_| wrong(what, "one of the choices"))
}

/// The pairs of rows that say something.
fn pairs(fields: &Fields, names: (&str, &str)) -> Vec<(String, String)> {
    let at = |name: &str, no: usize| fields.get(&format!("{name}.{no}")).trim().to_owned();
    let all = (0..MOST_ROWS).map(|no| (at(names.0, no), at(names.1, no)));
    all.filter(|(first, second)| !first.is_empty() || !second.is_empty())
        .collect()
}

fn tiers(fields: &Fields, currency: Currency) -> Result<Vec<Tier>, Denied> {
    let pairs = pairs(fields, ("tier_songs", "tier_price"));
    pairs
        .into_iter()
        .map(|(songs, price)| {
            Ok(Tier {
                songs: songs
                    .parse()
                    .map_err(|_| wrong("a tier's number of songs", "4"))?,
                per_song: amount(&price, currency, "a tier's price")?,
            })
        })
        .collect()
}

fn surcharges(fields: &Fields) -> Result<Vec<Surcharge>, Denied> {
    let pairs = pairs(fields, ("surcharge_on", "surcharge_share"));
    pairs
        .into_iter()
        .map(|(on, rate)| {
            let method = serde_json::from_value(on.clone().into()).ok();
            let territory = on.to_ascii_uppercase();
            let is_code = territory.len() == 2 && territory.bytes().all(|b| b.is_ascii_uppercase());
            let on = match method {
                Some(method) => SurchargeFor::Method(method),
                None if is_code => SurchargeFor::Territory(territory),
                None => {
                    return Err(wrong(
                        "what a surcharge is for",
                        "bank, card_terminal, cash, online, or a country such as US",
                    ));
                }
            };
            let basis_points = share(&rate, "a surcharge")?;
            Ok(Surcharge { on, basis_points })
        })
        .collect()
}

fn sale(fields: &Fields, currency: Currency) -> Result<Option<Sale>, Denied> {
    let Some(name) = given(fields, "sale_name") else {
        return Ok(None);
    };
    let until = fields.get("sale_until").trim();
    let price = fields.get("sale_per_song");
    Ok(Some(Sale {
        name: name.to_owned(),
        until: until
            .parse()
            .map_err(|_| wrong("the sale's last day", "2027-03-31"))?,
        per_song: amount(price, currency, "the sale's price of a song")?,
        programme: optional(
            fields,
            "sale_programme",
            (currency, "the sale's price of a programme"),
        )?,
        free_rounds: given(fields, "sale_rounds")
            .map(|text| {
                text.parse()
                    .map_err(|_| wrong("the sale's free rounds", "2"))
            })
            .transpose()?,
    }))
}

/// The price list that the form says.
///
/// # Errors
/// Which field cannot be read, and how it is written.
pub(crate) fn read(fields: &Fields) -> Result<PriceList, Denied> {
    let currency = fields.get("currency").trim().to_ascii_uppercase();
    let currency: Currency = currency.parse().map_err(|_| wrong("the currency", "EUR"))?;
    let mut extras = std::collections::BTreeMap::new();
    for extra in Extra::ALL {
        let name = format!("extra.{}", extra.code());
        let price = optional(fields, &name, (currency, extra.words()))?;
        extras.extend(price.map(|price| (extra, price)));
    }
    let penalty = given(fields, "penalty").unwrap_or("0.00 EUR");
    Ok(PriceList {
        per_song: amount(fields.get("per_song"), currency, "the price of a song")?,
        tiers: tiers(fields, currency)?,
        programme: optional(fields, "programme", (currency, "the price of a programme"))?,
        extras,
        instalments: Instalments {
            most: number(fields, "instalments_most", "the most instalments")?,
            free: number(
                fields,
                "instalments_free",
                "the instalments without surcharge",
            )?,
            surcharge_basis_points: share_of(fields, "instalments_share", "their surcharge")?,
            days_apart: number(fields, "instalments_days", "the days between instalments")?,
        },
        surcharges: surcharges(fields)?,
        sale: sale(fields, currency)?,
        tax_basis_points: share_of(fields, "tax", "the tax")?,
        payment: choice(fields, "payment", "when it is paid")?,
        deposit_basis_points: share_of(fields, "deposit", "the deposit")?,
        due_days: number(fields, "due_days", "the days until an invoice is due")?,
        quote_days: number(fields, "quote_days", "the days until a quote lapses")?,
        credit_days: number(fields, "credit_days", "the days until a credit lapses")?,
        refunds: choice(fields, "refunds", "when money is given back")?,
        fraud_penalty: penalty
            .parse()
            .map_err(|_| wrong("the penalty", "100.00 EUR"))?,
    })
}
