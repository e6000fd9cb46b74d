//! The studio's audio hardware: JACK ports, ALSA cards and the insert loop.
