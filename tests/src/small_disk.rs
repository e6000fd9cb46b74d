//! A small disk of its own, taken away again at the end.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A disk that is soon full.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one of so many MiB.
    ///
    /// # Panics
    /// Where this machine mounts none.
    #[must_use]
    pub fn mount(at: PathBuf, mib: u32) -> Self {
        if !at.is_dir() {
            std::fs::create_dir(&at).expect("its place can be made");
        }
        let size = format!("size={mib}m");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "lacquer-test"]);
        crate::clients::run(mount.arg(&at));
        Self(at)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Fills the disk until so many MiB are free, by a file that can be removed.
    ///
    /// # Panics
    /// Where it cannot be filled.
    pub fn leave_free(&self, mib: u64) -> PathBuf {
        let free = rustix::fs::statvfs(&self.0).expect("it is mounted");
        let free = free.f_bavail * free.f_frsize;
        let ballast = self.0.join("ballast");
        let mut file = File::options();
        let file = file.create(true).append(true).open(&ballast);
        let mut file = file.expect("the disk can be written");
        let piece = vec![1u8; 1 << 20];
        for _ in 0..(free >> 20).saturating_sub(mib) {
            file.write_all(&piece).expect("there was room");
        }
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|s| s.success()) || std::thread::panicking());
    }
}
