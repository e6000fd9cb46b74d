//! What templates draw: texts and addresses, taken from the studio's views as they are.

mod balance_picture;
mod beside;
mod document;
mod frame;
mod mix;
mod order;
mod record;
mod song;
mod terms;

pub(crate) use self::balance_picture::picture as balance_picture;
pub(crate) use self::document::{DocumentView, amounts};
pub(crate) use self::frame::{Frame, LogView};
pub(crate) use self::mix::Inspection;
pub(crate) use self::order::OrderView;
pub(crate) use self::song::{SongView, VersionView};
