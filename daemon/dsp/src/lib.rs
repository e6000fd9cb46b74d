//! Processors, sample-rate conversion and dither as deterministic signal code.
