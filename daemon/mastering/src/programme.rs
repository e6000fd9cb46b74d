//! The programme: songs in order with their gaps, fades, segues and edits, on discs or sides.
//!
//! A [`Programme`] is data that people write by hand as TOML ([`Programme::read`]). [`Programme::faults`] says all that
//! is wrong with it by itself; [`Programme::timeline`] lays it out on its discs once the sources' rates and
//! lengths are known, to the sample at any rate, or says all that is wrong then. Nothing in it is moved that its [`Grid`]
//! does not ask to be moved, and what was moved stands in the timeline.

mod balance;
mod beside;
mod check;
mod edit;
mod fade;
mod fault;
mod file;
mod layout;
mod of_order;
mod on_record;
mod order;
mod others;
mod place;
mod shops;
mod side;
mod song;
mod song_chain;
mod sung;
mod time;
mod timeline;
mod under;
mod versions;
mod written;

pub use balance::{
    BalanceLimits, BalanceStep, LoudnessBy, NoBalance, SongHeard, brightness_db, propose_balance,
    whole_lufs,
};
pub use beside::{AlternateRole, BadRole, SongAlternate};
pub use edit::{Advisory, Because, Edit, EditAsk, EditWords, Join, What};
pub use fade::{Blend, Fade, MarkAt, Segue, Shape};
pub use fault::{Fault, Faults, Problem, Spot};
pub use file::BadProgramme;
pub use of_order::{DiscMade, OfOrder, ProgrammeMade, SongMade, SongVersion};
pub use on_record::{Passage, SaidOnRecord};
pub use order::{Disc, Grid, Programme};
pub use place::{DiscAt, TrackAt};
pub use shops::{AlbumBy, Quiet, Shop, Turned};
pub use side::{BadInches, BadRpm, Inches, Rpm, Side, SideLengths};
pub use song::{RoomTone, Song, SongSource};
pub use song_chain::SongChain;
pub use sung::{SungInFile, SungSpan, SungThere};
pub use time::{BadTime, CD_FRAMES_PER_SECOND, Gap, Ticks, Time};
pub use timeline::{
    DiscLine, EditPlace, Moved, Piece, PieceEdit, Ramp, Reaches, Source, Timeline, TrackLine, Way,
};
pub use written::{NotWritten, write_balance};
