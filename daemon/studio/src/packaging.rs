//! Packages of an order: its approved masters made into what one recipient takes, by a profile.

mod attached;
mod disc_told;
mod lyrics;
mod make;
mod material;
mod pack;
mod profiles;
mod told;

pub use self::disc_told::{DiscTold, TrackTold};
pub(crate) use self::make::{make, told_sum};
pub(crate) use self::material::{Wanted, outline};
pub(crate) use self::pack::{Stretch, disc_wav_head};
pub use self::profiles::{BadProfileFile, OfferedProfile};
pub(crate) use self::profiles::{profile, profiles};
pub(crate) use self::told::told;

/// The document that a package's report is kept in.
pub(crate) fn report_name(no: u32) -> String {
    format!("package_report:{no}")
}

/// The document in which it is kept what a plant reads of a package's disc, from 1.
pub(crate) fn disc_name(no: u32, disc: usize) -> String {
    format!("package_disc:{no}:{disc}")
}
