//! Taking what was dropped: a file is opened in the worker, and only what is whole is stored and
//! becomes a mix. What is not whole stays where it lies, with a note that says why.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use mastering::{
    Command, Mix, MixAudio, MixRole, ObjectSum, Project, ProjectId, Showing, track_key,
};
use measure::{Finding, file_findings};
use vault::{DocumentRow, DropRow, DropState, NoticeRow, NoticeState, Write};
use worker::{InspectRequest, Inspected};

use super::place::{Place, copy_of_drop};
use super::report::{self, About, format_words};
use super::{Done, Shop, Trouble};
use crate::access::telling_of;
use crate::clock::{now_ms, random_id};
use crate::denied::chain;
use crate::follow::STAFF;
use crate::work::Work;

/// How a zip begins.
const ZIP_MAGIC: [u8; 4] = *b"PK\x03\x04";
/// How an empty zip begins.
const EMPTY_ZIP_MAGIC: [u8; 4] = *b"PK\x05\x06";

/// Takes a dropped file: a zip is unpacked, anything else is checked.
pub(super) fn take(
    shop: &Shop,
    project: &Project,
    place: &Place,
    role: MixRole,
) -> Result<Done, Trouble> {
    let Some(mut scratch) = copy_of_drop(shop, place)? else {
        // The client changed or removed it meanwhile; the newer version arrives by itself.
        return Ok(Done::default());
    };
    if is_zip(&mut scratch)? {
        return super::zip::unpack(shop, project, place, scratch);
    }
    check(shop, project, place, role, scratch)
}

/// Checks a file out of a zip; its bytes lie in the vault already.
pub(super) fn check_entry(
    shop: &Shop,
    project: &Project,
    place: &Place,
    role: MixRole,
    original: &ObjectSum,
) -> Result<Done, Trouble> {
    let scratch = shop
        .vault
        .copy_to_scratch(project.id.as_str(), original.as_str())?;
    check(shop, project, place, role, scratch)
}

fn is_zip(file: &mut File) -> Result<bool, Trouble> {
    let mut magic = [0u8; 4];
    file.seek(SeekFrom::Start(0))?;
    let is_zip = match file.read_exact(&mut magic) {
        Ok(()) => magic == ZIP_MAGIC || magic == EMPTY_ZIP_MAGIC,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
        Err(error) => return Err(error.into()),
    };
    file.seek(SeekFrom::Start(0))?;
    Ok(is_zip)
}

/// Checks a file and, where it is whole, stores it and makes it a mix of the project.
fn check(
    shop: &Shop,
    project: &Project,
    place: &Place,
    role: MixRole,
    mut scratch: File,
) -> Result<Done, Trouble> {
    let bytes = scratch.metadata()?.len();
    let mut canonical = shop.vault.scratch()?;
    let inspected = match inspect(shop, project, place, &scratch, &canonical)? {
        Ok(inspected) => inspected,
        Err(finding) => return hold(shop, project, place, &mut scratch, finding),
    };
    if let Some(finding) = incomplete(&inspected) {
        return hold(shop, project, place, &mut scratch, finding);
    }
    let now = now_ms();
    let original = shop.vault.store(project.id.as_str(), "mix", &mut scratch)?;
    let decoded = shop
        .vault
        .store(project.id.as_str(), "canonical", &mut canonical)?;
    let fingerprint = super::compare::store(shop, project, &inspected.inspection.fingerprint)?;
    let mut findings = inspected.inspection.findings.clone();
    findings.extend(twin(project, place, role, &original.sha256));
    let audio = MixAudio {
        canonical: id(&decoded.sha256)?,
        samples: id(&inspected.samples_sha256)?,
        rate_hz: inspected.format.spec.rate_hz,
        channels: u32::from(inspected.format.spec.channels),
        frames: inspected.frames,
        format: format_words(&inspected),
        fingerprint: Some(fingerprint),
    };
    let mix = Mix {
        id: id(&random_id())?,
        role,
        file_name: place.file_name(),
        path: place.shown(),
        original: id(&original.sha256)?,
        audio: Some(audio),
        findings: findings.iter().map(report::line).collect(),
        showing: telling_of(&shop.vault, &project.client)?.showing(),
        set_findings: Vec::new(),
        set_showing: Showing::Open,
        received_at: now,
        track: None,
        superseded_by: None,
        accepted: None,
        is_set_aside: false,
    };
    let mut also = papers(shop, project, place, &mix, findings, &inspected)?;
    also.push(Write::Drop(DropRow {
        mix: Some(mix.id.to_string()),
        ..place.row(DropState::Taken, project, bytes)
    }));
    also.push(note_work(project, place));
    Ok(Done {
        commands: vec![Command::ReceiveMix(mix)],
        also,
    })
}

/// The report of a mix that was taken, and its waveform for pages.
fn papers(
    shop: &Shop,
    project: &Project,
    place: &Place,
    mix: &Mix,
    findings: Vec<Finding>,
    inspected: &Inspected,
) -> Result<Vec<Write>, Trouble> {
    let about = About {
        file_name: mix.file_name.clone(),
        format: Some(format_words(inspected)),
        file_sha256: mix.original.to_string(),
        at: mix.received_at,
        mix: Some(mix.id.clone()),
    };
    let inspection = &inspected.inspection;
    let measured = Some(inspection.measurements.clone());
    let stored = report::make(&shop.config, project, about, findings, measured);
    let mut papers = vec![
        json_document(&project.id, &place.document(), &stored)?,
        json_document(&project.id, &format!("mix_report:{}", mix.id), &stored)?,
    ];
    if let Some(audio) = &mix.audio {
        let name = format!("overview:{}", audio.canonical);
        papers.push(json_document(&project.id, &name, &inspection.overview)?);
    }
    Ok(papers)
}

