//! The passage printed twice on the day, and once more when a revision is recalled.

use gear::{Proof, prove};
use mastering::UnixMs;
use serde::{Deserialize, Serialize};
use soundfile::SampleType;
use vault::Write;

use super::body::PrintCertificate;
use super::early::Early;
use super::run::Run;
use super::sounds::Sound;
use crate::clock::now_ms;
use crate::jobs::json_document;

/// Prints are aligned already; what is left of their distance is looked for this far, in seconds.
const APART_S: f64 = 0.1;

/// A passage and its two prints of one day, as the project keeps them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceKept {
    /// The print's number in the queue.
    pub print: u64,
    /// When.
    pub at: UnixMs,
    /// The chain, by the rack's name, and its version.
    pub chain: (String, u32),
    /// Of the prints.
    pub rate_hz: u32,
    /// Where the passage begins in the song.
    pub from_seconds: f64,
    /// How long it is.
    pub seconds: f64,
    /// The passage, in the vault.
    pub passage: String,
    /// Its prints, in the vault.
    pub prints: [String; 2],
    /// What the units were like.
    pub certificates: Vec<PrintCertificate>,
}

/// A recall's verdict, as the project keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecallKept {
    /// The recall's number in the queue.
    pub print: u64,
    /// When.
    pub at: UnixMs,
    /// The reference's number in the queue.
    pub reference: u64,
    /// Whether today's print is as close to that day's as two prints of that day are to each other.
    pub holds: bool,
    /// Why not, in sentences.
    pub doubts: Vec<String>,
    /// The band that is farthest off, in words.
    pub worst: String,
    /// Every band.
    pub proof: Proof,
    /// Today's print of the passage, in the vault.
    pub now: String,
    /// What the units are like today.
    pub certificates: Vec<PrintCertificate>,
}

impl Run {
    pub(super) fn reference_document(&self) -> String {
        format!("reference:{}:{}", self.revision, self.track)
    }

    /// Prints the passage twice and keeps it with the project.
    pub(super) fn reference(&mut self) -> Result<(Vec<Write>, String), Early> {
        let (mix, _) = self.mix()?;
        let (first, frames) = mix.passage()?;
        let passage = mix.cut((first, frames), &self.folder.join("passage.wav"))?;
        let passes = self.passes()?;
        let rate = f64::from(mix.spec.rate_hz);
        let (mut prints, mut rates) = (Vec::new(), Vec::new());
        for of in ["first", "second"] {
            let print = self.through(&passage, (of, &passes), SampleType::F32)?;
            rates.push(print.spec.rate_hz);
            prints.push(self.stored("reference", &print)?);
        }
        let [one, two] = prints.try_into().map_err(|_| Early::Stopped)?;
        let sheet = &self.wanted.sheet;
        let kept = ReferenceKept {
            print: self.no,
            at: now_ms(),
            chain: (sheet.chain.clone(), sheet.chain_version),
            rate_hz: rates.first().copied().unwrap_or(mix.spec.rate_hz),
            from_seconds: first as f64 / rate,
            seconds: frames as f64 / rate,
            passage: self.stored("reference", &passage)?,
            prints: [one, two],
            certificates: self.newest_certificates(),
        };
        let words = format!(
            "{:.1} s from {:.1} s on, printed twice: the measure for later recalls.",
            kept.seconds, kept.from_seconds
        );
        let row = json_document(&self.project.id, &self.reference_document(), &kept)?;
        Ok((vec![row], words))
    }

    /// The reference of this song and revision, as it was kept on the day.
    pub(super) fn reference_kept(&self) -> Result<ReferenceKept, Early> {
        let project = self.project.id.as_str();
        let row = self
            .shop
            .vault
            .document(project, &self.reference_document())?;
        let row = row.ok_or_else(|| {
            Early::Trouble(
                "no reference passage was printed on the day; there is nothing to hold a recall against"
                    .to_owned(),
            )
        })?;
        serde_json::from_str(&row.body).map_err(Early::broken)
    }

    /// Prints the passage of the day once more and judges how close it comes.
    pub(super) fn recall(&mut self) -> Result<(Vec<Write>, String), Early> {
        let kept = self.reference_kept()?;
        let project = self.project.id.as_str().to_owned();
        let opened = |sum: &String| {
            let scratch = self.shop.vault.copy_to_scratch(&project, sum)?;
            Sound::of(scratch)
        };
        let passage = opened(&kept.passage)?;
        let day = [
            opened(&kept.prints[0])?.rows()?,
            opened(&kept.prints[1])?.rows()?,
        ];
        let passes = self.passes()?;
        let print = self.through(&passage, ("now", &passes), SampleType::F32)?;
        if print.spec.rate_hz != kept.rate_hz {
            return Err(Early::Trouble(format!(
                "the prints of that day are at {} Hz and today\u{2019}s is at {} Hz: let the return run at {0} Hz, then prove it again",
                kept.rate_hz, print.spec.rate_hz
            )));
        }
        let apart = (APART_S * f64::from(kept.rate_hz)) as usize;
        let now = print.rows()?;
        let proof = prove([&day[0], &day[1]], &now, kept.rate_hz, apart).map_err(Early::broken)?;
        let worst = proof.worst().map_or_else(String::new, |(channel, band)| {
            format!(
                "{:.0} to {:.0} Hz of channel {channel} leaves {:.1} dB; two prints of that day leave {:.1} dB",
                band.from_hz, band.to_hz, band.now_db, band.then_db
            )
        });
        let verdict = RecallKept {
            print: self.no,
            at: now_ms(),
            reference: kept.print,
            holds: proof.holds(),
            doubts: proof.doubts.iter().map(ToString::to_string).collect(),
            worst,
            proof,
            now: self.stored("recall", &print)?,
            certificates: self.newest_certificates(),
        };
        let words = if verdict.holds {
            "Proved: today\u{2019}s print is as close to that day\u{2019}s as two prints of that day are to each other."
                .to_owned()
        } else {
            format!("Not proved: {}.", verdict.doubts.join("; "))
        };
        let name = format!("recall:{}:{}", self.revision, self.track);
        let row = json_document(&self.project.id, &name, &verdict)?;
        Ok((vec![row], words))
    }

    /// Stores a sound with the project; its checksum.
    fn stored(&self, kind: &str, sound: &Sound) -> Result<String, Early> {
        let mut file = sound.file()?;
        let stored = self
            .shop
            .vault
            .store(self.project.id.as_str(), kind, &mut file)?;
        Ok(stored.sha256)
    }

    /// The certificates that hold: the last one of each pass.
    pub(super) fn newest_certificates(&self) -> Vec<PrintCertificate> {
        let mut newest: Vec<PrintCertificate> = Vec::new();
        for certificate in self.body.certificates.iter().rev() {
            if newest.iter().all(|known| known.pass != certificate.pass) {
                newest.push(certificate.clone());
            }
        }
        newest.reverse();
        newest
    }
}
