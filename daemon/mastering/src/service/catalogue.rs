//! The catalogue: what the studio offers, as `config/services.toml` says it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::rules::{
    ApprovalRules, ConsultationRules, ListeningRules, PermissionRules, Preview, Rounds,
    ServiceRules, Turnaround,
};
use super::{Completion, ServiceKind};
use crate::calendar::Calendar;
use crate::money::{MoneyRefusal, PriceList};
use crate::release::ReleaseSettings;
use crate::retention::Retention;

/// The house's own catalogue, which holds where the studio names no other.
const HOUSE: &str = include_str!("../../../../config/services.toml");

/// Longest while that a reason to listen holds, in hours: a month.
const MOST_REASON_HOURS: u32 = 31 * 24;
/// Longest name of a service, in characters.
const NAME_LIMIT: usize = 40;

/// What the studio offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// When the studio is open, and in which time zone.
    #[serde(default)]
    pub calendar: Calendar,
    /// What is set for releases.
    #[serde(default)]
    pub release: ReleaseSettings,
    /// The services by name.
    pub services: BTreeMap<String, Offering>,
}

/// One service of the catalogue. What it leaves out is as the house's default says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offering {
    /// Its name for people.
    pub title: String,
    /// What it is, in a sentence for clients.
    pub about: String,
    /// Who masters.
    pub kind: ServiceKind,
    /// Other names it is ordered by.
    #[serde(default)]
    pub also: BTreeSet<String>,
    /// When it is complete.
    pub completion: CompletionRule,
    /// How long the studio takes.
    #[serde(default)]
    pub turnaround: Turnaround,
    /// How many rounds are free, for how long, and what they cover.
    #[serde(default)]
    pub rounds: Rounds,
    /// What an approval means, and what silence means.
    #[serde(default)]
    pub approval: ApprovalRules,
    /// What the client hears before the masters are theirs.
    #[serde(default)]
    pub preview: Preview,
    /// Whether the consultation comes before the work.
    #[serde(default)]
    pub consultation: ConsultationRules,
    /// Whether the studio's own people may listen; none: as is usual for its kind.
    #[serde(default)]
    pub listening: Option<ListeningRules>,
    /// What waits for permissions.
    #[serde(default)]
    pub permissions: PermissionRules,
    /// How long things are kept; none: as `[retention]` of the studio says.
    #[serde(default)]
    pub retention: Option<Retention>,
    /// What it costs: the first version of its price list; none: nothing waits for money.
    #[serde(default)]
    pub price: Option<PriceList>,
}

impl Offering {
    /// Whether the studio's own people may listen.
    #[must_use]
    pub fn listening(&self) -> ListeningRules {
        let usual = ListeningRules::of_kind(self.kind);
        self.listening.unwrap_or(usual)
    }
}

/// When a service is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompletionRule {
    /// On delivery, or when somebody says so.
    pub when: Completion,
}

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadCatalogue {
    /// It is not what a catalogue holds; the source names the line.
    #[error("the catalogue of services holds something Lacquer does not know")]
    Unread(#[source] toml::de::Error),
    /// A name nobody could order by.
    #[error("a service is named in small letters, digits and _, not \u{201c}{0}\u{201d}")]
    Name(String),
    /// Two services with one name.
    #[error("two services are ordered as \u{201c}{0}\u{201d}")]
    Twice(String),
    /// A service nobody can read the name of.
    #[error("the service \u{201c}{0}\u{201d} has no title")]
    NoTitle(String),
    /// Prices nobody could mean.
    #[error("the prices of the service \u{201c}{0}\u{201d} cannot be used")]
    Price(String, #[source] MoneyRefusal),
    /// Announcements that do not lie before the approval they announce.
    #[error(
        "the service \u{201c}{0}\u{201d} announces an approval by silence three times, each later than the one before and none before the silence begins"
    )]
    Announcements(String),
    /// Settings of releases that nobody could mean.
    #[error("in the settings of releases {0}")]
    Release(String),
    /// A reason that would open an order's sound for nothing, or for good.
    #[error(
        "in the service \u{201c}{0}\u{201d} a reason to listen holds for 1 to {MOST_REASON_HOURS} hours"
    )]
    ReasonHours(String),
    /// A studio that never opens.
    #[error("the studio opens on no day; give calendar.open at least one")]
    NeverOpen,
    /// Nothing is offered.
    #[error("the catalogue offers no service")]
    Empty,
}

impl Catalogue {
    /// The house's own catalogue.
    #[must_use]
    pub fn house() -> Self {
        Self::read(HOUSE).expect("a test reads the house's own catalogue")
    }

    /// Reads a catalogue.
    ///
    /// # Errors
    /// An unknown key or a value of another kind, with its line; a name that stands twice.
    pub fn read(text: &str) -> Result<Self, BadCatalogue> {
        let mut catalogue: Self = toml::from_str(text).map_err(BadCatalogue::Unread)?;
        for offering in catalogue.services.values_mut() {
            // What follows from the kind is said from here on, so that forms and files show it.
            offering.listening = Some(offering.listening());
        }
        catalogue.check()?;
        Ok(catalogue)
    }

