//! What an account has to tell its orders, as commands that the house gives them.

use super::account::{Account, QuoteState, Quoted};
use super::document::DocumentNo;
use super::quote::{QuoteAbout, QuoteTerms, Sold};
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
        commands.extend(self.rush_of(project));
        commands.extend(self.formats_of(project));
        commands
    }

    fn newest(&self, project: &ProjectId, about: QuoteAbout) -> Option<&Quoted> {
        let mut quotes = self.quotes.values().rev();
        quotes.find(|q| &q.project == project && q.about == about)
    }

    /// The quotes for this project that were accepted, oldest first, each with who accepted it.
    fn accepted<'a>(
        &'a self,
        project: &'a Project,
    ) -> impl Iterator<Item = (DocumentNo, &'a QuoteTerms, &'a str)> {
        self.quotes
            .iter()
            .filter_map(|(no, quoted)| match &quoted.state {
                QuoteState::Accepted { name, .. } if quoted.project == project.id => {
                    Some((*no, &quoted.quote.terms, name.as_str()))
                }
                QuoteState::Accepted { .. }
                | QuoteState::Open
                | QuoteState::Withdrawn { .. }
                | QuoteState::Declined
                | QuoteState::Lapsed => None,
            })
    }

    /// A rush that was sold puts the order into its lane, once.
    fn rush_of(&self, project: &Project) -> Option<Command> {
        project.rules.turnaround.rush?;
        let mut sold = self.accepted(project);
        let (quote, _, name) = sold
            .find(|(no, terms, _)| terms.rush == Sold::Yes && !project.told_quotes.contains(no))?;
        Some(Command::SellRush {
            quote,
            by: name.to_owned(),
        })
    }

    /// Formats that were sold are made, each once.
    fn formats_of(&self, project: &Project) -> Option<Command> {
        let mut sold = self.accepted(project);
        let (quote, terms, name) = sold.find(|(_, terms, _)| {
            let known = |format| project.formats.contains(format);
            !terms.formats.iter().all(known)
        })?;
        Some(Command::OrderFormats {
            quote,
            formats: terms.formats.clone(),
            by: name.to_owned(),
        })
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
