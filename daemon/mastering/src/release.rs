//! A release made of an order: what a distributor asks for, and what the studio's rules say of it.

mod check;
mod codes;
mod letters;
mod payouts;
mod removal;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use self::check::ReleaseProblem;
pub use self::codes::{Allotment, CodeKind, allot, ean_check_digit, is_catalogue_no, is_ean};
pub(crate) use self::codes::{read_ean, read_isrc};
pub use self::payouts::{Payout, PayoutAsked, SalesCommand, SalesEvent};
pub use self::removal::{Removal, RemovalCost, RightsClaim};
pub use self::settings::{Label, ReleaseSettings, ReleaseTerms};
use crate::decide::permit::optional_line;
use crate::ids::{ObjectSum, TrackId, UnixMs};
use crate::refusal::Refusal;

/// Whether the holder of an account acts as a person or a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContractParty {
    /// They have not said.
    Unsaid,
    /// A person.
    Person,
    /// A sole trader.
    SoleTrader,
    /// A company.
    Company,
}

/// Who grants the licence: the holder of the client's account, as it says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Licensor {
    /// What they act as.
    pub party: ContractParty,
    /// When they said that they are of age; whoever signs for a company is a person too.
    pub of_age_at: Option<UnixMs>,
}

/// What stands in place of an owner whom nobody has confirmed.
pub const COPYRIGHT_CONTROL: &str = "Copyright Control";
/// The territory that is all of them.
pub const WORLDWIDE: &str = "WW";
/// Shops and territories that one release may name.
const MOST_PLACES: usize = 300;

/// What a release is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseKind {
    /// One song, in a few versions at most.
    #[default]
    Single,
    /// A few songs of one artist.
    Ep,
    /// Several songs of one artist.
    Album,
    /// Several artists.
    Compilation,
}

impl ReleaseKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Single, Self::Ep, Self::Album, Self::Compilation];

    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Ep => "ep",
            Self::Album => "album",
            Self::Compilation => "compilation",
        }
    }
}

/// Whether a licence is to one distributor alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenceKind {
    /// To one alone.
    #[default]
    Exclusive,
    /// To this one beside others.
    NotExclusive,
}

impl LicenceKind {
    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Exclusive => "exclusive",
            Self::NotExclusive => "not_exclusive",
        }
    }
}

/// The licence on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// Whether it is exclusive.
    pub kind: LicenceKind,
    /// How many months it runs.
    pub months: u32,
}

impl Default for Licence {
    fn default() -> Self {
        Self {
            kind: LicenceKind::Exclusive,
            months: ReleaseTerms::default().licence_months,
        }
    }
}

/// Who made a song, spelled as they must appear.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReleaseSong {
    /// The artist; empty for the release's own.
    pub artist: String,
    /// Who composed it.
    pub composer: String,
    /// Who wrote the words; empty where there are none.
    pub author: String,
    /// Who arranged it.
    pub arranger: String,
    /// Who produced it.
    pub producer: String,
    /// Whether its words need a warning; none where nobody has said.
    pub warning: Option<Warning>,
    /// ISO 639-1 code of what is sung; empty where nobody has said.
    pub language: String,
    /// Its title in the languages that the release has further titles in, by their codes.
    pub translated: BTreeMap<String, String>,
    /// Whether it may be copied from a CD.
    pub copying: Copying,
    /// A message in a CD's text; empty for none.
    pub message: String,
}

/// Whether a CD says that a song may be copied from it, in its subcode's control bits (IEC 60908).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Copying {
    /// It may not.
    #[default]
    Prohibited,
    /// It may.
    Permitted,
    /// Once: a copy may not be copied.
    Once,
}

impl Copying {
    /// Every answer.
    pub const ALL: [Self; 3] = [Self::Prohibited, Self::Permitted, Self::Once];

    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Prohibited => "prohibited",
            Self::Permitted => "permitted",
            Self::Once => "once",
        }
    }
}

/// Whether words need a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// They do.
    Explicit,
    /// They do not.
    NotNeeded,
    /// They did, and were taken out.
    Cleaned,
}

impl Warning {
    /// Every answer.
    pub const ALL: [Self; 3] = [Self::Explicit, Self::NotNeeded, Self::Cleaned];

    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Explicit => "explicit",
            Self::NotNeeded => "not_needed",
            Self::Cleaned => "cleaned",
        }
    }

    /// What it says of a song's words, behind *they*.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Explicit => "are explicit",
            Self::NotNeeded => "are not explicit",
            Self::Cleaned => "were explicit, and are cleaned",
        }
    }
}

