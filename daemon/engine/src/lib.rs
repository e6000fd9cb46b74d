//! The mastering engine: chain files, the measured plan, the offline renderer, the engine revision.
