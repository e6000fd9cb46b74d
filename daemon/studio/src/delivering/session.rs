//! A copy of the session: the programme with everything that it is made of, as it lies in the studio, to be opened again.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use delivery::wish::{SessionAs, Wish};

use super::checksums::sum;
use super::plan::Missing;
use super::report::FileMade;
use super::{Delivery, DeliveryError};

/// The program that makes an ISO 9660 image.
const XORRISO: &str = "xorriso";
/// Letters of a volume's name (ISO 9660, 8.4.7).
const MOST_VOLUME_LETTERS: usize = 32;

/// What belongs to a session.
#[derive(Debug, Default)]
pub struct Session {
    /// The programme's own folder.
    pub folder: PathBuf,
    /// Files by their paths from there: the programme, its mixes, chains, release data and cover.
    pub files: BTreeSet<String>,
}

impl Session {
    /// What keeps it from being copied.
    fn missing(&self) -> impl Iterator<Item = String> + '_ {
        self.files.iter().filter_map(|name| {
            let stays = Path::new(name)
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
            if !stays {
                return Some(format!(
                    "{name} lies outside the programme\u{2019}s folder, where a copy of the session would not find it; move it below that"
                ));
            }
            let is_there = self.folder.join(name).is_file();
            (!is_there).then(|| format!("{name} is not there"))
        })
    }
}

impl Delivery<'_> {
    /// What a copy of the session lacks.
    pub(super) fn missing_of_session(&self, way: SessionAs) -> Vec<Missing> {
        let format = Some(Wish::Session(way));
        let mut what: Vec<String> = self.session.missing().collect();
        if way == SessionAs::Iso && !super::programs::is_program(XORRISO) {
            what.push(format!(
                "the image is made by {XORRISO}, which is not installed; install it (apt-get install {XORRISO}), or take session, which is a folder"
            ));
        }
        let all = what.into_iter();
        all.map(|what| Missing { format, what }).collect()
    }

    /// Copies the session below `folder` as it is wanted; each file is read back.
    pub(super) fn write_session(
        &self,
        way: SessionAs,
        folder: &Path,
    ) -> Result<Vec<FileMade>, DeliveryError> {
        let wish = Wish::Session(way);
        match way {
            SessionAs::Folder => {
                let sums = self.copy_session(folder)?;
                let made = sums.into_iter().map(|(name, sha256, bytes)| {
                    of_no_sound(wish, (&format!("Session/{name}"), &name), sha256, bytes)
                });
                Ok(made.collect())
            }
            SessionAs::Iso => {
                let scratch = tempfile::tempdir_in(folder);
                let scratch = scratch.map_err(DeliveryError::at("write in", folder))?;
                let (copy, back) = (scratch.path().join("copy"), scratch.path().join("back"));
                let sums = self.copy_session(&copy)?;
                let name = delivery::names::Names::default().take(&self.release.title, "iso");
                let image = folder.join(&name);
                write_image(&image, &copy, &volume(&self.release.title))?;
                read_image(&image, &back)?;
                for (file, sha256, bytes) in sums {
                    if sum(&back.join(&file))? != (sha256, bytes) {
                        return Err(DeliveryError::read_back(
                            &name,
                            format!("{file} has other bytes in it"),
                        ));
                    }
                }
                let (sha256, bytes) = sum(&image)?;
                let path = format!("Session image/{name}");
                Ok(vec![of_no_sound(wish, (&path, &name), sha256, bytes)])
            }
        }
    }

    /// Copies every file and reads it back; their names, checksums and lengths.
    fn copy_session(&self, to: &Path) -> Result<Vec<(String, String, u64)>, DeliveryError> {
        let mut sums = Vec::new();
        for name in &self.session.files {
            let (from, copy) = (self.session.folder.join(name), to.join(name));
            let above = copy.parent().unwrap_or(to);
            std::fs::create_dir_all(above).map_err(DeliveryError::at("make", above))?;
            let mut source = File::open(&from).map_err(DeliveryError::at("read", &from))?;
            let mut file = File::create_new(&copy).map_err(DeliveryError::at("write", &copy))?;
            std::io::copy(&mut source, &mut file).map_err(DeliveryError::at("write", &copy))?;
            let meant = sum(&from)?;
            if sum(&copy)? != meant {
                return Err(DeliveryError::read_back(name, "its copy has other bytes"));
            }
            sums.push((name.clone(), meant.0, meant.1));
        }
        Ok(sums)
    }
}

fn of_no_sound(wish: Wish, (path, title): (&str, &str), sha256: String, bytes: u64) -> FileMade {
    FileMade {
        format: wish.to_string(),
        path: path.to_owned(),
        title: title.to_owned(),
        sha256,
        bytes,
        read_back: "read back: every byte is the one of the session".to_owned(),
        ..FileMade::default()
    }
}

/// Long names for all systems: Rock Ridge and Joliet.
fn write_image(image: &Path, folder: &Path, volume: &str) -> Result<(), DeliveryError> {
    let mut xorriso = Command::new(XORRISO);
    xorriso.args(["-as", "mkisofs", "-quiet", "-r", "-J", "-joliet-long"]);
    xorriso.args(["-V", volume, "-o"]).arg(image).arg(folder);
    run(&mut xorriso)
}

fn read_image(image: &Path, to: &Path) -> Result<(), DeliveryError> {
    let mut xorriso = Command::new(XORRISO);
    xorriso.args(["-osirrox", "on", "-indev"]).arg(image);
    run(xorriso.args(["-extract", "/"]).arg(to))
}

fn run(xorriso: &mut Command) -> Result<(), DeliveryError> {
    let done = xorriso.stdin(Stdio::null()).output();
    let done = done.map_err(DeliveryError::at("start", Path::new(XORRISO)))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(DeliveryError::Coder {
        name: "the image of the session".to_owned(),
        why: said.lines().last().unwrap_or("it says nothing").to_owned(),
    })
}

/// A volume's name: capital letters, digits and lines between them (ISO 9660, 7.4.1).
fn volume(title: &str) -> String {
    let letters = title.chars().map(|c| c.to_ascii_uppercase());
    let letters = letters.map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    letters.take(MOST_VOLUME_LETTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_named_as_the_standard_wants_it() {
        assert_eq!(volume("Northern Lines"), "NORTHERN_LINES");
        assert_eq!(volume("Über"), "_BER");
        assert_eq!(volume(&"x".repeat(40)).len(), 32);
    }
}
