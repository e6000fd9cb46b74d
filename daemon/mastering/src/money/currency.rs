//! Currencies of ISO 4217 with the decimals of their minor unit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Currencies without a minor unit (ISO 4217, list one).
const NO_DECIMALS: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
/// Currencies whose minor unit is a thousandth.
const THREE_DECIMALS: &str = "BHD IQD JOD KWD LYD OMR TND";
/// Currencies whose minor unit is a hundredth.
const TWO_DECIMALS: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL \
    BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP \
    GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR \
    LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN \
    PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB \
    TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG";

/// A currency by its three letters, known to ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    letters: [u8; 3],
    decimals: u8,
}

/// A text that names no currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\u{201c}{0}\u{201d} is no currency of ISO 4217; write three capital letters, such as EUR")]
pub struct BadCurrency(String);

impl Currency {
    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.letters).expect("a currency is made of capital letters")
    }

    /// How many decimals its minor unit has: 2 for EUR, 0 for JPY.
    #[must_use]
    pub fn decimals(&self) -> u8 {
        self.decimals
    }
}

impl FromStr for Currency {
    type Err = BadCurrency;

    fn from_str(text: &str) -> Result<Self, BadCurrency> {
        let bad = || BadCurrency(text.chars().take(20).collect());
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| bad())?;
        let is_in = |list: &str| list.split_whitespace().any(|code| code == text);
        let decimals = if is_in(TWO_DECIMALS) {
            2
        } else if is_in(NO_DECIMALS) {
            0
        } else if is_in(THREE_DECIMALS) {
            3
        } else {
            return Err(bad());
        };
        Ok(Self { letters, decimals })
    }
}

impl TryFrom<String> for Currency {
    type Error = BadCurrency;
    fn try_from(text: String) -> Result<Self, BadCurrency> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
