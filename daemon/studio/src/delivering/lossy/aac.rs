//! AAC by the encoder that the studio installs: it is given a WAV and a place for its MP4 file.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use delivery::TrackTags;
use delivery::mp4::{MOST_BYTES, with_tags};
use soundfile::{AudioSpec, SampleType, WavWriter};

use super::encode::pass;
use super::turned::Turned;
use crate::delivering::DeliveryError;
use crate::delivering::files::SongFile;
use crate::delivering::programs::is_program;

/// What stands in the encoder's words for the WAV it reads, and for the file it makes.
const IN: &str = "{in}";
const OUT: &str = "{out}";
/// How much of what an encoder says is handed on.
const MOST_SAID: usize = 400;

/// What keeps an encoder from being called, with the next step; nothing where it can be.
pub(in crate::delivering) fn is_there(command: &[String]) -> Result<(), String> {
    let example = "write aac_encoder in the profile, such as [\"ffmpeg\", \"-v\", \"error\", \"-i\", \"{in}\", \"-c:a\", \"aac\", \"-b:a\", \"256k\", \"{out}\"]";
    let Some(program) = command.first() else {
        return Err(format!(
            "AAC is made by an encoder of the studio\u{2019}s, and none is named; install one and {example}"
        ));
    };
    if !command.iter().any(|word| word.contains(IN))
        || !command.iter().any(|word| word.contains(OUT))
    {
        return Err(format!(
            "aac_encoder does not say where {IN} and {OUT} go; {example}"
        ));
    }
    if !is_program(program) {
        return Err(format!(
            "the encoder of AAC, {program}, is not installed; install it, or name another as aac_encoder in the profile"
        ));
    }
    Ok(())
}

/// Has a song encoded, and puts its tags into what came of it.
pub(super) fn write(
    song: &SongFile<'_>,
    mut file: &File,
    gain: f64,
    (command, tags): (&[String], &TrackTags),
) -> Result<(), DeliveryError> {
    let wrong = || DeliveryError::coder(&song.name);
    let scratch = song.path.parent().unwrap_or(Path::new("."));
    let scratch = tempfile::tempdir_in(scratch);
    let scratch = scratch.map_err(DeliveryError::at("write beside", &song.path))?;
    let (source, made) = (
        scratch.path().join("song.wav"),
        scratch.path().join("song.m4a"),
    );
    write_wav(song, gain, &source)?;
    run(song, command, (&source, &made))?;
    let bytes = read(&made)?;
    let tagged = with_tags(&bytes, tags, song.cover).map_err(wrong())?;
    let written = file.rewind().and_then(|()| file.write_all(&tagged));
    written.map_err(DeliveryError::at("write", &song.path))
}

fn write_wav(song: &SongFile<'_>, gain: f64, path: &PathBuf) -> Result<(), DeliveryError> {
    let wrong = || DeliveryError::at("write", path);
    let mut source = Turned::new(song, gain)?;
    let spec = AudioSpec {
        sample: SampleType::F32,
        ..source.reader.spec()
    };
    let file = File::create_new(path).map_err(wrong())?;
    let mut wav = WavWriter::new(file, spec, &[]).map_err(wrong())?;
    pass(song, &mut source, |rows| {
        wav.write_planar(rows).map_err(wrong())
    })?;
    wav.finish().map_err(wrong())?;
    Ok(())
}

fn run(
    song: &SongFile<'_>,
    command: &[String],
    (source, made): (&Path, &Path),
) -> Result<(), DeliveryError> {
    let failed = |why: String| DeliveryError::Coder {
        name: song.name.clone(),
        why,
    };
    let (program, words) = command
        .split_first()
        .ok_or_else(|| failed("no encoder of AAC is named".to_owned()))?;
    let words = words.iter().map(|word| {
        let word = word.replace(IN, &source.to_string_lossy());
        word.replace(OUT, &made.to_string_lossy())
    });
    let done = Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .output()
        .map_err(DeliveryError::at("start", Path::new(program)))?;
    if done.status.success() && made.is_file() {
        return Ok(());
    }
    let said = [done.stderr, done.stdout].concat();
    let said: String = String::from_utf8_lossy(&said)
        .chars()
        .take(MOST_SAID)
        .collect();
    Err(failed(format!("{program} made nothing: {}", said.trim())))
}

fn read(path: &Path) -> Result<Vec<u8>, DeliveryError> {
    let wrong = || DeliveryError::at("read", path);
    let file = File::open(path).map_err(wrong())?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(wrong())?;
    Ok(bytes)
}
