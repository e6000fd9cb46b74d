use engine::programme as sound;
use mastering::programme as told;
use soundfile::SampleType;

/// What stands in the order of the files: their names, and what their samples are.
pub(super) struct Shelf {
    pub(super) names: Vec<String>,
    pub(super) samples: Vec<SampleType>,
    /// Songs with an alternate that is brought to them; they stand behind the files.
    pub(super) brought: Vec<(String, String)>,
}

impl Shelf {
    fn of(&self, name: &str) -> usize {
        let place = self.names.iter().position(|known| known == name);
        place.expect("a timeline is laid out on these files")
    }

    /// The name of a file, or of an alternate that is brought to a song.
    pub(super) fn name(&self, place: usize) -> &str {
        match place.checked_sub(self.names.len()) {
            None => &self.names[place],
            Some(brought) => &self.brought[brought].1,
        }
    }

    pub(super) fn of_brought(&self, song: &str, alternate: &str) -> usize {
        let pair = |(own, other): &(String, String)| own == song && other == alternate;
        let place = self.brought.iter().position(pair);
        self.names.len() + place.expect("each alternate was brought to its song")
    }

    /// Whether a file's samples are whole numbers of so many bits.
    pub(super) fn is_on_grid(&self, name: &str, bits: Option<u32>) -> bool {
        fits(self.samples[self.of(name)], bits)
    }

    /// Pieces of a disc at a rate as the engine plays them; `bits` are those of the files that will be written.
    pub(super) fn plan(
        &self,
        pieces: &[told::Piece],
        (rate_hz, channels): (u32, usize),
        bits: Option<u32>,
        conversion: engine::ConversionChoice,
    ) -> sound::DiscPlan {
        let pieces = pieces.iter();
        sound::DiscPlan {
            rate_hz,
            channels,
            pieces: pieces
                .map(|piece| self.piece(piece, rate_hz, bits))
                .collect(),
            conversion,
        }
    }

    fn piece(&self, piece: &told::Piece, rate_hz: u32, bits: Option<u32>) -> sound::Piece {
        let file = self.of(&piece.file);
        let (place, from) = piece.at_rate(rate_hz);
        let mut alternates = Vec::new();
        let mut own = vec![file];
        let edits = piece.edits.iter().map(|edit| {
            let kind = match &edit.what {
                told::PieceEdit::Cut => sound::EditKind::Cut,
                told::PieceEdit::Mute => sound::EditKind::Mute,
                told::PieceEdit::Reverse => sound::EditKind::Reverse,
                told::PieceEdit::Repeat { times } => sound::EditKind::Repeat { times: *times },
                told::PieceEdit::Replace { with } => {
                    alternates.push(self.of_brought(&piece.file, with));
                    own.push(self.of(with));
                    sound::EditKind::Replace {
                        alternate: alternates.len() - 1,
                    }
                }
            };
            sound::Edit {
                kind,
                from: edit.from,
                to: edit.to,
                crossfade: edit.crossfade,
            }
        });
        let edits = edits.collect();
        sound::Piece {
            file,
            is_on_grid: own.iter().all(|file| fits(self.samples[*file], bits)),
            alternates,
            edits,
            place,
            from,
            gain_db: piece.gain_db,
            tilt_db: piece.tilt_db,
            ramps: piece.ramps.iter().map(|r| ramp(*r, rate_hz)).collect(),
        }
    }
}

/// Whether samples of a file are whole numbers of so many bits.
fn fits(sample: SampleType, bits: Option<u32>) -> bool {
    let own = match sample {
        SampleType::I16 => Some(16),
        SampleType::I24 => Some(24),
        SampleType::I32 => Some(32),
        SampleType::F32 | SampleType::F64 => None,
    };
    own.zip(bits).is_some_and(|(own, bits)| own <= bits)
}

fn ramp(ramp: told::Ramp, rate_hz: u32) -> sound::Ramp {
    let at = ramp.at.frames(rate_hz);
    let shape = |shape| match shape {
        told::Shape::Linear => sound::Shape::Linear,
        told::Shape::Cosine => sound::Shape::Cosine,
        told::Shape::Exponential => sound::Shape::Exponential,
        told::Shape::S => sound::Shape::S,
    };
    let blend = |blend| match blend {
        told::Blend::EqualPower => sound::Blend::EqualPower,
        told::Blend::EqualGain => sound::Blend::EqualGain,
    };
    sound::Ramp {
        at,
        frames: (ramp.at + ramp.length).frames(rate_hz) - at,
        way: match ramp.way {
            told::Way::FadeIn(s) => sound::Way::FadeIn(shape(s)),
            told::Way::FadeOut(s) => sound::Way::FadeOut(shape(s)),
            told::Way::SegueIn(b) => sound::Way::SegueIn(blend(b)),
            told::Way::SegueOut(b) => sound::Way::SegueOut(blend(b)),
        },
    }
}
