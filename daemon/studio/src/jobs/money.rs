//! What an order and its client's account tell each other.

use mastering::money::{Ask, MoneyCommand, MoneyRefusal};
use mastering::{Actor, Command, Project, Refusal};

use super::{Done, Shop, Trouble};
use crate::clock::{now_ms, today};
use crate::denied::{Denied, chain};
use crate::desk::{MoneyAsk, read_account};

/// Brings the order to what the account says of it now. Run twice, it says the same.
pub(super) fn keep_hold(shop: &Shop, project: &Project) -> Result<Done, Trouble> {
    let (account, _) =
        read_account(&shop.vault, &project.client).map_err(|e| Trouble::Again(chain(&e)))?;
    let hold = account.gate(&project.id, now_ms()).hold;
    let commands = if hold == project.hold {
        Vec::new()
    } else {
        vec![Command::SetHold { hold }]
    };
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
            ask: Ask::songs(songs.max(1), today(&shop.config.catalogue.calendar)),
            name: name.to_owned(),
        },
        key: Some(key.to_owned()),
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
