//! In the child: what goes along with a release, read into facts; of a video's sound, how loud it is from moment to moment.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};

use attachments::{
    Booklet, ENVELOPE_HZ, Envelope, MOST_BOOKLET_BYTES, Movie, NoMovie, PcmSound, TrackKind,
};
use serde::{Deserialize, Serialize};
use soundfile::Decoder;

use crate::child::with_causes;
use crate::protocol::Reply;

/// Longest sound of a video that is listened to, in seconds: three hours.
const MOST_SECONDS: u32 = 3 * 3_600;

/// A video as the child read it; its envelope was written beside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MovieRead {
    pub(crate) movie: Movie,
    /// Why its sound was not listened to.
    pub(crate) unheard: Option<String>,
}

/// A video as the parent has it.
#[derive(Debug, Clone, PartialEq)]
pub struct MovieFacts {
    /// What its container says.
    pub movie: Movie,
    /// How loud its sound is, as [`attachments::Envelope`] tells it.
    pub heard: Vec<u8>,
    /// Why its sound was not listened to.
    pub unheard: Option<String>,
}

fn failed(step: &str, error: &io::Error) -> Reply {
    Reply::Failed {
        step: step.to_owned(),
        os_error: error.raw_os_error(),
        what: error.to_string(),
    }
}

/// Reads a booklet.
pub(crate) fn booklet(mut input: File) -> Reply {
    let mut bytes = Vec::new();
    let whole = input
        .rewind()
        .and_then(|()| input.take(MOST_BOOKLET_BYTES + 1).read_to_end(&mut bytes));
    if let Err(error) = whole {
        return failed("read the booklet", &error);
    }
    match Booklet::read(bytes) {
        Ok(booklet) => Reply::Booklet(Box::new(booklet)),
        Err(why) => Reply::NotAttached {
            why: why.to_string(),
        },
    }
}

/// Reads a video, and writes the envelope of its sound.
pub(crate) fn movie(mut input: File, mut output: File) -> Reply {
    let movie = match Movie::read(&mut input) {
        Ok(movie) => movie,
        Err(NoMovie::Io(error)) => return failed("read the video", &error),
        Err(why) => {
            return Reply::NotAttached {
                why: why.to_string(),
            };
        }
    };
    let (heard, unheard) = match listen(input, &movie) {
        Ok(heard) => (heard, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    match output.write_all(&heard) {
        Ok(()) => Reply::Movie(Box::new(MovieRead { movie, unheard })),
        Err(error) => failed("write what the video sounds like", &error),
    }
}

/// How loud a video's sound is from the video's first moment on.
fn listen(mut input: File, movie: &Movie) -> Result<Vec<u8>, String> {
    let track = movie.of_kind(TrackKind::Sound).next();
    let track = track.ok_or("it has no sound")?;
    let pcm = PcmSound::of(&mut input).map_err(|error| with_causes(&error))?;
    let heard = match pcm {
        Some(pcm) => {
            let mut heard = Envelope::new(pcm.rate_hz(), MOST_SECONDS);
            let read = pcm.read(&mut input, &mut |planar| heard.feed(planar));
            read.map_err(|_| "its sound is not whole".to_owned())?;
            heard
        }
        None => decoded(input)?,
    };
    let values = |seconds: f64| {
        let values = (seconds.clamp(0.0, f64::from(MOST_SECONDS)) * f64::from(ENVELOPE_HZ)).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "held within three hours in the line above"
        )]
        let values = values as usize;
        values
    };
    // An encoder's own first frames are left out by the list of edits as well, which the decoder does not follow.
    let skipped = values(track.skips_seconds);
    let mut all = vec![0; values(track.starts_seconds)];
    all.extend(heard.into_values().into_iter().skip(skipped));
    Ok(all)
}

fn decoded(mut input: File) -> Result<Envelope, String> {
    let said = |error: soundfile::DecodeError| with_causes(&error);
    input.rewind().map_err(|error| error.to_string())?;
    let mut decoder = Decoder::open(input, "video.m4a").map_err(said)?;
    let spec = decoder.format().spec;
    let mut heard = Envelope::new(spec.rate_hz, MOST_SECONDS);
    let mut planar = vec![Vec::new(); usize::from(spec.channels)];
    while let Some(block) = decoder.next_block().map_err(said)? {
        block.planar(&mut planar);
        heard.feed(&planar);
    }
    Ok(heard)
}

/// In the parent: the envelope that the child wrote.
pub(crate) fn read_back(mut written: &File) -> io::Result<Vec<u8>> {
    written.rewind()?;
    let mut heard = Vec::new();
    let most = u64::from(MOST_SECONDS) * u64::from(ENVELOPE_HZ) * 2;
    written.take(most).read_to_end(&mut heard)?;
    Ok(heard)
}
