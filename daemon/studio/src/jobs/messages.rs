//! The messages of an order in its client's dropbox: what the bell says, in the client's language.
//!
//! ```text
//! <dropbox>/LQ-1001 First Light.lacquer.txt      newest first, made anew with each message
//! ```

use std::fmt::Write as _;
use std::path::PathBuf;

use mastering::Project;
use vault::NoticeRow;

use super::{Done, Shop, Trouble};
use crate::access::Reach;
use crate::notices::{Language, day_words, read_out};

/// At most this many messages stand in the file; the page has all.
const MESSAGES_SHOWN: u32 = 200;
/// Stands between two messages.
const RULE: &str = "----------------------------------------";

/// Writes the messages of an order into its client's dropbox, in place of the earlier ones.
pub(super) fn write(
    shop: &Shop,
    project: &Project,
    client: Option<&Reach>,
) -> Result<Done, Trouble> {
    // Somebody who was erased or whose account is closed has no dropbox.
    let Some(client) = client.filter(|client| !client.person.is_closed) else {
        return Ok(Done::default());
    };
    let rows =
        shop.vault
            .notices_about(project.client.as_str(), project.id.as_str(), MESSAGES_SHOWN)?;
    let language = client.profile.language;
    let text = messages(shop, project, &rows, language);
    let folder = shop
        .config
        .data
        .join("dropboxes")
        .join(&client.person.login);
    durable::make_folder(&folder)?;
    intake::put_note(&folder, &name_of(project), text.as_bytes())?;
    Ok(Done::default())
}

/// The name of the file.
fn name_of(project: &Project) -> PathBuf {
    let wanted = format!("{} {}", project.number, project.title);
    let name = delivery::names::Names::default().take(&wanted, "x");
    PathBuf::from(delivery::names::note_name(name.trim_end_matches(".x")))
}

fn messages(shop: &Shop, project: &Project, rows: &[NoticeRow], language: Language) -> String {
    let (greeting, more) = match language {
        Language::English => (
            "What we told you about this order, newest first. The page of your order has it as well:",
            "Write to us there; nobody reads what is written into this file.",
        ),
        Language::German => (
            "Was wir Ihnen zu diesem Auftrag geschrieben haben, das Neueste zuerst. Es steht auch auf \
             der Seite Ihres Auftrags:",
            "Schreiben Sie uns bitte dort; in dieser Datei liest niemand mit.",
        ),
    };
    let mut text = format!(
        "{}\n{} - {}\n\n{greeting}\n{}/orders/{}\n{more}\n",
        shop.config.studio_name,
        project.number,
        project.title,
        shop.config.public_url,
        project.number
    );
    for row in rows {
        let at = project.rules.time_zone.at(row.at_ms);
        let day = at.map_or_else(String::new, |at| day_words(at.date(), language));
        let said = read_out(&shop.config.words, row, language);
        // Writing to a text cannot fail.
        let _ = write!(text, "\n{RULE}\n{day}\n\n{}\n", said.trim_end());
    }
    text
}
