//! `DDPID`: what the fileset is.

use super::fields::{Fields, Record};

/// The level that is written and read.
pub(super) const LEVEL: &str = "DDP 2.00";

/// The one record of `DDPID`, 128 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DdpId {
    /// `DDP 2.00`.
    pub level: String,
    /// The EAN's digits; empty for none.
    pub ean: String,
    /// What the plant calls the master.
    pub master_id: String,
    /// `CD`.
    pub disc_type: String,
}

impl DdpId {
    /// Bytes of the record.
    pub const BYTES: usize = 128;

    /// The record. Map stream start and length, medium, book, sides and layers and the user text
    /// stay blank: sources disagree on them, and no reader of an audio CD needs them.
    pub fn to_bytes(&self) -> Vec<u8> {
        Record::default()
            .text(8, &self.level)
            .text(13, &self.ean)
            .blank(17)
            .text(48, &self.master_id)
            .blank(1)
            .text(2, &self.disc_type)
            .blank(39)
            .into_bytes()
    }

    /// Reads a record.
    pub fn parse(bytes: &[u8]) -> Self {
        let fields = Fields(bytes);
        Self {
            level: fields.text(0, 8),
            ean: fields.text(8, 13),
            master_id: fields.text(38, 48),
            disc_type: fields.text(87, 2),
        }
    }
}
