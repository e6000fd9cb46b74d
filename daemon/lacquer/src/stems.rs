//! Stems and alternates beside a mix in `lacquer master`: naming their masters, saying what came of them.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use engine::{Residual, Stage};
use serde_json::{Value, json};
use studio::offline::{OfflineMaster, OfflineStems, StemFile};

use crate::file_args::MasterArgs;
use crate::opened::Opened;

/// Files made for masters; taken away again where they do not all come to be.
#[derive(Default)]
pub(crate) struct Outputs {
    files: Vec<(PathBuf, File)>,
}

impl Outputs {
    /// Makes the mix's file, then one for each stem beside it.
    pub(crate) fn make(output: &Path, stems: &[Opened]) -> anyhow::Result<Self> {
        let names = stems.iter().map(|stem| beside(output, &stem.path));
        Self::at(std::iter::once(output.to_owned()).chain(names))
    }

    /// Makes files that are not there yet; all of them or none.
    pub(crate) fn at(paths: impl IntoIterator<Item = PathBuf>) -> anyhow::Result<Self> {
        let mut made = Self::default();
        for path in paths {
            // A file that is there may be somebody's only copy.
            let file = File::options()
                .read(true)
                .write(true)
                .create_new(true)
                .open(&path)
                .with_context(|| format!("could not make {}", path.display()));
            match file {
                Ok(file) => made.files.push((path, file)),
                Err(error) => {
                    made.take_away();
                    return Err(error);
                }
            }
        }
        Ok(made)
    }

    /// The mix's file and the stems'.
    pub(crate) fn split(&mut self) -> (&mut File, impl Iterator<Item = &mut File>) {
        let mut files = self.files.iter_mut().map(|(_, file)| file);
        let mix = files.next().expect("the mix's file was made first");
        (mix, files)
    }

    /// The files in order.
    pub(crate) fn files(&self) -> &[(PathBuf, File)] {
        &self.files
    }

    pub(crate) fn sync(&self) -> anyhow::Result<()> {
        for (path, file) in &self.files {
            file.sync_all()
                .with_context(|| format!("could not write {}", path.display()))?;
        }
        Ok(())
    }

    /// What is there is half a master; nobody has asked for that.
    pub(crate) fn take_away(self) {
        for (path, _) in self.files {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Where a stem's master goes.
fn beside(output: &Path, stem: &Path) -> PathBuf {
    let name = stem.file_stem().unwrap_or_default().to_string_lossy();
    output.with_file_name(format!("{name} (stem) master.wav"))
}

pub(crate) fn stem_files<'a>(
    stems: &'a [Opened],
    outputs: impl Iterator<Item = &'a mut File>,
) -> Vec<StemFile<'a>> {
    let pairs = stems.iter().zip(outputs);
    pairs
        .map(|(stem, out)| StemFile {
            name: stem.path.display().to_string(),
            canonical: &stem.canonical,
            samples_sha256: &stem.samples_sha256,
            out,
        })
        .collect()
}

/// What came of the stems, for programs; null without any.
pub(crate) fn document(args: &MasterArgs, made: &OfflineMaster) -> Value {
    let Some(stems) = made.stems.as_ref().filter(|s| !s.written.is_empty()) else {
        return Value::Null;
    };
    let figures = |residual: &Option<Residual>| residual.map(|r| json!(r));
    let files = args.stems.iter().zip(&stems.written);
    let files: Vec<Value> = files
        .map(|(path, (written, measured))| {
            json!({
                "file": path,
                "output": beside(&args.output, path),
                "samples_sha256": written.samples_sha256,
                "measurements": measured,
            })
        })
        .collect();
    json!({
        "sum_to_the_mix": stems.report.before.is_some_and(|before| before.is_sum()),
        "mix_minus_stems": figures(&stems.report.before),
        "master_minus_stems": figures(&stems.report.after),
        "bent_by_stages": stems.report.bent_by,
        "files": files,
    })
}

/// The same for people.
pub(crate) fn say(args: &MasterArgs, made: &OfflineMaster) {
    let Some(stems) = made.stems.as_ref().filter(|s| !s.written.is_empty()) else {
        return;
    };
    for (path, (_, measured)) in args.stems.iter().zip(&stems.written) {
        let lufs = measured
            .integrated_lufs
            .map_or_else(|| "silence".to_owned(), |lufs| format!("{lufs:.2} LUFS"));
        println!("{}: {lufs}", beside(&args.output, path).display());
    }
    println!("  {}", sum_in_words(stems, made));
}

fn sum_in_words(stems: &OfflineStems, made: &OfflineMaster) -> String {
    let level = |residual: Option<Residual>| {
        let rms = residual.and_then(|r| r.rms_dbfs);
        rms.map_or_else(|| "nothing".to_owned(), |rms| format!("{rms:.1} dBFS RMS"))
    };
    let report = &stems.report;
    if !report.before.is_some_and(|before| before.is_sum()) {
        return format!(
            "what was given does not add up to the mix ({} are left over), as alternates do not: each went through the mix's chain with the mix's gains",
            level(report.before)
        );
    }
    let mut words = format!(
        "the stems add up to the master but for {}, before each is dithered and rounded by itself",
        level(report.after)
    );
    let bent: Vec<String> = report
        .bent_by
        .iter()
        .filter_map(|place| {
            let stage = made.chain.stages().get(place - 1).map(Stage::name)?;
            Some(format!("{stage} (stage {place})"))
        })
        .collect();
    if !bent.is_empty() {
        words += &format!(
            "; {} bends the wave, and bent parts are not the bent whole: leave it out where the stems have to add up",
            bent.join(" and ")
        );
    }
    words
}
