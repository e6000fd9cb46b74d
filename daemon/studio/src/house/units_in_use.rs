//! Who has which units, for pages and the command line.

use super::Studio;
use crate::access::{Right, Visitor};
use crate::denied::Denied;
use crate::units_in_use::UnitsLine;

impl Studio {
    /// Everybody who holds units of the rack or waits for them, in the order they came.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub fn units_in_use(&self, visitor: &Visitor) -> Result<Vec<UnitsLine>, Denied> {
        visitor.must(Right::ReadHouse)?;
        Ok(self.units_in_use.now())
    }
}
