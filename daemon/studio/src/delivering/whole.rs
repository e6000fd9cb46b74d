//! Whole discs as one file each; the sides of a record through their own chain and ceiling, with markers and a cue sheet.

use std::fs::File;
use std::path::Path;

use delivery::names::Names;
use delivery::wish::Wish;
use mastering::programme::DiscLine;
use measure::Measurements;
use soundfile::WrittenAudio;

use super::DeliveryError;
use super::checksums::{put, sum};
use super::make::Maker;
use super::read_back::{Expected, read_back};
use super::rendered::Basis;
use super::report::{Delivered, FileMade};
use crate::album::{SideMade, SideNamed, join};

/// A whole disc on its way into its file.
struct Whole<'a> {
    wish: Wish,
    basis: Basis,
    /// What it is called, should it be a side.
    named: SideNamed,
    title: String,
    /// Its file, and that from the delivery's folder.
    path: &'a Path,
    name: String,
}

impl Maker<'_> {
    /// A file of each disc.
    pub(super) fn wholes(
        &self,
        wish: Wish,
        basis: Option<Basis>,
        made: &mut Delivered,
    ) -> Result<(), DeliveryError> {
        let Some(basis) = basis else { return Ok(()) };
        let folder_name = format!("Whole {}", basis.mark());
        let folder = self.folder(&folder_name)?;
        let album = self.delivery.album;
        let mut names = Names::default();
        for (named, line) in album.sides_named().zip(&album.timeline().discs) {
            let title = self.title_of(line, &named);
            let file_name = names.take(&title, "wav");
            let path = folder.join(&file_name);
            let whole = Whole {
                wish,
                basis,
                title,
                path: &path,
                name: format!("{folder_name}/{file_name}"),
                named,
            };
            let file = File::create_new(&path).map_err(DeliveryError::at("write", &path))?;
            let programme = album.programme();
            let disc = programme.discs.get(whole.named.disc);
            if disc.is_some_and(|disc| disc.side.is_some()) {
                let sheet = folder.join(names.take(&format!("{} cue sheet", whole.title), "txt"));
                self.side(&whole, file, &sheet, made)?;
            } else {
                self.joined(&whole, file, made)?;
            }
        }
        Ok(())
    }

    fn title_of(&self, line: &DiscLine, named: &SideNamed) -> String {
        let release = &self.delivery.release.title;
        let discs = self.delivery.album.timeline().discs.len();
        match (&line.title, discs) {
            (Some(title), _) => format!("{release} ({title})"),
            (None, 1) => release.clone(),
            (None, _) => format!("{release} (disc {})", named.disc + 1),
        }
    }

    /// Its songs' files, one behind the other.
    fn joined(
        &self,
        whole: &Whole<'_>,
        file: File,
        made: &mut Delivered,
    ) -> Result<(), DeliveryError> {
        let parts = || {
            let all = self.of(Some(whole.basis)).iter();
            all.filter(|part| part.cut.disc == whole.named.disc)
        };
        let files = parts().map(|part| part.file.try_clone());
        let files: Vec<File> = files
            .collect::<Result<_, _>>()
            .map_err(DeliveryError::at("read", whole.path))?;
        let joined = join(&files, &file)?;
        let clipped = parts().map(|part| part.report.clipped_samples).sum();
        made.files
            .push(whole.read(file, (&joined.written, &joined.measured), clipped)?);
        Ok(())
    }

    /// What a cutter is given: the side through its own chain and ceiling, its songs marked.
    fn side(
        &self,
        whole: &Whole<'_>,
        file: File,
        sheet: &Path,
        made: &mut Delivered,
    ) -> Result<(), DeliveryError> {
        let album = self.delivery.album;
        let format = whole.basis.format();
        let side: SideMade = album.render_side(whole.named.disc, format, &file)?;
        let own = whole.path.file_name().unwrap_or_default().to_string_lossy();
        let text = album.side_sheet(&whole.named, (&own, format), &side);
        put(sheet, text.as_bytes())?;
        if let Some(reduction) = side.max_gain_reduction_db {
            made.said.push(format!(
                "{}: its limiter turns down by {reduction:.1} dB at most",
                whole.name
            ));
        }
        for finding in &side.findings {
            let words = format!("{}: {}", whole.name, finding.words);
            if finding.what.is_objection() {
                made.objections.push(words);
            } else {
                made.said.push(words);
            }
        }
        let told = (&side.written, &side.measured);
        made.files
            .push(whole.read(file, told, side.clipped_samples)?);
        Ok(())
    }
}

impl Whole<'_> {
    /// Reads the file back, and says what it is.
    fn read(
        &self,
        file: File,
        (written, measured): (&WrittenAudio, &Measurements),
        clipped_samples: u64,
    ) -> Result<FileMade, DeliveryError> {
        let expected = Expected {
            lyrics: None,
            samples_sha256: &written.samples_sha256,
            frames: written.frames,
            isrc: None,
        };
        read_back(file, &self.name, &expected)?;
        let (sha256, bytes) = sum(self.path)?;
        Ok(FileMade {
            format: self.wish.to_string(),
            path: self.name.clone(),
            disc: u32::try_from(self.named.disc + 1).unwrap_or(u32::MAX),
            track: None,
            title: self.title.clone(),
            beside: None,
            isrc: None,
            bytes,
            sha256,
            samples_sha256: Some(written.samples_sha256.clone()),
            frames: written.frames,
            rate_hz: measured.rate_hz,
            integrated_lufs: measured.integrated_lufs,
            lra_lu: measured.lra_lu,
            true_peak_dbtp: measured.true_peak_dbtp,
            clipped_samples,
            gain_db: 0.0,
            read_back: "decoded again: every sample is the one that was rendered".to_owned(),
        })
    }
}
