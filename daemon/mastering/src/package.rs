//! Packages: an approved order made into what a label, a shop, a plant or a cutter takes.

use serde::{Deserialize, Serialize};

use crate::ids::{ObjectSum, RevisionNo, UnixMs};
use crate::project::Project;
use crate::sending::{Sending, SendingCommand, SendingEvent};

/// A file within a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFile {
    /// Its place in the package's folder.
    pub path: String,
    /// Its first byte in the package's archive, where it lies as it is.
    pub at: u64,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: ObjectSum,
}

/// An audio CD within a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageDisc {
    /// The folder of the fileset that a plant reads, within the package.
    pub folder: String,
    /// Its image, within the package.
    pub image: String,
}

/// What became of a package: made, and read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageMade {
    /// All of its files as one: a ZIP in which nothing is compressed.
    pub archive: ObjectSum,
    /// Bytes of that.
    pub bytes: u64,
    /// SHA-256 of what was said of the release when it was made.
    pub told: ObjectSum,
    /// Its files.
    pub files: Vec<PackageFile>,
    /// Its audio CDs, as a plant takes them.
    pub discs: Vec<PackageDisc>,
    /// What of it breaks its profile's figures.
    pub objections: Vec<String>,
    /// When.
    pub at: UnixMs,
}

/// How a package leaves the studio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackageWay {
    /// Fetched from the portal.
    #[default]
    Fetched,
    /// Sent on a medium by post, too.
    Posted,
}

/// That somebody of the client's released a package for production.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageReleased {
    /// Who.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// That a package was given to the post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackagePosted {
    /// Who carries it.
    pub carrier: String,
    /// By which number it is followed.
    pub tracking: String,
    /// Who took it there.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// A package of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its number in the order, from 1.
    pub no: u32,
    /// The profile that it is made by.
    pub profile: String,
    /// What that calls itself.
    pub title: String,
    /// The edition of the programme; none for all of it.
    #[serde(default)]
    pub edition: Option<String>,
    /// The revision whose approval it holds.
    pub revision: RevisionNo,
    /// How it leaves the studio.
    pub way: PackageWay,
    /// Who asked for it.
    pub by: String,
    /// When.
    pub at: UnixMs,
    /// What became of it; none while it is in the making.
    #[serde(default)]
    pub made: Option<PackageMade>,
    /// Why nothing could be made.
    #[serde(default)]
    pub failed: Option<String>,
    /// That it was released for production.
    #[serde(default)]
    pub released: Option<PackageReleased>,
    /// That it was posted.
    #[serde(default)]
    pub posted: Option<PackagePosted>,
    /// That it was sent to its recipient's own server, or is to be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sendings: Vec<Sending>,
}

impl Package {
    /// A file of it, where it was made.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&PackageFile> {
        let mut files = self.made.iter().flat_map(|made| &made.files);
        files.find(|file| file.path == path)
    }

    /// Whether it is in the making.
    #[must_use]
    pub fn is_in_the_making(&self) -> bool {
        self.made.is_none() && self.failed.is_none()
    }

    /// Whether somebody has to take it to the post.
    #[must_use]
    pub fn is_to_be_posted(&self) -> bool {
        self.way == PackageWay::Posted && self.made.is_some() && self.posted.is_none()
    }
}

/// Something that is done with packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageCommand {
    /// Asks for one.
    Ask {
        /// The profile.
        profile: String,
        /// What that calls itself.
        title: String,
        /// The edition of the approved programme; none for all of it.
        edition: Option<String>,
        /// How it leaves the studio.
        way: PackageWay,
        /// Who asks.
        by: String,
    },
    /// Records what was made.
    Record {
        /// Which.
        no: u32,
        /// What it is.
        made: Box<PackageMade>,
    },
    /// Records that nothing could be made.
    Fail {
        /// Which.
        no: u32,
        /// Why, and what to do.
        why: String,
    },
    /// Releases one for production.
    Release {
        /// Which.
        no: u32,
        /// Who releases it.
        by: String,
    },
    /// Notes that one was posted.
    Post {
        /// Which.
        no: u32,
        /// Who carries it.
        carrier: String,
        /// By which number it is followed.
        tracking: String,
        /// Who notes it.
        by: String,
    },
    /// Does something with its sending to the recipient's own server.
    Sending {
        /// Which.
        no: u32,
        /// What.
        command: SendingCommand,
    },
}

/// Something that became of packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "package", rename_all = "snake_case")]
pub enum PackageEvent {
    /// One was asked for.
    Asked(Box<Package>),
    /// It was made.
    Made {
        /// Which.
        no: u32,
        /// What it is.
        made: Box<PackageMade>,
    },
    /// It could not be made.
    Failed {
        /// Which.
        no: u32,
        /// Why, and what to do.
        why: String,
    },
    /// It was released for production.
    Released {
        /// Which.
        no: u32,
        /// Who released it, and when.
        #[serde(flatten)]
        released: PackageReleased,
    },
    /// It was posted.
    Posted {
        /// Which.
        no: u32,
        /// By whom, and when.
        #[serde(flatten)]
        posted: PackagePosted,
    },
    /// Something became of its sending to the recipient's own server.
    Sending(SendingEvent),
}

impl PackageEvent {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Asked(_) => "package_asked",
            Self::Made { .. } => "package_made",
            Self::Failed { .. } => "package_failed",
            Self::Released { .. } => "package_released",
            Self::Posted { .. } => "package_posted",
            Self::Sending(event) => event.code(),
        }
    }

    /// The package that it is about.
    #[must_use]
    pub fn no(&self) -> u32 {
        match self {
            Self::Asked(package) => package.no,
            Self::Made { no, .. }
            | Self::Failed { no, .. }
            | Self::Released { no, .. }
            | Self::Posted { no, .. } => *no,
            Self::Sending(event) => event.package(),
        }
    }
}

impl Project {
    /// A package by its number.
    #[must_use]
    pub fn package(&self, no: u32) -> Option<&Package> {
        self.packages.iter().find(|package| package.no == no)
    }

    /// The editions of the approved programme.
    #[must_use]
    pub fn editions(&self) -> &[String] {
        let round = self.approved_revision();
        let round = round.and_then(|no| self.revisions.get(&no));
        let programme = round.and_then(|round| round.programme.as_ref());
        programme.map_or(&[], |programme| programme.editions.as_slice())
    }

    /// The revision whose approval holds now, of which packages are made.
    #[must_use]
    pub fn approved_revision(&self) -> Option<RevisionNo> {
        self.approval.as_ref().map(|approval| approval.revision)
    }
}
