//! Packages of an order for pages, the API and the command line: what each profile lacks, what was made, what became of it.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Seek as _};

use bytes::Bytes;
use futures_util::Stream;
use mastering::{Command, Cover, OrderNumber, Package, PackageCommand, PackageWay, Project};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use worker::MOST_PHOTOGRAPH_BYTES;

use super::sendings::SendingView;
use super::{MadeFile, Studio, Submission};
use crate::access::{Right, Visitor};
use crate::denied::Denied;
use crate::jobs::id;
use crate::packaging::{
    BadProfileFile, DiscTold, Wanted, disc_name, outline, profile, profiles, report_name, told,
    told_sum,
};

/// A format of a profile, and what it lacks.
#[derive(Debug, Clone, Serialize)]
pub struct FormatView {
    /// As people write it.
    pub format: String,
    /// What is missing, each in a sentence.
    pub missing: Vec<String>,
}

/// A profile as an order could be made up by it.
#[derive(Debug, Clone, Serialize)]
pub struct ProfileView {
    /// What it is asked for by.
    pub name: String,
    /// What it calls itself.
    pub title: String,
    /// Its formats, each with what it lacks.
    pub formats: Vec<FormatView>,
    /// What all of them lack.
    pub missing: Vec<String>,
    /// What is moved onto CD frames, or left out.
    pub said: Vec<String>,
    /// Lengths of audio CDs.
    pub disc_lengths: Vec<String>,
    /// Where packages are sent by it; none where it names no server.
    pub sends_to: Option<String>,
    /// Whether everything is there.
    pub is_complete: bool,
}

/// A package with what is told of it.
#[derive(Debug, Clone, Serialize)]
pub struct PackageView {
    /// The package.
    #[serde(flatten)]
    pub package: Package,
    /// Its audio CDs as a plant reads them.
    pub discs_told: Vec<DiscTold>,
    /// Its report; none before it is made.
    pub report: Option<Value>,
    /// How it stands to what is true today.
    pub standing: PackageStanding,
    /// Its recipient's own server, where its profile names one; for the studio alone.
    pub sending: Option<SendingView>,
}

/// How a package stands to what is true today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PackageStanding {
    /// It holds the approval that counts, and what is said of the release.
    Current,
    /// Something else is said of the release since.
    Outdated,
    /// It holds an approval that does not count any more.
    Superseded,
}

/// What is asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageAsked {
    /// The profile.
    pub profile: String,
    /// The edition of the approved programme; none for all of it.
    #[serde(default)]
    pub edition: Option<String>,
    /// How it leaves the studio.
    #[serde(default)]
    pub way: PackageWay,
}

/// The packages of an order.
#[derive(Debug, Clone, Serialize)]
pub struct PackagesView {
    /// What could be made, for the studio's people alone.
    pub profiles: Vec<ProfileView>,
    /// Files of profiles that cannot be read, for the studio's people alone.
    pub bad_profiles: Vec<BadProfileFile>,
    /// The editions of the approved programme.
    pub editions: Vec<String>,
    /// What was asked for, newest first.
    pub packages: Vec<PackageView>,
    /// What handing over waits for, in a sentence.
    pub waits_for: Option<String>,
    /// The cover.
    pub cover: Option<Cover>,
}

/// Largest cover, in bytes.
const MOST_COVER_BYTES: u64 = MOST_PHOTOGRAPH_BYTES;

fn broken(error: &dyn std::error::Error) -> Denied {
    Denied::fault("the cover could not be kept", error)
}

