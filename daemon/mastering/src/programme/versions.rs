//! Which file a version of a track is: by the names that files carry.

use super::fault::{Fault, Faults, Problem, Spot};
use super::order::Programme;
use super::song::SongSource;
use crate::track_name::track_key;

impl Programme {
    /// The programme with each song that is named by its track made of that version's file.
    ///
    /// `files` are those of the folder `versions_in`, as the programme would name them. `Rain_v3.wav` and `Rain (3).wav` are
    /// the third version of Rain, `Rain.wav` the first.
    ///
    /// # Errors
    /// All versions that are not there, or that several files could be.
    pub fn with_versions(&self, files: &[String]) -> Result<Self, Faults> {
        let mut chosen = self.clone();
        let mut faults = Vec::new();
        for (disc, number) in chosen.discs.iter_mut().zip(1..) {
            for (track_no, song) in disc.songs_mut() {
                // What an order's programme names by its track lies there too; any other name is a file's.
                song.rename_others(&mut |name| {
                    if let Ok(file) = choose(name, None, files) {
                        *name = file;
                    }
                });
                let SongSource::Version { track, version } = &song.source else {
                    continue;
                };
                match choose(track, *version, files) {
                    Ok(file) => song.source = SongSource::File(file),
                    Err(problem) => faults.push(Fault {
                        spot: Spot::track(number, track_no, &song.title),
                        problem,
                    }),
                }
            }
        }
        Faults::none_or(faults).map(|()| chosen)
    }
}

fn choose(track: &str, version: Option<u32>, files: &[String]) -> Result<String, Problem> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let wanted = track_key(&format!("{track}.wav")).key;
    let mut of_track: Vec<(u32, &String)> = files
        .iter()
        .map(|file| (track_key(&name(file)), file))
        .filter(|(key, _)| key.key == wanted)
        .map(|(key, file)| (key.version, file))
        .collect();
    of_track.sort();
    let mut versions: Vec<u32> = of_track.iter().map(|(there, _)| *there).collect();
    versions.dedup();
    let fitting: Vec<&String> = of_track
        .iter()
        .filter(|(there, _)| version.is_none_or(|wanted| wanted == *there))
        .map(|(_, file)| *file)
        .collect();
    match fitting[..] {
        [only] => Ok(only.clone()),
        [] => Err(missing(track, version, versions)),
        [..] => Err(Problem::Unclear {
            track: track.to_owned(),
            files: fitting
                .iter()
                .map(|file| file.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

/// A version that is not there, beside those that are.
pub(super) fn missing(track: &str, version: Option<u32>, there: Vec<u32>) -> Problem {
    Problem::NoVersion {
        track: track.to_owned(),
        wanted: version.map_or_else(
            || "version".to_owned(),
            |n| format!("{} version", ordinal(n)),
        ),
        there: said(there.into_iter().map(ordinal).collect()),
    }
}

fn said(versions: Vec<String>) -> String {
    match versions.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => format!("the {last}"),
        Some((last, before)) => format!("the {} and the {last}", before.join(", the ")),
    }
}

/// The number of a version in words, as people say it.
fn ordinal(number: u32) -> String {
    const WORDS: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ];
    let word = usize::try_from(number)
        .ok()
        .and_then(|n| WORDS.get(n.checked_sub(1)?));
    word.map_or_else(|| format!("{number}."), |word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(version: &str, expected: Result<&str, &str>) {
        let text = format!(
            "title = \"A\"\n[[disc]]\n[[disc.track]]\ntitle = \"Rain\"\ntrack = \"Rain\"\n{version}"
        );
        let files = [
            "m/01 Rain.wav",
            "m/Rain_v3.wav",
            "m/Rain Again_v2.wav",
            "m/rain (3).flac",
            "m/Rain v4.wav",
        ];
        let files: Vec<String> = files.iter().map(ToString::to_string).collect();
        let chosen = Programme::read(&text).unwrap().with_versions(&files);
        match (chosen, expected) {
            (Ok(programme), Ok(file)) => assert_eq!(
                programme.discs[0].tracks[0].source,
                SongSource::File(file.to_owned())
            ),
            (Err(faults), Err(words)) => assert_eq!(faults.to_string(), words),
            (chosen, _) => panic!("{version}: {chosen:?}"),
        }
    }

    #[test]
    fn a_version_is_found_by_the_names_of_files_or_said_to_be_missing() {
        check("version = 1", Ok("m/01 Rain.wav"));
        check("version = 4", Ok("m/Rain v4.wav"));
        check(
            "version = 2",
            Err(
                "disc 1, track 1 \u{201c}Rain\u{201d}: there is no second version of \u{201c}Rain\u{201d}; there is the first, the third and the fourth",
            ),
        );
        check(
            "version = 3",
            Err(
                "disc 1, track 1 \u{201c}Rain\u{201d}: \u{201c}Rain\u{201d} is several files (m/Rain_v3.wav, m/rain (3).flac): name one as `file`, or a `version`",
            ),
        );
        check(
            "",
            Err(
                "disc 1, track 1 \u{201c}Rain\u{201d}: \u{201c}Rain\u{201d} is several files (m/01 Rain.wav, m/Rain_v3.wav, m/rain (3).flac, m/Rain v4.wav): name one as `file`, or a `version`",
            ),
        );
    }
}
