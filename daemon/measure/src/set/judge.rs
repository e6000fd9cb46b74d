//! The set as a whole: what each mix is in it, and what is found of each.

use crate::finding::{Finding, Severity};
use crate::set::align::Marked;
use crate::set::fingerprint::Fingerprint;
use crate::set::{alternates, songs};
use crate::thresholds::SetThresholds;

/// How much of its main mix an alternate shares by its nature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shares {
    /// Nearly all of it, at the same length: an instrumental, a TV mix, a clean version.
    Most,
    /// Some of it, at the same place: an a cappella, a stem.
    Some,
    /// Most of it, cut to another length: a radio edit.
    Edited,
    /// Nobody said what it is.
    Unknown,
}

/// What a mix is in its set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A song.
    Song,
    /// Another version of a song.
    Alternate {
        /// What it shares with the song.
        shares: Shares,
        /// The song it is named after, as its place in the set; none where the name does not tell.
        of: Option<usize>,
    },
}

/// One mix of a set.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Its name, for the sentences.
    pub name: &'a str,
    /// What it is.
    pub part: Part,
    /// Its print.
    pub fingerprint: &'a Fingerprint,
}

/// What is found when the mixes of a set are compared, for each of them the gravest first.
///
/// References do not belong to a set. The answer depends on the prints, the parts and their order alone.
#[must_use]
pub fn compare(members: &[Member<'_>], limits: &SetThresholds) -> Vec<Vec<Finding>> {
    let mut found: Vec<Vec<Finding>> = vec![Vec::new(); members.len()];
    songs::judge(members, limits, &mut found);
    if members.iter().any(|m| m.part != Part::Song) {
        let marked: Vec<Marked<'_>> = members.iter().map(|m| Marked::new(m.fingerprint)).collect();
        alternates::judge(members, &marked, limits, &mut found);
    }
    for findings in &mut found {
        findings.sort_by_key(|finding: &Finding| std::cmp::Reverse::<Severity>(finding.severity));
    }
    found
}
