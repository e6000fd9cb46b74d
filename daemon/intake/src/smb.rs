//! The Samba share over the dropboxes.
