//! Packages sent to their recipients' own servers: asked for, called off, and the connection tried.

use std::collections::BTreeMap;

use courier::Courier;
use delivery::upload::Upload;
use mastering::{
    OrderNumber, Package, PackageCommand, Project, Refusal, SendAgain, SendingCommand,
};
use serde::{Deserialize, Serialize};

use super::Studio;
use crate::access::{Right, Visitor};
use crate::denied::{Denied, chain};
use crate::packaging::{profiles, told_sum};
use crate::sending::{SendingId, SendingProgress, once, server, upload_of};

/// The server of a package's recipient, for the studio's people.
#[derive(Debug, Clone, Serialize)]
pub struct SendingView {
    /// Where it goes: an address without secrets.
    pub to: String,
    /// Why it cannot be sent now; none where it can.
    pub hindrance: Option<String>,
    /// How far it is, where it is on its way.
    pub progress: Option<SendingProgress>,
}

/// What came of trying a connection.
#[derive(Debug, Clone, Serialize)]
pub struct TriedView {
    /// Where to.
    pub to: String,
    /// What came of it, in sentences.
    pub said: Vec<String>,
    /// Whether packages could be sent there now.
    pub is_good: bool,
}

/// A package that is to be sent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendAsked {
    /// Which.
    pub no: u32,
    /// Whether it is sent although it was before.
    #[serde(default)]
    pub again: SendAgain,
}

fn not_read(error: &dyn std::error::Error) -> Denied {
    Denied::fault("the profile could not be read", error)
}

impl Studio {
    /// The servers of recipients, by the names of their profiles.
    pub(super) async fn uploads(&self) -> Result<BTreeMap<String, Upload>, Denied> {
        let folder = self.config.profiles.clone();
        let all = tokio::task::spawn_blocking(move || {
            let all = profiles(folder.as_deref()).0.into_iter();
            all.filter_map(|(name, profile)| Some((name, profile.upload?)))
                .collect()
        });
        all.await.map_err(|e| not_read(&e))
    }

    /// How a package stands to its recipient's server.
    pub(super) fn sending_of(
        &self,
        (project, package): (&Project, &Package),
        upload: &Upload,
        told_now: Option<&mastering::ObjectSum>,
    ) -> Option<SendingView> {
        let made = package.made.as_ref()?;
        let may = project.may_send(package, once(upload));
        let is_told_anew = told_now.is_some_and(|now| *now != made.told);
        let told_anew = is_told_anew.then(|| {
            let package = package.no;
            Refusal::ToldSince { package }.to_string()
        });
        let open = package.sendings.iter().find(|sending| sending.is_open());
        let id = open.map(|open| SendingId {
            package: package.no,
            sending: open.no,
        });
        Some(SendingView {
            to: upload.to.to_string(),
            hindrance: may.err().map(|refusal| refusal.to_string()).or(told_anew),
            progress: id.and_then(|id| self.underway.progress(&project.id, id)),
        })
    }

    async fn upload_by(&self, profile: String) -> Result<Upload, Denied> {
        let folder = self.config.profiles.clone();
        let found = tokio::task::spawn_blocking(move || upload_of(folder.as_deref(), &profile));
        found
            .await
            .map_err(|e| not_read(&e))?
            .map_err(Denied::Invalid)
    }

    /// Has a package sent to its recipient's own server.
    ///
    /// # Errors
    /// `NotAllowed` but for those who take in and hand out; a profile without a server; what the rules refuse.
    pub async fn send_package(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        asked: SendAsked,
        key: Option<String>,
    ) -> Result<u64, Denied> {
        visitor.must(Right::TakeIn)?;
        let live = self.seen(visitor, number).await?;
        let package = live.project.package(asked.no);
        let unknown = Denied::Refused(Refusal::Unknown { what: "package" });
        let profile = package.ok_or(unknown)?.profile.clone();
        let upload = self.upload_by(profile).await?;
        let told = told_sum(&live.project);
        let told = told.map_err(|_| Denied::Fault("a checksum is none".to_owned()))?;
        let command = SendingCommand::Ask {
            to: upload.to.to_string(),
            once: once(&upload),
            told,
            again: asked.again,
            by: visitor.name().to_owned(),
        };
        let no = asked.no;
        let command = PackageCommand::Sending { no, command };
        self.on_package(visitor, number, command, key).await
    }

    /// Calls off a package that waits to be sent, or is on its way.
    ///
    /// # Errors
    /// What the rules refuse.
    pub async fn call_off_sending(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        no: u32,
        key: Option<String>,
    ) -> Result<u64, Denied> {
        visitor.must(Right::TakeIn)?;
        let live = self.seen(visitor, number).await?;
        let package = live.project.package(no);
        let open = package.and_then(|p| p.sendings.iter().find(|sending| sending.is_open()));
        let open = open.map(|open| open.no);
        let by = visitor.name().to_owned();
        let command = SendingCommand::CallOff { by };
        let command = PackageCommand::Sending { no, command };
        let seq = self.on_package(visitor, number, command, key).await?;
        if let Some(sending) = open {
            let id = SendingId {
                package: no,
                sending,
            };
            self.underway.call_off(&live.project.id, id);
        }
        Ok(seq)
    }

    /// Tries the connection to a profile's server: logs in, and looks whether the folder can be written. No package is sent.
    ///
    /// # Errors
    /// `NotAllowed` but for those who take in and hand out; a profile without a server.
    pub async fn try_upload(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        profile: &str,
    ) -> Result<TriedView, Denied> {
        visitor.must(Right::TakeIn)?;
        self.seen(visitor, number).await?;
        let upload = self.upload_by(profile.to_owned()).await?;
        let to = upload.to.to_string();
        let bad = |said: String| TriedView {
            to: to.clone(),
            said: vec![said],
            is_good: false,
        };
        let config = self.config.clone();
        let found = tokio::task::spawn_blocking(move || server(&config, &upload));
        let server = match found.await.map_err(|e| not_read(&e))? {
            Ok(server) => server,
            Err(why) => return Ok(bad(why)),
        };
        let mut courier = match Courier::open(server).await {
            Ok(courier) => courier,
            Err(error) => return Ok(bad(chain(&error))),
        };
        let shown = courier.shown().clone();
        let mut said = vec![match &shown.key {
            Some(key) => format!("it let us in; it shows {key} ({})", shown.kind),
            None => format!("it let us in, {}", shown.kind),
        }];
        let tried = courier.try_folder().await;
        courier.close().await;
        let is_good = tried.is_ok();
        said.push(match tried {
            Ok(()) => "its folder can be written; nothing was sent".to_owned(),
            Err(error) => chain(&error),
        });
        Ok(TriedView { to, said, is_good })
    }
}
