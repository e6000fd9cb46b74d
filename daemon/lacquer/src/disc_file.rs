//! A disc as somebody writes it down: its songs in order, gaps, titles and codes.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use delivery::cd::text::{Genre, TextBlock, TextKind, language_code};
use delivery::cd::{Copying, DiscPlan, Emphasis, PlantRules, PqTime, SongOnDisc};
use delivery::{Ean, Isrc};
use serde::Deserialize;

/// The file that `lacquer deliver` takes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DiscFile {
    title: String,
    performer: String,
    songwriter: String,
    composer: String,
    arranger: String,
    message: String,
    /// EAN or UPC.
    ean: Option<String>,
    /// What the plant calls the master, such as the catalogue number.
    master_id: String,
    /// ISO 639-1 code of the titles' language.
    language: Option<String>,
    /// Genre, by its CD-Text name or another.
    genre: Option<String>,
    /// The pregap before each song that says no other.
    gap: Option<String>,
    /// The latest end that the plant takes.
    longest: Option<String>,
    /// A file that is heard before the first song, by winding back.
    pub(crate) hidden: Option<PathBuf>,
    /// The songs in order.
    pub(crate) track: Vec<TrackFile>,
    /// The titles in further languages.
    translation: Vec<Translation>,
}

/// A song.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrackFile {
    /// A WAV of 44.1 kHz and 16 bits, beside this file.
    pub(crate) file: PathBuf,
    #[serde(default)]
    title: String,
    #[serde(default)]
    performer: String,
    #[serde(default)]
    songwriter: String,
    #[serde(default)]
    composer: String,
    #[serde(default)]
    arranger: String,
    #[serde(default)]
    message: String,
    isrc: Option<String>,
    gap: Option<String>,
    #[serde(default)]
    indexes: Vec<String>,
    #[serde(default)]
    emphasis: EmphasisWord,
    #[serde(default)]
    copying: CopyingWord,
}

/// Titles in another language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Translation {
    language: String,
    title: String,
    titles: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
enum EmphasisWord {
    #[default]
    #[serde(rename = "flat")]
    Flat,
    #[serde(rename = "50/15")]
    Fifty15,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CopyingWord {
    #[default]
    Prohibited,
    Permitted,
    Once,
}

/// Kinds of text that a disc and its songs have, in the order of their `texts`.
const KINDS: [TextKind; 6] = [
    TextKind::Title,
    TextKind::Performer,
    TextKind::Songwriter,
    TextKind::Composer,
    TextKind::Arranger,
    TextKind::Message,
];

impl TrackFile {
    fn texts(&self) -> [&str; 6] {
        [
            &self.title,
            &self.performer,
            &self.songwriter,
            &self.composer,
            &self.arranger,
            &self.message,
        ]
    }
}

impl DiscFile {
    fn own_texts(&self) -> [&str; 6] {
        [
            &self.title,
            &self.performer,
            &self.songwriter,
            &self.composer,
            &self.arranger,
            &self.message,
        ]
    }

    /// What the plant takes.
    pub(crate) fn plant(&self) -> anyhow::Result<PlantRules> {
        Ok(match &self.longest {
            Some(longest) => PlantRules {
                longest: PqTime::parse(longest)?,
            },
            None => PlantRules::default(),
        })
    }

    /// The songs, whose files have these lengths in frames.
    pub(crate) fn songs(&self, frames: &[u64]) -> anyhow::Result<Vec<SongOnDisc>> {
        let songs = self.track.iter().zip(frames).enumerate();
        songs
            .map(|(place, (track, frames))| {
                let no = place + 1;
                self.song(no, track, *frames)
                    .with_context(|| format!("track {no} ({})", track.file.display()))
            })
            .collect()
    }

    fn song(&self, no: usize, track: &TrackFile, frames: u64) -> anyhow::Result<SongOnDisc> {
        let pregap = match (&track.gap, &self.gap) {
            (Some(gap), _) => PqTime::parse(gap)?,
            (None, _) if no == 1 => PqTime::FIRST_PREGAP,
            (None, Some(gap)) => PqTime::parse(gap)?,
            (None, None) => bail!(
                "the gap before it is not said; write gap = \"00:02:00\" for it, or for the whole disc"
            ),
        };
        let indexes = track.indexes.iter().map(|at| PqTime::parse(at));
        Ok(SongOnDisc {
            frames,
            pregap,
            indexes: indexes.collect::<Result<_, _>>()?,
            emphasis: match track.emphasis {
                EmphasisWord::Flat => Emphasis::Flat,
                EmphasisWord::Fifty15 => Emphasis::Fifty15,
            },
            copying: match track.copying {
                CopyingWord::Prohibited => Copying::Prohibited,
                CopyingWord::Permitted => Copying::Permitted,
                CopyingWord::Once => Copying::Once,
            },
            isrc: track.isrc.as_deref().map(Isrc::parse).transpose()?,
        })
    }

    /// The plan with codes and texts.
    pub(crate) fn complete(&self, plan: DiscPlan) -> anyhow::Result<DiscPlan> {
        let mut plan = DiscPlan {
            ean: self.ean.as_deref().map(Ean::parse).transpose()?,
            master_id: self.master_id.clone(),
            ..plan
        };
        plan.texts = self.texts(&plan)?;
        Ok(plan)
    }

    fn texts(&self, plan: &DiscPlan) -> anyhow::Result<Vec<TextBlock>> {
        let mut block = TextBlock::latin1(number_of(self.language.as_deref())?);
        for (place, (kind, disc)) in KINDS.into_iter().zip(self.own_texts()).enumerate() {
            let tracks: Vec<&str> = self.track.iter().map(|t| t.texts()[place]).collect();
            if !disc.is_empty() || tracks.iter().any(|text| !text.is_empty()) {
                block.put(kind, disc, &tracks)?;
            }
        }
        if block.strings.is_empty() {
            if !self.translation.is_empty() {
                bail!("translations need titles in the disc's first language");
            }
            return Ok(Vec::new());
        }
        block.genre = self.genre.as_deref().map(Genre::named);
        block.put_codes(plan);
        let mut blocks = vec![block];
        for translation in &self.translation {
            let mut block = TextBlock::latin1(number_of(Some(&translation.language))?);
            let titles: Vec<&str> = translation.titles.iter().map(String::as_str).collect();
            block.put(TextKind::Title, &translation.title, &titles)?;
            blocks.push(block);
        }
        Ok(blocks)
    }
}

/// The number that CD-Text has for a language; 0 where none is said.
fn number_of(language: Option<&str>) -> anyhow::Result<u8> {
    let Some(language) = language else {
        return Ok(0);
    };
    language_code(language).with_context(|| {
        format!("{language:?} is no language that is known here; take de, en, es, fr, it, nl, pt, sv, ja or zh")
    })
}