/// The cover of a release, as its file was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cover {
    /// The file in the vault.
    pub object: ObjectSum,
    /// The same made small, by us, to be shown.
    pub shown: ObjectSum,
    /// Its name.
    pub file_name: String,
    /// Bytes.
    pub bytes: u64,
    /// Who brought it.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// What a distributor is told of a release. Everything may be empty while it is being filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Release {
    /// What it is.
    pub kind: ReleaseKind,
    /// The artist as it must appear; empty where it is the order's own.
    pub artist: String,
    /// Which version of the title it is, such as “Deluxe Edition”; empty for the plain one.
    pub version: String,
    /// ISO 639-1 code of its titles; empty where nobody has said.
    pub language: String,
    /// The label's name.
    pub label: String,
    /// The catalogue number: capital letters and a running number.
    pub catalogue_no: String,
    /// The EAN, 13 digits.
    pub ean: String,
    /// The genre, from the studio's catalogue.
    pub genre: String,
    /// The price class.
    pub price_class: String,
    /// Where it is sold: ISO 3166 codes of two letters, or `WW`.
    pub territories: BTreeSet<String>,
    /// The shops.
    pub shops: BTreeSet<String>,
    /// The year of the (C) and (P) lines.
    pub year: Option<u16>,
    /// Who owns the work: the (C) line; empty where nobody has confirmed it.
    pub c_owner: String,
    /// Who owns the recording: the (P) line; likewise.
    pub p_owner: String,
    /// The day it comes out.
    pub released_on: Option<Date>,
    /// The licence.
    pub licence: Licence,
    /// Its title in further languages, by their ISO 639-1 codes.
    pub translations: BTreeMap<String, String>,
    /// Who made each song.
    pub songs: BTreeMap<TrackId, ReleaseSong>,
}

impl Release {
    /// The (C) line.
    #[must_use]
    pub fn c_line(&self) -> String {
        self.line_of("(C)", &self.c_owner)
    }

    /// The (P) line.
    #[must_use]
    pub fn p_line(&self) -> String {
        self.line_of("(P)", &self.p_owner)
    }

    fn line_of(&self, sign: &str, owner: &str) -> String {
        let owner = if owner.is_empty() {
            COPYRIGHT_CONTROL
        } else {
            owner
        };
        match self.year {
            Some(year) => format!("{sign} {year} {owner}"),
            None => format!("{sign} {owner}"),
        }
    }

    /// The same with texts as lines, and codes as their standards write them.
    pub(crate) fn checked(self) -> Result<Self, Refusal> {
        let places = |given: BTreeSet<String>| -> BTreeSet<String> {
            let all = given.iter().map(|place| optional_line(place));
            all.filter(|place| !place.is_empty())
                .take(MOST_PLACES)
                .collect()
        };
        let catalogue_no = optional_line(&self.catalogue_no).replace([' ', '-'], "");
        if !catalogue_no.is_empty() && !is_catalogue_no(&catalogue_no) {
            return Err(Refusal::Missing {
                what: "a catalogue number of capital Latin letters and a number from 001, such as LAQ001,",
            });
        }
        let territories = places(self.territories).into_iter();
        let territories: BTreeSet<String> = territories.map(|t| t.to_ascii_uppercase()).collect();
        let is_code = |t: &String| t.len() == 2 && t.bytes().all(|b| b.is_ascii_uppercase());
        if !territories.iter().all(is_code) {
            return Err(Refusal::Missing {
                what: "each territory's code of two letters, or WW for all of them,",
            });
        }
        let translations = titles_by_language(&self.translations)?;
        let song = |song: ReleaseSong| -> Result<ReleaseSong, Refusal> {
            let mut translated = titles_by_language(&song.translated)?;
            translated.retain(|code, _| translations.contains_key(code));
            Ok(ReleaseSong {
                artist: optional_line(&song.artist),
                composer: optional_line(&song.composer),
                author: optional_line(&song.author),
                arranger: optional_line(&song.arranger),
                producer: optional_line(&song.producer),
                warning: song.warning,
                language: language(&song.language)?,
                message: optional_line(&song.message),
                copying: song.copying,
                translated,
            })
        };
        Ok(Self {
            artist: optional_line(&self.artist),
            version: optional_line(&self.version),
            language: language(&self.language)?,
            label: optional_line(&self.label),
            ean: read_ean(&self.ean)?,
            genre: optional_line(&self.genre),
            price_class: optional_line(&self.price_class),
            shops: places(self.shops),
            c_owner: optional_line(&self.c_owner),
            p_owner: optional_line(&self.p_owner),
            songs: self
                .songs
                .into_iter()
                .map(|(id, s)| Ok((id, song(s)?)))
                .collect::<Result<_, Refusal>>()?,
            translations: translations.clone(),
            catalogue_no,
            territories,
            ..self
        })
    }
}

/// Most languages that CD-Text has beside the first (it has eight blocks).
const MOST_FURTHER_LANGUAGES: usize = 7;

/// Titles by the codes of their languages; what is empty is left out.
fn titles_by_language(
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Refusal> {
    let mut titles = BTreeMap::new();
    for (code, title) in given {
        let (code, title) = (language(code)?, optional_line(title));
        if !code.is_empty() && !title.is_empty() {
            titles.insert(code, title);
        }
    }
    if titles.len() > MOST_FURTHER_LANGUAGES {
        return Err(Refusal::Missing {
            what: "a list of at most seven further languages, which is what a CD takes,",
        });
    }
    Ok(titles)
}

/// A language's code; empty for none.
fn language(given: &str) -> Result<String, Refusal> {
    let code = given.trim().to_ascii_lowercase();
    let is_code = code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase());
    if is_code || code.is_empty() {
        return Ok(code);
    }
    Err(Refusal::Missing {
        what: "each language's code of two letters, such as en or de,",
    })
}
