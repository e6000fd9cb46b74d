//! A DDEX batch: the release's folder with its resources, the message, and the completion file last.

use std::path::Path;

use delivery::Ean;
use delivery::ddex::{
    Along, Batch, Cover, DdexParties, ErnMessage, ErnVersion, FileSum, NEEDS, Recording,
    resource_name,
};
use delivery::picture::{FrontCover, NotACover, PictureFacts};
use delivery::profile::Need;
use delivery::wish::{Lossless, Wish};

use super::checksums::{md5, put, sum};
use super::files::song_files;
use super::lossless;
use super::plan::Missing;
use super::rendered::Rendered;
use super::report::FileMade;
use super::side_by_side::each;
use super::{Delivery, DeliveryError};

impl Delivery<'_> {
    /// What a message lacks.
    pub(super) fn missing_for_ddex(&self) -> Vec<Missing> {
        let format = Some(Wish::Ddex);
        let lacks = self.release.lacks(&NEEDS);
        let mut what: Vec<String> = lacks.iter().map(ToString::to_string).collect();
        match &self.profile.ddex {
            None => what.push(
                "sender and recipient are missing; write [ddex] in the profile, with sender, sender_name, recipient, recipient_name and deals"
                    .to_owned(),
            ),
            Some(parties) => what.extend(parties.faults().iter().map(ToString::to_string)),
        }
        let all = what.into_iter();
        all.map(|what| Missing { format, what }).collect()
    }

    /// What keeps the cover from being one, where one is wanted.
    pub(super) fn missing_of_cover(&self) -> Option<Missing> {
        let facts = self.cover_facts()?;
        let is_cover = facts.and_then(|facts| facts.is_cover(self.profile.cover_least_px()));
        let what = is_cover.err()?.to_string();
        Some(Missing { format: None, what })
    }

    /// The cover's facts, where one is wanted and given.
    pub(super) fn cover_facts(&self) -> Option<Result<PictureFacts, NotACover>> {
        let profile = self.profile;
        let is_wanted =
            profile.needs.contains(&Need::Cover) || profile.formats.contains(&Wish::Ddex);
        let cover = self.cover.as_ref().filter(|_| is_wanted)?;
        Some(PictureFacts::read(cover))
    }

    /// The cover that stands inside songs' files, where one was given that can.
    pub(super) fn front_cover(&self) -> Option<FrontCover<'_>> {
        FrontCover::of(self.cover.as_deref()?)
    }

    /// Writes the batch below `folder`.
    pub(super) fn write_ddex(
        &self,
        rendered: &[Rendered],
        folder: &Path,
    ) -> Result<Vec<FileMade>, DeliveryError> {
        let not_planned = || DeliveryError::Missing(self.missing_for_ddex());
        let ean = self.release.ean.ok_or_else(not_planned)?;
        let parties = self.profile.ddex.as_ref().ok_or_else(not_planned)?;
        let batch = Batch::new(ean, self.made_at);
        let release = folder.join(&batch.id).join(&batch.release);
        let resources = release.join("resources");
        std::fs::create_dir_all(&resources).map_err(DeliveryError::at("make", &resources))?;
        let mut songs = song_files(self, rendered, &resources, ("", Lossless::Wav.extension()));
        for song in &mut songs {
            let name = resource_name(ean, song.song, Lossless::Wav.extension());
            song.path = resources.join(&name);
            song.name = format!("DDEX/{}/{}/resources/{name}", batch.id, batch.release);
        }
        let written = each(&songs, |song| {
            let words = lossless::write(self, Lossless::Wav, song)?;
            super::make::file_made(Wish::Ddex, song, None, words)
        });
        let mut files = written.into_iter().collect::<Result<Vec<_>, _>>()?;
        let cover = self
            .write_cover(&resources, &format!("{ean}"))?
            .ok_or_else(not_planned)?;
        let cover = Cover {
            sum: sum_for(parties, &resources, &cover.file_name, &cover.sum)?,
            ..cover
        };
        let sums = files.iter().map(|file| {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            let known = FileSum::Sha256(file.sha256.clone());
            sum_for(parties, &resources, name, &known)
        });
        let sums = sums.collect::<Result<Vec<_>, DeliveryError>>()?;
        let files_and_sums: Vec<_> = files.iter().zip(sums).collect();
        let (along, made) = self.resources_along(parties, (&resources, ean), &batch)?;
        let beside = (&cover, along.as_slice());
        let message = self.message(parties, (&batch, beside), rendered, &files_and_sums);
        files.extend(made);
        put(&release.join(batch.message_name()), &message)?;
        // Its being there says that everything else is.
        put(&folder.join(&batch.id).join(batch.completion_name()), b"")?;
        Ok(files)
    }

    /// The booklet and videos among the resources, with checksums that the recipient's version knows.
    fn resources_along(
        &self,
        parties: &DdexParties,
        (resources, ean): (&Path, Ean),
        batch: &Batch,
    ) -> Result<(Vec<Along>, Vec<FileMade>), DeliveryError> {
        let (mut along, mut made) = (Vec::new(), Vec::new());
        for (one, mut file) in self.along(resources, ean)? {
            let name = &one.file_name;
            file.path = format!("DDEX/{}/{}/resources/{name}", batch.id, batch.release);
            let sum = sum_for(parties, resources, name, &one.sum)?;
            along.push(Along { sum, ..one });
            made.push(file);
        }
        Ok((along, made))
    }

    fn message(
        &self,
        parties: &DdexParties,
        (batch, (cover, along)): (&Batch, (&Cover, &[Along])),
        rendered: &[Rendered],
        files: &[(&FileMade, FileSum)],
    ) -> Vec<u8> {
        let bits = rendered.first().map_or(16, |song| song.basis.bits.count());
        let channels = rendered.first().map_or(2, |song| u32::from(song.channels));
        let recordings: Vec<Recording> = files
            .iter()
            .map(|(file, sum)| Recording {
                file_name: file.path.rsplit('/').next().unwrap_or_default().to_owned(),
                bytes: file.bytes,
                sum: sum.clone(),
                rate_hz: file.rate_hz,
                bits,
                channels: u16::try_from(channels).unwrap_or(u16::MAX),
                frames: file.frames,
            })
            .collect();
        let message = ErnMessage {
            release: self.release,
            recordings: &recordings,
            cover,
            along,
            parties,
            batch,
            made_at: self.made_at,
        };
        message.write()
    }

    /// Puts the cover into a folder, by this name and its own ending.
    pub(super) fn write_cover(
        &self,
        folder: &Path,
        stem: &str,
    ) -> Result<Option<Cover>, DeliveryError> {
        let (Some(bytes), Some(Ok(facts))) = (&self.cover, self.cover_facts()) else {
            return Ok(None);
        };
        let file_name = format!("{stem}.{}", facts.kind.extension());
        let path = folder.join(&file_name);
        put(&path, bytes)?;
        let (sha256, bytes) = sum(&path)?;
        Ok(Some(Cover {
            file_name,
            bytes,
            sum: FileSum::Sha256(sha256),
            facts,
        }))
    }
}

/// The checksum of a resource that the recipient's version knows.
fn sum_for(
    parties: &DdexParties,
    resources: &Path,
    name: &str,
    known: &FileSum,
) -> Result<FileSum, DeliveryError> {
    match parties.version {
        ErnVersion::V43 | ErnVersion::V432 => Ok(known.clone()),
        ErnVersion::V382 => Ok(FileSum::Md5(md5(&resources.join(name))?)),
    }
}
