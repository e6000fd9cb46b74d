//! A recipient's server with what lets us in, from the secrets' place.

use courier::{Keeping, Secret, Server};
use delivery::upload::Upload;

use crate::config::{SecretsSection, StudioConfig};
use crate::denied::chain;

/// The server of an upload, and what lets us in.
pub(crate) fn server(config: &StudioConfig, upload: &Upload) -> Result<Server, String> {
    let (place, keeping) = match &config.secrets {
        Some(SecretsSection::Folder(place)) => (place, Keeping::Ours),
        Some(SecretsSection::Systemd(place)) => (place, Keeping::Systemd),
        None => {
            return Err(format!(
                "there is no place for secrets: name a folder as deliveries.secrets in lacquer.toml, and put {} there",
                upload.secret.as_str()
            ));
        }
    };
    let secret = Secret::read(place, keeping, &upload.secret).map_err(|error| chain(&error))?;
    Ok(Server::of(upload, secret))
}
