//! What an order and its client's account tell each other.

use mastering::money::{Ask, Basis, Extra, MoneyCommand, MoneyRefusal, Quote, QuoteAbout};
use mastering::{Actor, Outcome, Project, Refusal, RemovalCost};
use vault::Write;

use super::{Done, Shop, Trouble, staff_notice};
use crate::clock::{now_ms, today};
use crate::denied::{Denied, chain};
use crate::desk::{MoneyAsk, read_account};

/// Tells the order what its client's account says of it now: what waits for money, the sale it was
/// sold in, the word on a quoted request. Run twice, the second time there is nothing left to tell.
pub(super) fn keep_hold(shop: &Shop, project: &Project) -> Result<Done, Trouble> {
    let (account, _) =
        read_account(&shop.vault, &project.client).map_err(|e| Trouble::Again(chain(&e)))?;
    let commands = account.tells(project, now_ms());
    Ok(Done {
        commands,
        also: Vec::new(),
    })
}

/// The master was accepted: what waited for this falls due.
pub(super) async fn fee_falls_due(
    shop: &Shop,
    project: &Project,
    name: &str,
    key: &str,
) -> Result<Done, Trouble> {
    let songs = u32::try_from(project.tracks.len()).unwrap_or(u32::MAX);
    let ask = MoneyAsk {
        client: project.client.clone(),
        by: Actor::House,
        command: MoneyCommand::FeeFallsDue {
            project: project.id.clone(),
            ask: Ask::songs(songs.max(1), today(&shop.offered.now().calendar)),
            name: name.to_owned(),
            fee: project.rules.approval.fee,
        },
        key: Some(key.to_owned()),
        from: None,
    };
    match shop.desk.money(ask).await {
        // Most services ask for their money elsewhere, or for none.
        Ok(_)
        | Err(Denied::Refused(Refusal::Already | Refusal::Money(MoneyRefusal::NotPriced))) => {
            Ok(Done {
                commands: Vec::new(),
                also: Vec::new(),
            })
        }
        Err(denied) => Err(denied.into()),
    }
}

/// Quotes a request that costs, at the order's own price list, or takes the quote back where the
/// request no longer asks for one.
pub(super) async fn quote_request(
    shop: &Shop,
    project: &Project,
    no: u32,
    key: &str,
) -> Result<Done, Trouble> {
    let request = project.requests.iter().find(|r| r.no == no);
    let charge = request
        .filter(|r| r.outcome == Outcome::Open)
        .and_then(|r| Some((r, r.answer.as_ref()?.charge?)));
    let id = project.id.clone();
    let command = match charge {
        None => MoneyCommand::EndRequest { project: id, no },
        Some((request, charge)) => {
            let day = today(&shop.offered.now().calendar);
            let ask = charge.ask(&format!("Your request: {}", request.words), day);
            let about = QuoteAbout::Request { no };
            let made = quote_for(shop, project, &ask, about)?;
            made.map_err(|refusal| Trouble::Never(refusal.to_string()))?
        }
    };
    issue(shop, project, command, key).await
}

/// Quotes what a removal costs by the order's own price list, or takes the quote of one that was taken
/// back. A list that names no fee leaves the quote to a person.
pub(super) async fn quote_removal(
    shop: &Shop,
    project: &Project,
    no: u32,
    key: &str,
) -> Result<Done, Trouble> {
    let removal = project.removals.iter().find(|r| r.no == no);
    let costs = removal.filter(|r| r.cost == RemovalCost::Fee && r.withdrawn_at.is_none());
    let id = project.id.clone();
    if costs.is_none() {
        let command = MoneyCommand::EndRemoval { project: id, no };
        return issue(shop, project, command, key).await;
    }
    let ask = Ask {
        basis: Basis::Extras,
        extras: [(Extra::Removal, 1)].into(),
        ..Ask::songs(0, today(&shop.offered.now().calendar))
    };
    match quote_for(shop, project, &ask, QuoteAbout::Removal { no })? {
        Ok(command) => issue(shop, project, command, key).await,
        Err(_) => {
            let text = format!(
                "The price list of {} names no fee for a removal, and one was asked for before it is free; quote it.",
                project.number
            );
            let row = staff_notice("removal_asked", Some(project.id.to_string()), text);
            Ok(Done {
                commands: Vec::new(),
                also: vec![Write::Notice(row)],
            })
        }
    }
}

/// A quote by the price list that the order was opened on; the inner error is the list's own.
fn quote_for(
    shop: &Shop,
    project: &Project,
    ask: &Ask,
    about: QuoteAbout,
) -> Result<Result<MoneyCommand, MoneyRefusal>, Trouble> {
    let (account, _) =
        read_account(&shop.vault, &project.client).map_err(|e| Trouble::Again(chain(&e)))?;
    let terms = account.orders.get(&project.id);
    let Some(terms) = terms else {
        return Ok(Err(MoneyRefusal::NotPriced));
    };
    let quote = Quote::make(&terms.service, terms.version, &terms.list, ask);
    Ok(quote.map(|quote| MoneyCommand::IssueQuote {
        project: project.id.clone(),
        quote: Box::new(quote),
        about,
    }))
}

async fn issue(
    shop: &Shop,
    project: &Project,
    command: MoneyCommand,
    key: &str,
) -> Result<Done, Trouble> {
    let ask = MoneyAsk {
        client: project.client.clone(),
        by: Actor::House,
        command,
        key: Some(key.to_owned()),
        from: None,
    };
    match shop.desk.money(ask).await {
        Ok(_) | Err(Denied::Refused(Refusal::Already)) => Ok(Done {
            commands: Vec::new(),
            also: Vec::new(),
        }),
        Err(denied) => Err(denied.into()),
    }
}
