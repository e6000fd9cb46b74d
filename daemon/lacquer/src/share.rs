//! `lacquer share`: the Samba share over the same dropboxes.

use anyhow::Context as _;
use intake::smb::{SmbAccount, SmbConfig, render_config, unix_user_command};
use serde_json::Value;
use studio::control::Request;

use crate::admin::ask_daemon;
use crate::args::{Place, ShareVerb};
use crate::{Outcome, config};

/// Prints the configuration, and on standard error what is to be done once for each client.
pub(crate) fn run(place: &Place, verb: &ShareVerb) -> anyhow::Result<Outcome> {
    let ShareVerb::Config {
        state,
        server_name,
        port,
        interface,
        owner,
        group,
    } = verb;
    let dropboxes = config::data_of(place)?.join("dropboxes");
    let people = ask_daemon(place, &Request::People)?;
    let mut accounts = Vec::new();
    for person in people.as_array().into_iter().flatten() {
        let text = |name: &str| person.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("role") == "client" {
            accounts.push(SmbAccount::new(
                text("login"),
                dropboxes.join(text("login")),
            )?);
        }
    }
    let smb = SmbConfig {
        server_name: server_name.clone(),
        port: *port,
        interfaces: interface.clone(),
        state: std::path::absolute(state).context("the state folder's name cannot be used")?,
        owner: owner.clone(),
        group: group.clone(),
    };
    print!("{}", render_config(&smb, &accounts)?);
    eprintln!("# Before smbd starts with this, as root, once:");
    for folder in smb.folders() {
        eprintln!("install -d -m 0700 {}", folder.display());
    }
    for account in &accounts {
        eprintln!("{}", unix_user_command(account).join(" "));
        eprintln!("smbpasswd -c SMB.CONF -a lq-{}", account.login());
    }
    Ok(Outcome::Good)
}
