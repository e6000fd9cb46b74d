use serde::Deserialize;

/// Sender and recipient of messages, and what the recipient may do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DdexParties {
    /// The sender's DPID.
    pub sender: String,
    /// Its name.
    pub sender_name: String,
    /// The recipient's DPID.
    pub recipient: String,
    /// Its name.
    pub recipient_name: String,
    /// The version of the messages that the recipient takes.
    #[serde(default)]
    pub version: ErnVersion,
    /// What the release is given away for.
    pub deals: Vec<Deal>,
    /// Whether messages are meant; a test otherwise.
    #[serde(default)]
    pub is_live: bool,
}

/// A version of the electronic release notification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum ErnVersion {
    /// ERN 4.3.
    #[default]
    #[serde(rename = "4.3")]
    V43,
    /// ERN 4.3.2.
    #[serde(rename = "4.3.2")]
    V432,
    /// ERN 3.8.2, which older recipients take.
    #[serde(rename = "3.8.2")]
    V382,
}

/// A way to use a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deal {
    /// Sold to keep.
    Download,
    /// Listened to by subscribers.
    Subscription,
    /// Listened to between advertisements.
    Advertising,
}

impl Deal {
    /// Commercial model and uses, by the names of DDEX's lists.
    pub(super) fn terms(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Download => ("PayAsYouGoModel", &["PermanentDownload"]),
            Self::Subscription => (
                "SubscriptionModel",
                &[
                    "OnDemandStream",
                    "NonInteractiveStream",
                    "ConditionalDownload",
                ],
            ),
            Self::Advertising => (
                "AdvertisementSupportedModel",
                &["OnDemandStream", "NonInteractiveStream"],
            ),
        }
    }
}

/// A text that is no DPID, or no way to use a release.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotADpid {
    /// Not `PADPIDA` and eleven characters.
    #[error(
        "\u{201c}{0}\u{201d} is no DPID: PADPIDA and eleven capital letters or digits, as DDEX gave it"
    )]
    Shape(String),
    /// Nothing that the release may be used for.
    #[error("the deals are missing; write `deals` with download, subscription or advertising")]
    NoDeals,
}

impl DdexParties {
    /// All that is wrong with them.
    pub fn faults(&self) -> Vec<NotADpid> {
        let dpids = [&self.sender, &self.recipient].into_iter();
        let wrong = dpids.filter(|dpid| !is_dpid(dpid));
        let mut faults: Vec<NotADpid> = wrong.map(|dpid| NotADpid::Shape(dpid.clone())).collect();
        if self.deals.is_empty() {
            faults.push(NotADpid::NoDeals);
        }
        faults
    }
}

fn is_dpid(text: &str) -> bool {
    let rest = text.strip_prefix("PADPIDA");
    let is_code = |rest: &str| {
        let is_known = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase();
        rest.len() == 11 && rest.bytes().all(is_known)
    };
    rest.is_some_and(is_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dpid_has_its_shape() {
        assert!(is_dpid("PADPIDA2013042401U"));
        for text in [
            "",
            "PADPIDA2013042401",
            "padpida2013042401u",
            "PADPIDA2013042401UU",
        ] {
            assert!(!is_dpid(text), "{text}");
        }
    }
}