impl Studio {
    /// The packages of an order. The studio's people see what every profile lacks, too.
    ///
    /// # Errors
    /// `NotFound` where there is no such order for this visitor; `NotAllowed` for guests who only listen.
    pub async fn packages(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<PackagesView, Denied> {
        let live = self.seen(visitor, number).await?;
        visitor.must(Right::Download)?;
        let project = if visitor.is_staff() {
            live.project.clone()
        } else {
            std::sync::Arc::new(live.project.for_client())
        };
        let mut packages = Vec::new();
        let told_now = told_sum(&project).ok();
        let uploads = if visitor.is_staff() {
            self.uploads().await?
        } else {
            BTreeMap::new()
        };
        for package in project.packages.iter().rev() {
            if !visitor.is_staff() && package.made.is_none() {
                continue;
            }
            let mut told = self.told_of(&project, package, told_now.as_ref()).await?;
            if let Some(upload) = uploads.get(&package.profile) {
                told.sending = self.sending_of((&project, package), upload, told_now.as_ref());
            }
            packages.push(told);
        }
        let (mut profiles, mut bad_profiles) = (Vec::new(), Vec::new());
        if visitor.is_staff() {
            (profiles, bad_profiles) = self.profiles_for(&project).await?;
        }
        Ok(PackagesView {
            profiles,
            bad_profiles,
            editions: project.editions().to_vec(),
            packages,
            waits_for: project.may_hand_over().err().map(|why| why.to_string()),
            cover: project.cover.clone(),
        })
    }

    async fn told_of(
        &self,
        project: &Project,
        package: &Package,
        told_now: Option<&mastering::ObjectSum>,
    ) -> Result<PackageView, Denied> {
        let mut discs_told = Vec::new();
        let made = package.made.as_ref();
        for place in 1..=made.map_or(0, |made| made.discs.len()) {
            let name = disc_name(package.no, place);
            discs_told.extend(self.kept::<DiscTold>(project, name).await?);
        }
        let report = self.kept(project, report_name(package.no)).await?;
        let is_told_anew = made
            .zip(told_now)
            .is_some_and(|(made, now)| *now != made.told);
        let standing = if project.approved_revision() != Some(package.revision) {
            PackageStanding::Superseded
        } else if is_told_anew {
            PackageStanding::Outdated
        } else {
            PackageStanding::Current
        };
        Ok(PackageView {
            discs_told,
            report,
            standing,
            sending: None,
            package: package.clone(),
        })
    }

    /// What every profile lacks for this order.
    async fn profiles_for(
        &self,
        project: &std::sync::Arc<Project>,
    ) -> Result<(Vec<ProfileView>, Vec<BadProfileFile>), Denied> {
        if project.approved_revision().is_none() {
            return Ok((Vec::new(), Vec::new()));
        }
        let (vault, project) = (self.vault.clone(), project.clone());
        let folder = self.config.profiles.clone();
        let all = tokio::task::spawn_blocking(move || {
            let (all, bad) = profiles(folder.as_deref());
            let views = all.iter().map(|(name, profile)| {
                let wanted = Wanted {
                    profile,
                    edition: None,
                };
                let outline = outline(&vault, &project, wanted);
                ProfileView {
                    name: name.clone(),
                    title: profile.title.clone(),
                    is_complete: outline.is_complete(),
                    sends_to: profile.upload.as_ref().map(|upload| upload.to.to_string()),
                    formats: outline
                        .formats
                        .into_iter()
                        .map(|(format, missing)| FormatView { format, missing })
                        .collect(),
                    missing: outline.missing,
                    said: outline.said,
                    disc_lengths: outline.disc_lengths,
                }
            });
            (views.collect(), bad)
        });
        all.await
            .map_err(|e| Denied::fault("the profiles could not be read", &e))
    }

    /// Asks for a package of what is approved, by a profile for which nothing is missing.
    ///
    /// # Errors
    /// `NotAllowed` but for those who take in and hand out; what is missing; nothing approved; one that is in the making.
    pub async fn ask_package(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        asked: PackageAsked,
        key: Option<String>,
    ) -> Result<u64, Denied> {
        visitor.must(Right::TakeIn)?;
        let live = self.seen(visitor, number).await?;
        let (vault, project) = (self.vault.clone(), live.project.clone());
        let (folder, of) = (self.config.profiles.clone(), asked.clone());
        let found = tokio::task::spawn_blocking(move || {
            let profile = profile(folder.as_deref(), &of.profile).map_err(Denied::Invalid)?;
            let wanted = Wanted {
                profile: &profile,
                edition: of.edition.as_deref(),
            };
            let outline = outline(&vault, &project, wanted);
            Ok::<_, Denied>((profile.title, outline))
        });
        let (title, outline) = found
            .await
            .map_err(|e| Denied::fault("the profile could not be read", &e))??;
        if !outline.is_complete() {
            return Err(Denied::Invalid(outline.lacks()));
        }
        let command = PackageCommand::Ask {
            profile: asked.profile,
            title,
            edition: asked.edition,
            way: asked.way,
            by: visitor.name().to_owned(),
        };
        self.on_package(visitor, number, command, key).await
    }

    /// Does something with a package: releases it for production, notes that it was posted.
    ///
    /// # Errors
    /// What the rules refuse.
    pub async fn on_package(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        command: PackageCommand,
        key: Option<String>,
    ) -> Result<u64, Denied> {
        let given = Submission {
            command: Command::Package(command),
            seq: None,
            key,
        };
        self.submit(visitor, number, given).await
    }

    /// What the order says of its release, in the form of `config/release.toml`.
    ///
    /// # Errors
    /// As for [`Studio::packages`].
    pub async fn release_toml(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<String, Denied> {
        let live = self.seen(visitor, number).await?;
        visitor.must(Right::Download)?;
        Ok(told(&live.project))
    }

    /// Keeps a cover as it is sent, once the worker could open it.
    ///
    /// # Errors
    /// A file that is no JPEG or PNG, or larger than 50 MB.
    pub async fn keep_cover(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        file_name: &str,
        body: impl Stream<Item = io::Result<Bytes>> + Unpin,
    ) -> Result<u64, Denied> {
        visitor.must(Right::Send)?;
        let live = self.seen(visitor, number).await?;
        let mut file = self.taken("a cover", body, MOST_COVER_BYTES).await?;
        let mut shown = self.photograph_of(&file).await?;
        let vault = self.vault.clone();
        let project = live.project.id.to_string();
        let stored = tokio::task::spawn_blocking(move || {
            let bytes = file.metadata().map_err(|e| broken(&e))?.len();
            file.rewind().map_err(|e| broken(&e))?;
            let cover = vault.store(&project, "cover", &mut file);
            let cover = cover.map_err(|e| broken(&e))?.sha256;
            let shown = vault.store(&project, "cover", &mut shown);
            Ok::<_, Denied>((cover, shown.map_err(|e| broken(&e))?.sha256, bytes))
        });
        let (object, shown, bytes) = stored.await.map_err(|e| broken(&e))??;
        let sum = |text: &str| id(text).map_err(|_| Denied::Fault("a checksum is none".to_owned()));
        let name = file_name.rsplit(['/', '\\']).next().unwrap_or("cover");
        let given = Submission {
            command: Command::KeepCover(Cover {
                object: sum(&object)?,
                shown: sum(&shown)?,
                file_name: name.to_owned(),
                bytes,
                by: visitor.name().to_owned(),
                at: 0,
            }),
            seq: None,
            key: None,
        };
        self.submit(visitor, number, given).await
    }

    /// The cover of an order as we made it to be shown: a JPEG.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub async fn cover(&self, visitor: &Visitor, number: OrderNumber) -> Result<MadeFile, Denied> {
        let live = self.seen(visitor, number).await?;
        let cover = live.project.cover.as_ref().ok_or(Denied::NotFound)?;
        let (project, object) = (live.project.id.to_string(), cover.shown.clone());
        let bytes = self
            .access
            .read(move |vault| {
                let mut bytes = Vec::new();
                let mut reader = vault.open_object(&project, object.as_str())?;
                Ok(reader.read_to_end(&mut bytes).map(|_| bytes))
            })
            .await?
            .map_err(|e| Denied::fault("the cover could not be read", &e))?;
        Ok(MadeFile {
            file_name: format!("{number} cover.jpg"),
            mime: "image/jpeg",
            bytes,
        })
    }
}
