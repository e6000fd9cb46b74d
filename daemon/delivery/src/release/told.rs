//! What a release says in files and on discs.

use super::{Credits, Release, ReleaseSong, RightsLine};
use crate::cd::DiscPlan;
use crate::cd::text::{Genre, TextBlock, TextKind, TextRefusal, language_code};
use crate::{Place, TrackTags};

impl ReleaseSong {
    /// Its place as people say it.
    pub fn words(&self) -> String {
        format!(
            "disc {}, track {} \u{201c}{}\u{201d}",
            self.disc, self.track, self.title
        )
    }
}

fn joined(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| names.join(", "))
}

impl Release {
    /// How many discs it has.
    pub fn discs(&self) -> u32 {
        self.songs.iter().map(|song| song.disc).max().unwrap_or(0)
    }

    /// Its songs on a disc, from 1.
    pub fn songs_on(&self, disc: u32) -> impl Iterator<Item = &ReleaseSong> {
        self.songs.iter().filter(move |song| song.disc == disc)
    }

    /// A song's (P) line: its own, or the release's.
    pub fn p_line_of<'r>(&'r self, song: &'r ReleaseSong) -> Option<&'r RightsLine> {
        song.p_line.as_ref().or(self.p_line.as_ref())
    }

    /// What a song's own file says of it.
    pub fn tags(&self, song: &ReleaseSong) -> TrackTags {
        let narrow = |number: usize| u16::try_from(number).ok();
        let of = self.songs_on(song.disc).count();
        let place = |no: u32, of: usize| {
            Some(Place {
                no: u16::try_from(no).ok()?,
                of: narrow(of),
            })
        };
        let discs = usize::try_from(self.discs()).unwrap_or(usize::MAX);
        TrackTags {
            title: Some(song.title.clone()),
            artist: song.artist.clone(),
            album_artist: self.artist.clone(),
            album: Some(self.title.clone()),
            track: place(song.track, of),
            disc: place(song.disc, discs),
            date: self.released_on.as_ref().map(ToString::to_string),
            isrc: song.isrc,
            barcode: self.ean.map(|ean| ean.to_string()),
            catalogue_number: self.catalogue_number.clone(),
            label: self.label.clone(),
            composer: joined(&song.credits.composers),
            lyricist: joined(&song.credits.authors),
            genre: self.genre.clone(),
            copyright: self.c_line.as_ref().map(|line| format!("\u{a9} {line}")),
            phonogram: self.p_line_of(song).map(|line| format!("\u{2117} {line}")),
            comment: None,
            lyrics: None,
            further: Vec::new(),
        }
    }

    /// Codes and CD-Text of a disc, from 1, put into its plan.
    ///
    /// # Errors
    /// A character that CD-Text cannot hold, with its track.
    pub fn put_on_disc(&self, disc: u32, plan: &mut DiscPlan) -> Result<(), TextRefusal> {
        plan.ean = self.ean;
        let id = self.master_id.as_ref().or(self.catalogue_number.as_ref());
        plan.master_id = id.cloned().unwrap_or_default();
        let songs: Vec<&ReleaseSong> = self.songs_on(disc).collect();
        for (track, song) in plan.tracks.iter_mut().zip(&songs) {
            track.isrc = song.isrc;
            track.copying = song.copying;
            track.emphasis = song.emphasis;
        }
        let language = self
            .language
            .as_deref()
            .and_then(language_code)
            .unwrap_or(0);
        let mut block = TextBlock::latin1(language);
        let titles: Vec<&str> = songs.iter().map(|song| song.title.as_str()).collect();
        block.put(TextKind::Title, &self.title, &titles)?;
        self.put_people(&songs, &mut block)?;
        block.genre = self.genre.as_deref().map(Genre::named);
        block.put_codes(plan);
        plan.texts = vec![block];
        let before = self
            .songs
            .iter()
            .take_while(|song| song.disc < disc)
            .count();
        for other in &self.translations {
            let mut block = TextBlock::latin1(language_code(&other.language).unwrap_or(0));
            let titles = other.titles.iter().skip(before).take(songs.len());
            let titles: Vec<&str> = titles.map(String::as_str).collect();
            block.put(TextKind::Title, &other.title, &titles)?;
            plan.texts.push(block);
        }
        Ok(())
    }

    fn put_people(&self, songs: &[&ReleaseSong], block: &mut TextBlock) -> Result<(), TextRefusal> {
        type Said = fn(&Credits) -> &[String];
        let own = self.artist.clone().unwrap_or_default();
        let artists: Vec<&str> = songs
            .iter()
            .map(|s| s.artist.as_deref().unwrap_or(""))
            .collect();
        if artists.iter().any(|artist| !artist.is_empty()) {
            // A disc without a performer of its own would be given the first track's (libcdio 2.1.0).
            let own = if own.is_empty() { "Various" } else { &own };
            block.put(TextKind::Performer, own, &artists)?;
        }
        let kinds: [(TextKind, Said); 3] = [
            (TextKind::Songwriter, |credits| &credits.authors),
            (TextKind::Composer, |credits| &credits.composers),
            (TextKind::Arranger, |credits| &credits.arrangers),
        ];
        for (kind, said) in kinds {
            let names: Vec<String> = songs.iter().map(|s| said(&s.credits).join(", ")).collect();
            put_where_any(block, kind, &names)?;
        }
        let messages: Vec<String> = songs
            .iter()
            .map(|s| s.message.clone().unwrap_or_default())
            .collect();
        put_where_any(block, TextKind::Message, &messages)
    }
}

fn put_where_any(block: &mut TextBlock, kind: TextKind, all: &[String]) -> Result<(), TextRefusal> {
    let Some(first) = all.first() else {
        return Ok(());
    };
    if all.iter().all(String::is_empty) {
        return Ok(());
    }
    // What all have in common is the disc's; an empty text there would take the first track's (libcdio 2.1.0).
    let is_one = all.iter().all(|text| text == first);
    let disc = if is_one { first } else { "Various" };
    let tracks: Vec<&str> = all.iter().map(String::as_str).collect();
    block.put(kind, disc, &tracks)
}
