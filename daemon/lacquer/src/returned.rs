//! `lacquer returned`: what the mail system says of a mail that came back.

use std::io::Read as _;

use anyhow::Context as _;
use studio::control::Request;

use crate::admin::ask_daemon;
use crate::args::Place;
use crate::{Outcome, print_json};

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
pub(crate) fn take(place: &Place, json: bool) -> anyhow::Result<Outcome> {
    let mut message = Vec::new();
    std::io::stdin()
        .take(worker::MOST_RETURNED_BYTES)
        .read_to_end(&mut message)
        .context("the message could not be read")?;
    let message = String::from_utf8_lossy(&message).into_owned();
    let taken = ask_daemon(place, &Request::MailReturned { message })?;
    if json {
        print_json(&taken)?;
        return Ok(Outcome::Good);
    }
    let texts = |list: &str| -> Vec<String> {
        let list = taken[list].as_array().cloned().unwrap_or_default();
        list.iter()
            .filter_map(|one| Some(one.as_str()?.to_owned()))
            .collect()
    };
    for email in texts("held") {
        println!("nothing more is mailed to {email} until somebody looks");
    }
    for sentence in texts("noted") {
        println!("{sentence}");
    }
    Ok(Outcome::Good)
}
