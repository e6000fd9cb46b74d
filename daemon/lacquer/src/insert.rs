//! `lacquer insert`: what hardware the patchbay can see.

use crate::args::InsertVerb;
use crate::{Outcome, print_json};

pub(crate) fn run(verb: &InsertVerb) -> anyhow::Result<Outcome> {
    let InsertVerb::List { json } = verb;
    let hardware = patchbay::hardware();
    if *json {
        print_json(&serde_json::json!({
            "jack": crate::doctor::jack_json(&hardware.jack),
            "cards": hardware.cards.iter().map(|c| serde_json::json!({"index": c.index, "name": c.name})).collect::<Vec<_>>(),
        }))?;
        return Ok(Outcome::Good);
    }
    println!("{}", crate::doctor::jack_words(&hardware.jack));
    if hardware.cards.is_empty() {
        println!("no sound card");
    }
    for card in &hardware.cards {
        println!("card {}: {}", card.index, card.name);
    }
    Ok(Outcome::Good)
}
