//! Packages brought to their recipients' own servers, as their profiles' `[upload]` says.

mod parcel;
mod run;
mod secrets;
mod underway;

use delivery::profile::Profile;
use delivery::upload::{ReleaseFirst, Upload};
use mastering::{OrderNumber, SentOnce};

pub(crate) use self::run::send;
pub(crate) use self::secrets::server;
pub use self::underway::SendingProgress;
pub(crate) use self::underway::Underway;
use crate::packaging::profile;

/// What is sent of which package, within a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SendingId {
    pub(crate) package: u32,
    pub(crate) sending: u32,
}

/// What comes first by a profile's server.
pub(crate) fn once(upload: &Upload) -> SentOnce {
    match upload.release_first {
        ReleaseFirst::Yes => SentOnce::Released,
        ReleaseFirst::No => SentOnce::HandedOver,
    }
}

/// The server of a profile.
pub(crate) fn upload_of(profiles: Option<&std::path::Path>, name: &str) -> Result<Upload, String> {
    let Profile { title, upload, .. } = profile(profiles, name)?;
    upload.ok_or_else(|| {
        format!("the profile {title} names no server of its recipient: write [upload] into it")
    })
}

/// What a package is called over there, where it lies in a folder or an archive of its own.
pub(crate) fn name_there(number: OrderNumber, package: u32) -> String {
    format!("{number}-{package}")
}
