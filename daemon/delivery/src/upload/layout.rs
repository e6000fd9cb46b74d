//! Which file of a package lies where over there, and in which order they are sent.

use std::fmt;

use super::Layout;

/// Where a file lies below the folder of an address: names between `/`, none of which leads out of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RemotePath(String);

/// Why a path cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// A part is empty, `.` or `..`.
    #[error(
        "\u{201c}{0}\u{201d} holds an empty name, `.` or `..`, which could lead out of its folder"
    )]
    LeadsOut(String),
    /// A character that ends a line, or another that nobody sees.
    #[error("\u{201c}{0}\u{201d} holds a control character")]
    Control(String),
    /// A name that is too long.
    #[error("\u{201c}{0}\u{201d} holds a name of more than {LONGEST_NAME} bytes")]
    TooLong(String),
}

/// Longest name in bytes: most servers keep 255, and the file is written under a longer one first.
const LONGEST_NAME: usize = 225;

impl RemotePath {
    /// Takes a path as it is written.
    ///
    /// # Errors
    /// Names that are empty, `.`, `..`, too long, or hold control characters.
    pub fn new(path: &str) -> Result<Self, BadPath> {
        let shown = || path.escape_debug().take(200).collect::<String>();
        if path.contains(char::is_control) {
            return Err(BadPath::Control(shown()));
        }
        for name in path.split('/') {
            if name.trim().is_empty() || name == "." || name == ".." {
                return Err(BadPath::LeadsOut(shown()));
            }
            if name.len() > LONGEST_NAME {
                return Err(BadPath::TooLong(shown()));
            }
        }
        Ok(Self(path.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folders above it, outermost first.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        let ends = self.0.match_indices('/');
        ends.filter_map(|(end, _)| self.0.get(..end))
    }

    /// The name under which it is written until it is whole. It holds the beginning of its checksum, so that what was begun is
    /// only gone on with where it is the same file.
    pub fn part(&self, sha256_hex: &str) -> String {
        let sum = sha256_hex.get(..16).unwrap_or(sha256_hex);
        format!("{}.{sum}.part", self.0)
    }
}

impl fmt::Display for RemotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file of the package, by its place among them.
    File(usize),
    /// All of them as one.
    Archive,
}

/// Something with its place over there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Where.
    pub path: RemotePath,
    /// What.
    pub source: Source,
}

/// Why a package cannot be laid out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPlaced {
    /// No batch is in it.
    #[error(
        "there is no DDEX batch in the package: write `ddex` among the formats of its profile, or another `layout` below [upload]"
    )]
    NoBatch,
    /// A path of it.
    #[error(transparent)]
    Path(#[from] BadPath),
}

/// The folder of a package that batches lie in.
const BATCHES: &str = "DDEX/";
/// How the name of the file begins whose being there says that a batch is complete.
const COMPLETE: &str = "BatchComplete_";
/// The checksums of a package.
const CHECKSUMS: &str = "CHECKSUMS.sha256";

/// Lays a package out: `own` names it, `files` are the paths in it. What says that everything is there comes last.
///
/// # Errors
/// A batch that is not there; names that no server takes.
pub fn place(layout: Layout, own: &str, files: &[&str]) -> Result<Vec<Placed>, NotPlaced> {
    let files = files.iter().enumerate();
    let mut placed: Vec<(u8, Placed)> = match layout {
        Layout::Archive => {
            let path = RemotePath::new(&format!("{own}.zip"))?;
            let source = Source::Archive;
            return Ok(vec![Placed { path, source }]);
        }
        Layout::Folder => files
            .map(|(at, file)| {
                let rank = u8::from(*file == CHECKSUMS);
                ranked(rank, &format!("{own}/{file}"), at)
            })
            .collect::<Result<_, _>>()?,
        Layout::Batch => files
            .filter_map(|(at, file)| Some((at, file.strip_prefix(BATCHES)?)))
            .map(|(at, file)| ranked(rank_in_batch(file), file, at))
            .collect::<Result<_, _>>()?,
    };
    let is_complete = placed.iter().any(|(rank, _)| *rank == COMPLETION);
    if layout == Layout::Batch && !is_complete {
        return Err(NotPlaced::NoBatch);
    }
    placed.sort_by_key(|(rank, _)| *rank);
    Ok(placed.into_iter().map(|(_, placed)| placed).collect())
}

