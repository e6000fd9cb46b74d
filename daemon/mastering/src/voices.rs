//! Who of the client's people has the last word.

use serde::{Deserialize, Serialize};

use crate::ids::PersonId;
use crate::project::Project;

/// One of the client's people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// Who.
    pub person: PersonId,
    /// Their name, as the others read it.
    pub name: String,
}

impl Project {
    /// Whether this person asks for rounds and approves: anybody of the client's whom their own
    /// rights let, until one person is named.
    #[must_use]
    pub fn has_last_word(&self, person: &PersonId) -> bool {
        self.last_word.as_ref().is_none_or(|v| &v.person == person)
    }
}
