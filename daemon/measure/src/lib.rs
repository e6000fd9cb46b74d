//! The meter and the findings about a mix: loudness, true peak, faults, response and delay.