/// The rank of the file that says that a batch is complete.
const COMPLETION: u8 = 2;

/// Resources first, then the message that names them, then the word that all are there.
fn rank_in_batch(file: &str) -> u8 {
    let mut names = file.split('/').skip(1);
    let is_completion = names.next().is_some_and(|name| name.starts_with(COMPLETE));
    if is_completion && names.next().is_none() {
        return COMPLETION;
    }
    u8::from(!file.contains("/resources/"))
}

fn ranked(rank: u8, path: &str, at: usize) -> Result<(u8, Placed), BadPath> {
    let path = RemotePath::new(path)?;
    let source = Source::File(at);
    Ok((rank, Placed { path, source }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn laid(layout: Layout, files: &[&str]) -> Vec<String> {
        let placed = place(layout, "LAQ-2026-0001-2", files).unwrap();
        let lines = placed.iter().map(|one| match one.source {
            Source::File(at) => format!("{at} {}", one.path),
            Source::Archive => format!("all {}", one.path),
        });
        lines.collect()
    }

    const FILES: [&str; 5] = [
        "CHECKSUMS.sha256",
        "DDEX/20261122/4006/4006.xml",
        "DDEX/20261122/4006/resources/4006_1_1.wav",
        "DDEX/20261122/BatchComplete_20261122.xml",
        "Report.txt",
    ];

    #[test]
    fn a_batch_ends_with_the_word_that_it_is_complete() {
        assert_eq!(
            laid(Layout::Batch, &FILES),
            [
                "2 20261122/4006/resources/4006_1_1.wav",
                "1 20261122/4006/4006.xml",
                "3 20261122/BatchComplete_20261122.xml",
            ]
        );
        assert_eq!(
            place(Layout::Batch, "a", &["Report.txt", "DDEX/1/4006/4006.xml"]),
            Err(NotPlaced::NoBatch)
        );
    }

    #[test]
    fn a_folder_keeps_its_order_and_ends_with_its_checksums() {
        let laid = laid(Layout::Folder, &FILES);
        assert_eq!(
            laid.first().unwrap(),
            "1 LAQ-2026-0001-2/DDEX/20261122/4006/4006.xml"
        );
        assert_eq!(laid.last().unwrap(), "0 LAQ-2026-0001-2/CHECKSUMS.sha256");
        assert_eq!(laid.len(), FILES.len());
    }

    #[test]
    fn an_archive_is_one_file() {
        assert_eq!(laid(Layout::Archive, &FILES), ["all LAQ-2026-0001-2.zip"]);
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        for path in [
            "", "..", "a/../b", "a//b", "/a", "a/", ".", "a/./b", "a\nb", "a/ /b", "a\u{7f}",
        ] {
            assert!(RemotePath::new(path).is_err(), "{path:?}");
        }
        for path in [
            "a",
            "Disc 1/01 Snöw (24-48).wav",
            "...",
            "a/.b",
            " a",
            "~/x",
        ] {
            assert!(RemotePath::new(path).is_ok(), "{path:?}");
        }
        assert!(RemotePath::new(&"ü".repeat(120)).is_err());
    }

    proptest! {
        #[test]
        fn no_path_leads_out_of_its_folder(path in "\\PC{0,40}|([a-zü .]{0,4}/?){0,8}") {
            if let Ok(path) = RemotePath::new(&path) {
                let mut depth = 0;
                for name in path.as_str().split('/') {
                    prop_assert!(name != ".." && name != "." && !name.is_empty());
                    depth += 1;
                }
                prop_assert_eq!(path.folders().count() + 1, depth);
                let part = path.part("0123456789abcdef0123");
                prop_assert!(RemotePath::new(&part).is_ok() || part.rsplit('/').next().unwrap().len() > LONGEST_NAME);
                prop_assert!(part.rsplit('/').next().unwrap().len() <= 255);
            }
        }
    }
}
