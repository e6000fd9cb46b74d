//! What the studio has set for releases: labels, ranges, catalogues, and the terms of removal.

use serde::{Deserialize, Serialize};

use super::codes::is_catalogue_no;
use crate::money::BasisPoints;

/// A label that the studio knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Its name, as it must appear.
    pub name: String,
    /// The letters of its catalogue numbers.
    pub letters: String,
}

/// The terms that an order takes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReleaseTerms {
    /// The shortest licence, in months.
    pub licence_months: u32,
    /// After how many months a removal is free.
    pub removal_free_months: u32,
    /// How many business days a shop may take to remove a release.
    pub removal_business_days: u32,
    /// How much of what a release earns is the client's.
    pub payout_share: BasisPoints,
    /// From how much on it is paid out, in minor units of its currency.
    pub payout_minimum: i64,
}

impl Default for ReleaseTerms {
    fn default() -> Self {
        Self {
            licence_months: 12,
            removal_free_months: 12,
            removal_business_days: 10,
            payout_share: BasisPoints::WHOLE,
            payout_minimum: 2_500,
        }
    }
}

/// What the studio has set for releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReleaseSettings {
    /// The studio's own ISRC prefix: country and registrant, five characters; none allots none.
    pub isrc: Option<String>,
    /// The digits that the studio's own EANs begin with; none allots none.
    pub ean: Option<String>,
    /// How many versions of its song a single may hold.
    pub single_versions: u32,
    /// The genres.
    pub genres: Vec<String>,
    /// The price classes.
    pub price_classes: Vec<String>,
    /// The shops.
    pub shops: Vec<String>,
    /// The shortest licence, in months.
    pub licence_months: u32,
    /// After how many months a removal is free.
    pub removal_free_months: u32,
    /// How many business days a shop may take to remove a release.
    pub removal_business_days: u32,
    /// How much of what a release earns is the client's, in ten-thousandths.
    pub payout_share: BasisPoints,
    /// From how much on it is paid out, in minor units of its currency.
    pub payout_minimum: i64,
    /// The labels that are known.
    pub labels: Vec<Label>,
}

impl Default for ReleaseSettings {
    fn default() -> Self {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let terms = ReleaseTerms::default();
        Self {
            isrc: None,
            ean: None,
            single_versions: 3,
            genres: list(&[
                "Alternative",
                "Ambient",
                "Blues",
                "Children",
                "Classical",
                "Country",
                "Dance",
                "Electronic",
                "Experimental",
                "Folk",
                "Gospel",
                "Hip-Hop",
                "Holiday",
                "House",
                "Jazz",
                "Latin",
                "Metal",
                "Pop",
                "Punk",
                "R&B",
                "Reggae",
                "Rock",
                "Schlager",
                "Singer-Songwriter",
                "Soul",
                "Soundtrack",
                "Spoken Word",
                "Techno",
                "World",
            ]),
            price_classes: list(&["budget", "mid", "full", "premium"]),
            shops: list(&[
                "Amazon", "Apple", "Beatport", "Deezer", "Qobuz", "Spotify", "Tidal", "YouTube",
            ]),
            licence_months: terms.licence_months,
            removal_free_months: terms.removal_free_months,
            removal_business_days: terms.removal_business_days,
            payout_share: terms.payout_share,
            payout_minimum: terms.payout_minimum,
            labels: Vec::new(),
        }
    }
}

/// Names are compared as people read them: case, spaces and signs aside.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

impl ReleaseSettings {
    /// The terms that an order takes with it.
    #[must_use]
    pub fn terms(&self) -> ReleaseTerms {
        ReleaseTerms {
            licence_months: self.licence_months,
            removal_free_months: self.removal_free_months,
            removal_business_days: self.removal_business_days,
            payout_share: self.payout_share,
            payout_minimum: self.payout_minimum,
        }
    }

    /// The known label of exactly this name.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.name == name)
    }

    /// A known label whose name reads the same and is spelled otherwise.
    #[must_use]
    pub fn label_like(&self, name: &str) -> Option<&Label> {
        let wanted = plain(name);
        let mut like = self.labels.iter();
        like.find(|label| label.name != name && plain(&label.name) == wanted)
    }

    /// Whether a code lies in one of the studio's own ranges, where nobody but the studio may put it.
    #[must_use]
    pub fn owns(&self, code: &str) -> bool {
        let begins = |prefix: &Option<String>| {
            let prefix = prefix.as_deref().filter(|prefix| !prefix.is_empty());
            prefix.is_some_and(|prefix| code.starts_with(prefix))
        };
        let counts = |label: &Label| {
            let number = code.strip_prefix(label.letters.as_str());
            number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        };
        begins(&self.isrc) || begins(&self.ean) || self.labels.iter().any(counts)
    }

    /// What of the settings nobody could mean, in words.
    pub(crate) fn trouble(&self) -> Option<String> {
        let is_isrc = |prefix: &String| {
            let bytes = prefix.as_bytes();
            bytes.len() == 5
                && bytes[..2].iter().all(u8::is_ascii_uppercase)
                && bytes
                    .iter()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        if self.isrc.as_ref().is_some_and(|prefix| !is_isrc(prefix)) {
            return Some("isrc is a country and a registrant, such as DEA12".to_owned());
        }
        // A check digit and at least one number of its own follow.
        let is_ean = |prefix: &String| {
            (3..=11).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_digit())
        };
        if self.ean.as_ref().is_some_and(|prefix| !is_ean(prefix)) {
            return Some("ean is 3 to 11 digits that the studio's EANs begin with".to_owned());
        }
        for (place, label) in self.labels.iter().enumerate() {
            if label.name.trim().is_empty() || !is_catalogue_no(&format!("{}001", label.letters)) {
                return Some(format!(
                    "the label \u{201c}{}\u{201d} has a name and capital Latin letters",
                    label.name
                ));
            }
            let before = &self.labels[..place];
            if before
                .iter()
                .any(|b| b.letters == label.letters || plain(&b.name) == plain(&label.name))
            {
                return Some(format!(
                    "the label \u{201c}{}\u{201d} has its name and its letters for itself",
                    label.name
                ));
            }
        }
        if self.payout_share > BasisPoints::WHOLE || self.payout_minimum < 0 {
            return Some(
                "payout_share is at most 10000, and payout_minimum is not below 0".to_owned(),
            );
        }
        (self.licence_months == 0 || self.single_versions == 0 || self.removal_business_days == 0)
            .then(|| "months, versions and days are counted from 1".to_owned())
    }
}
