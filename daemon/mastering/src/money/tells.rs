//! What an account has to tell its orders, as commands that the house gives them.

use super::account::{Account, QuoteState, Quoted};
use super::quote::QuoteAbout;
use crate::command::Command;
use crate::ids::{ProjectId, UnixMs};
use crate::paid::SoldInSale;
use crate::project::Project;

impl Account {
    /// What `project` does not know yet: what waits for money, that it was sold in a sale, and what
    /// became of the quote for a request. Told twice, there is nothing left to tell.
    #[must_use]
    pub fn tells(&self, project: &Project, now: UnixMs) -> Vec<Command> {
        let hold = self.gate(&project.id, now).hold;
        let mut commands = Vec::new();
        if hold != project.hold {
            commands.push(Command::SetHold { hold });
        }
        let sale = self.sale_of(&project.id);
        commands.extend(
            sale.filter(|sale| project.sale.as_ref() != Some(sale))
                .map(Command::RecordSale),
        );
        commands.extend(self.about_the_request(project));
        commands
    }

    fn newest(&self, project: &ProjectId, about: QuoteAbout) -> Option<&Quoted> {
        let mut quotes = self.quotes.values().rev();
        quotes.find(|q| &q.project == project && q.about == about)
    }

    fn sale_of(&self, project: &ProjectId) -> Option<SoldInSale> {
        let quotes = self.quotes.values().rev();
        let mut agreed = quotes.filter(|q| {
            let is_accepted = matches!(q.state, QuoteState::Accepted { .. });
            &q.project == project && q.about == QuoteAbout::Order && is_accepted
        });
        let terms = &agreed.next()?.quote.terms;
        Some(SoldInSale {
            name: terms.sale.clone()?,
            free_rounds: terms.sale_rounds,
        })
    }

    /// The client's word on the quote for the request that waits for it.
    fn about_the_request(&self, project: &Project) -> Option<Command> {
        let request = project.open_request()?;
        // A request that is answered otherwise, or quoted afresh, waits for something else.
        request.answer.as_ref()?.charge?;
        let no = request.no;
        let quoted = self.newest(&project.id, QuoteAbout::Request { no })?;
        match &quoted.state {
            QuoteState::Accepted { name, .. } => Some(Command::AgreeToRequest {
                no,
                by: name.clone(),
            }),
            QuoteState::Declined | QuoteState::Lapsed => Some(Command::WithdrawRequest { no }),
            QuoteState::Open | QuoteState::Withdrawn { .. } => None,
        }
    }
}
