//! Programs that the studio installs beside this one.

use std::path::Path;

/// Whether a program can be called by this name: a path, or a name in one of the folders of `PATH`.
pub(super) fn is_program(name: &str) -> bool {
    if name.contains('/') {
        return Path::new(name).is_file();
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(name).is_file())
}
