//! The desk: one task that owns live state, decides, and drives the edges.