/// Opens the file in the sandboxed worker. A worker that dies is a finding, not an outage.
pub(super) fn inspect(
    shop: &Shop,
    project: &Project,
    place: &Place,
    scratch: &File,
    canonical: &File,
) -> Result<Result<Inspected, Finding>, Trouble> {
    let request = InspectRequest {
        input: scratch.try_clone()?,
        canonical: canonical.try_clone()?,
        name: place.file_name(),
        declared: project.declared.map(|d| measure::Declared {
            rate_hz: d.rate_hz,
            bits: d.bits,
        }),
        thresholds: shop.config.thresholds.clone(),
    };
    match shop.workers.inspect(request) {
        Ok(inspected) => Ok(Ok(inspected)),
        Err(error) => match error.finding() {
            Some(finding) => Ok(Err(finding)),
            None => Err(worker_trouble(&error)),
        },
    }
}

/// A fault of this computer, not of the file: the work is tried again.
pub(super) fn worker_trouble(error: &worker::WorkerError) -> Trouble {
    match error {
        worker::WorkerError::Storage { source, .. }
            if source.kind() == io::ErrorKind::StorageFull =>
        {
            Trouble::NoRoom(chain(error))
        }
        _ => Trouble::Again(chain(error)),
    }
}

/// Whether a file that could be decoded is not all there.
pub(super) fn incomplete(inspected: &Inspected) -> Option<Finding> {
    if let Some(cut) = &inspected.cut_short {
        return Some(file_findings::cut_short(
            cut.have_seconds,
            cut.expected_seconds,
        ));
    }
    inspected
        .inspection
        .findings
        .iter()
        .find(|f| f.code == measure::codes::ZERO_TAIL)
        .cloned()
}

/// Leaves a file where it lies and says why; the same name sent again is looked at again.
pub(super) fn hold(
    shop: &Shop,
    project: &Project,
    place: &Place,
    scratch: &mut File,
    finding: Finding,
) -> Result<Done, Trouble> {
    let now = now_ms();
    let bytes = scratch.metadata()?.len();
    let about = About {
        file_name: place.file_name(),
        format: None,
        file_sha256: sha256_of(scratch)?,
        at: now,
        mix: None,
    };
    let reason = finding.client.clone();
    let stored = report::make(&shop.config, project, about, vec![finding], None);
    let row = DropRow {
        reason: Some(reason.clone()),
        ..place.row(DropState::Held, project, bytes)
    };
    Ok(Done {
        commands: Vec::new(),
        also: vec![
            json_document(&project.id, &place.document(), &stored)?,
            Write::Drop(row),
            notice(
                project,
                "held",
                &format!("\u{201c}{}\u{201d} was not taken: {reason}", place.shown()),
            ),
            notice_to(
                project.client.as_str(),
                project,
                "held",
                &format!("\u{201c}{}\u{201d}: {reason}", place.shown()),
            ),
            note_work(project, place),
        ],
    })
}

/// The finding that another current mix has the same bytes, or the same name in another folder.
fn twin(project: &Project, place: &Place, role: MixRole, original: &str) -> Option<Finding> {
    let shown = place.shown();
    let key = track_key(&shown).key;
    let name_of = |key: &str| key.rsplit('/').next().map(str::to_owned);
    let others = || {
        project
            .mixes
            .values()
            .filter(|m| m.is_current() && m.role == role && track_key(&m.path).key != key)
    };
    if let Some(other) = others().find(|m| m.original.as_str() == original) {
        return Some(file_findings::same_as(&other.file_name));
    }
    let other = others().find(|m| name_of(&track_key(&m.path).key) == name_of(&key))?;
    Some(file_findings::same_name(&other.path))
}

pub(super) fn note_work(project: &Project, place: &Place) -> Write {
    let document = place.document();
    let work = Work::WriteNote {
        dropbox: place.dropbox.clone(),
        path: place.note_path(),
        document: document.clone(),
    };
    work.queue(&project.id, &document)
}

pub(super) fn notice(project: &Project, kind: &str, text: &str) -> Write {
    notice_to(STAFF, project, kind, text)
}

pub(super) fn notice_to(audience: &str, project: &Project, kind: &str, text: &str) -> Write {
    Write::Notice(NoticeRow {
        id: random_id(),
        at_ms: now_ms(),
        audience: audience.to_owned(),
        project: Some(project.id.to_string()),
        kind: kind.to_owned(),
        text: text.to_owned(),
        facts: None,
        state: NoticeState::New,
    })
}

pub(crate) fn json_document(
    project: &ProjectId,
    name: &str,
    body: &impl serde::Serialize,
) -> Result<Write, Trouble> {
    let body = serde_json::to_string(body)
        .map_err(|e| Trouble::Never(format!("a report cannot be written: {e}")))?;
    Ok(Write::Document(DocumentRow {
        project: project.to_string(),
        name: name.to_owned(),
        body,
        at_ms: now_ms(),
    }))
}

pub(super) fn sha256_of(file: &mut File) -> Result<String, Trouble> {
    use sha2::Digest;
    file.seek(SeekFrom::Start(0))?;
    let mut hash = sha2::Sha256::new();
    let mut buffer = vec![0u8; 256 * 1024];
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        hash.update(&buffer[..n]);
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(hex::encode(hash.finalize()))
}

pub(crate) fn id<T: std::str::FromStr<Err = mastering::BadId>>(text: &str) -> Result<T, Trouble> {
    text.parse()
        .map_err(|e: mastering::BadId| Trouble::Never(e.to_string()))
}
