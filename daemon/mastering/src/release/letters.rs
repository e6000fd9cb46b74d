//! The letters about a rights claim: what the client is told, and what whoever claims signs to withdraw.

use super::removal::RightsClaim;
use crate::consultation::Tongue;
use crate::ids::UnixMs;
use crate::project::Project;

impl Project {
    fn day_of(&self, at: UnixMs) -> String {
        let there = self.rules.time_zone.at(at);
        there.map_or_else(String::new, |there| there.date().to_string())
    }

    /// The letter that tells the client of a claim.
    #[must_use]
    pub fn claim_letter(&self, claim: &RightsClaim, tongue: Tongue) -> String {
        let (number, title, day) = (self.number, &self.title, self.day_of(claim.at));
        let (claimant, words) = (&claim.claimant, &claim.words);
        match tongue {
            Tongue::English => format!(
                "{number}: a claim to rights in \u{201c}{title}\u{201d}\n\n\
                 On {day} {claimant} told us that they hold rights in this order:\n\n{words}\n\n\
                 You have warranted that you may have these recordings altered. Please answer us, or \
                 settle it with {claimant} directly. Until the claim is withdrawn we hand nothing of this \
                 order over; what you sent us and what we made of it stays as it is.\n"
            ),
            Tongue::German => format!(
                "{number}: ein Anspruch auf Rechte an \u{201e}{title}\u{201c}\n\n\
                 Am {day} hat uns {claimant} mitgeteilt, Rechte an diesem Auftrag zu haben:\n\n{words}\n\n\
                 Sie haben zugesichert, dass Sie diese Aufnahmen bearbeiten lassen d\u{fc}rfen. Bitte antworten \
                 Sie uns, oder kl\u{e4}ren Sie es unmittelbar mit {claimant}. Bis der Anspruch \
                 zur\u{fc}ckgenommen ist, \u{fc}bergeben wir nichts aus diesem Auftrag; was Sie uns geschickt haben \
                 und was wir daraus gemacht haben, bleibt, wie es ist.\n"
            ),
        }
    }

    /// The letter with which whoever claimed takes the claim back.
    #[must_use]
    pub fn withdrawal_letter(&self, claim: &RightsClaim, tongue: Tongue) -> String {
        let (number, title, day) = (self.number, &self.title, self.day_of(claim.at));
        let claimant = &claim.claimant;
        match tongue {
            Tongue::English => format!(
                "{number}: withdrawal of a claim to rights in \u{201c}{title}\u{201d}\n\n\
                 I withdraw the claim of {day} to rights in this order. I have no objection to its being \
                 delivered, released and sold.\n\n\n\
                 Place and date: ______________________\n\n\
                 {claimant}: ______________________\n"
            ),
            Tongue::German => format!(
                "{number}: R\u{fc}cknahme eines Anspruchs auf Rechte an \u{201e}{title}\u{201c}\n\n\
                 Ich nehme den Anspruch vom {day} auf Rechte an diesem Auftrag zur\u{fc}ck. Ich habe nichts \
                 dagegen, dass er ausgeliefert, ver\u{f6}ffentlicht und verkauft wird.\n\n\n\
                 Ort und Datum: ______________________\n\n\
                 {claimant}: ______________________\n"
            ),
        }
    }
}