    fn check(&self) -> Result<(), BadCatalogue> {
        if self.services.is_empty() {
            return Err(BadCatalogue::Empty);
        }
        if self.calendar.next_open(0).is_none() {
            return Err(BadCatalogue::NeverOpen);
        }
        if let Some(trouble) = self.release.trouble() {
            return Err(BadCatalogue::Release(trouble));
        }
        let mut taken = BTreeSet::new();
        for (name, offering) in &self.services {
            for name in [name].into_iter().chain(&offering.also) {
                if !is_name(name) {
                    return Err(BadCatalogue::Name(name.clone()));
                }
                if !taken.insert(name) {
                    return Err(BadCatalogue::Twice(name.clone()));
                }
            }
            if offering.title.trim().is_empty() {
                return Err(BadCatalogue::NoTitle(name.clone()));
            }
            if let Some(price) = &offering.price {
                let checked = price.clone().checked();
                checked.map_err(|refusal| BadCatalogue::Price(name.clone(), refusal))?;
            }
            if !(1..=MOST_REASON_HOURS).contains(&offering.listening().reason_hours) {
                return Err(BadCatalogue::ReasonHours(name.clone()));
            }
            let announced = offering.approval.announce_days;
            let falls = announced[0] > announced[1] && announced[1] > announced[2];
            if !falls || announced[0] > offering.approval.silence_days {
                return Err(BadCatalogue::Announcements(name.clone()));
            }
        }
        Ok(())
    }

    /// The service that is ordered by this name, with its own name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(&str, &Offering)> {
        let name = name.trim();
        self.services
            .iter()
            .find(|(own, offering)| own.as_str() == name || offering.also.contains(name))
            .map(|(own, offering)| (own.as_str(), offering))
    }

    /// The rules that an order of this service takes with it today.
    #[must_use]
    pub fn rules(&self, name: &str) -> Option<ServiceRules> {
        let (name, offering) = self.find(name)?;
        Some(ServiceRules {
            name: name.to_owned(),
            title: offering.title.clone(),
            time_zone: self.calendar.time_zone.clone(),
            turnaround: offering.turnaround.clone(),
            rounds: offering.rounds.clone(),
            approval: offering.approval.clone(),
            preview: offering.preview.clone(),
            consultation: offering.consultation,
            listening: offering.listening(),
            permissions: offering.permissions,
            release: self.release.terms(),
        })
    }

    /// The names that can be ordered, for a sentence.
    #[must_use]
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.services.keys().map(String::as_str).collect();
        names.join(", ")
    }
}

fn is_name(text: &str) -> bool {
    let is_letter = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_');
    !text.is_empty() && text.len() <= NAME_LIMIT && text.bytes().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_offers_four_services_and_the_earlier_names_still_order() {
        let house = Catalogue::house();
        let names: Vec<_> = house.services.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["instant", "mastering", "mixing_revision", "radio_edit"]
        );
        assert_eq!(house.find("engineer").unwrap().0, "mastering");
        assert_eq!(house.find("instant").unwrap().1.kind, ServiceKind::Instant);
        assert!(house.find("karaoke").is_none());
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let text = HOUSE.replacen("warn_hours", "warn_ours", 1);
        let line = 1 + text
            .lines()
            .position(|l| l.starts_with("warn_ours"))
            .unwrap();
        let BadCatalogue::Unread(error) = Catalogue::read(&text).unwrap_err() else {
            panic!("it is the key that is wrong");
        };
        let said = error.to_string();
        assert!(
            said.contains("warn_ours") && said.contains(&format!("line {line}")),
            "{said}"
        );
    }

    #[test]
    fn a_catalogue_that_cannot_be_meant_is_refused() {
        let service = |name: &str, more: &str| {
            format!(
                "[services.{name}]\ntitle = \"T\"\nabout = \"\"\nkind = \"instant\"\n{more}\n\
                 [services.{name}.completion]\nwhen = \"by_hand\"\n"
            )
        };
        assert!(Catalogue::read(&service("one", "")).is_ok());
        assert!(matches!(
            Catalogue::read("[services]"),
            Err(BadCatalogue::Empty)
        ));
        assert!(matches!(
            Catalogue::read(&service("One", "")),
            Err(BadCatalogue::Name(_))
        ));
        let twice = service("one", "") + &service("two", "also = [\"one\"]");
        assert!(matches!(
            Catalogue::read(&twice),
            Err(BadCatalogue::Twice(name)) if name == "one"
        ));
        let announced = service("one", "")
            + "[services.one.approval]\nsilence = \"approves\"\nsilence_days = 5\n";
        assert!(matches!(
            Catalogue::read(&announced),
            Err(BadCatalogue::Announcements(_))
        ));
    }
}
