//! Closing a project into the archive, exporting it, copying it, and letting it go.

use std::io::Write as _;
use std::path::Path;

use delivery::readme::{ApprovalNote, ArchiveReadme, PayloadForm, SampleProof};
use mastering::{Command, DueDates, MasterOrigin, NEVER, ObjectSum, Project, Revision};
use serde::{Deserialize, Serialize};
use vault::{BagEntry, BagSource, Vault, Write};

use super::take::id;
use super::{Done, Shop, Trouble};
use crate::clock::now_ms;
use crate::config::StudioConfig;
use crate::follow::{FollowUp, Notices, keeping};
use crate::printing::ReferenceKept;
use crate::views::PersonView;

/// Everything that belongs to a closed project, by path and checksum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ArchiveManifest {
    /// The form of this list.
    pub(crate) schema: u32,
    /// The order's number.
    pub(crate) order: String,
    /// The files.
    pub(crate) files: Vec<ArchivedFile>,
}

/// One file of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ArchivedFile {
    /// Its path in the bag.
    pub(crate) path: String,
    /// Its checksum, which is its name in the vault.
    pub(crate) sha256: String,
}

pub(crate) fn read_manifest(vault: &Vault, project: &Project) -> Result<ArchiveManifest, Trouble> {
    let archive = project
        .archive
        .as_ref()
        .ok_or_else(|| Trouble::Never("the project is not in the archive".to_owned()))?;
    let reader = vault.open_object(project.id.as_str(), archive.manifest.as_str())?;
    let mut manifest: ArchiveManifest = serde_json::from_reader(reader)
        .map_err(|e| Trouble::Never(format!("the archive's list cannot be read: {e}")))?;
    // What was ordered or made up after the archive was closed came to it later.
    let finals = project.finals.iter();
    let finals = finals.map(|file| (format!("finals/{}", file.file_name), &file.object));
    for (path, object) in finals.chain(beside_finals(project)) {
        let sha256 = object.to_string();
        if !manifest.files.iter().any(|known| known.sha256 == sha256) {
            manifest.files.push(ArchivedFile { path, sha256 });
        }
    }
    Ok(manifest)
}

/// Packages, each in one file, the cover, booklets and videos, and the lists of titles and codes.
fn beside_finals(project: &Project) -> impl Iterator<Item = (String, &ObjectSum)> {
    let mut names = delivery::names::Names::default();
    let packages = project.packages.iter();
    let packages = packages.filter_map(|package| Some((package, package.made.as_ref()?)));
    let packages = packages.map(move |(package, made)| {
        let name = names.take(&format!("{:02} {}", package.no, package.title), "zip");
        (format!("packages/{name}"), &made.archive)
    });
    let cover = project.cover.iter().map(|cover| {
        let (stem, ending) = cover.file_name.rsplit_once('.').unwrap_or(("cover", "jpg"));
        let name = delivery::names::Names::default().take(stem, ending);
        (format!("cover/{name}"), &cover.object)
    });
    let copies = project.label_copies.iter().map(|copy| {
        let (stem, ending) = copy.file_name.rsplit_once('.').unwrap_or(("list", "txt"));
        let stem = format!("{:02} {stem}", copy.no);
        let name = delivery::names::Names::default().take(&stem, ending);
        (format!("label copy/{name}"), &copy.object)
    });
    let attached = project.attachments.iter().map(|one| {
        let (stem, ending) = one
            .file_name
            .rsplit_once('.')
            .unwrap_or((&one.file_name, "bin"));
        let stem = format!("{:02} {stem}", one.no);
        let name = delivery::names::Names::default().take(&stem, ending);
        (format!("attachments/{name}"), &one.object)
    });
    packages.chain(cover).chain(attached).chain(copies)
}

/// Writes down everything that belongs to the project and records the list.
pub(super) fn close(shop: &Shop, project: &Project, client: &PersonView) -> Result<Done, Trouble> {
    let mut list = List {
        shop,
        project,
        files: Vec::new(),
        names: delivery::names::Names::default(),
    };
    list.mixes();
    list.revisions()?;
    list.rack_proofs()?;
    list.finals();
    list.papers(client)?;
    let manifest = ArchiveManifest {
        schema: 1,
        order: project.number.to_string(),
        files: list.files,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|e| Trouble::Never(e.to_string()))?;
    let manifest = store_bytes(shop, project, &text)?;
    Ok(Done {
        commands: vec![Command::RecordArchive {
            manifest: id(&manifest)?,
        }],
        also: Vec::new(),
    })
}

fn store_bytes(shop: &Shop, project: &Project, bytes: &[u8]) -> Result<String, Trouble> {
    let mut scratch = shop.vault.scratch()?;
    scratch.write_all(bytes)?;
    Ok(shop
        .vault
        .store(project.id.as_str(), "paper", &mut scratch)?
        .sha256)
}

struct List<'s> {
    shop: &'s Shop,
    project: &'s Project,
    files: Vec<ArchivedFile>,
    names: delivery::names::Names,
}

impl List<'_> {
    /// Adds an object under a folder; the name is made safe for every disk and unique.
    fn add(&mut self, folder: &str, name: &str, sha256: &str) {
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "bin"));
        let safe = self.names.take(&format!("{folder} {stem}"), ending);
        let safe = safe
            .strip_prefix(&format!("{folder} "))
            .unwrap_or(&safe)
            .to_owned();
        self.files.push(ArchivedFile {
            path: format!("{folder}/{safe}"),
            sha256: sha256.to_owned(),
        });
    }

    fn paper(&mut self, path: &str, bytes: &[u8]) -> Result<(), Trouble> {
        let sha256 = store_bytes(self.shop, self.project, bytes)?;
        self.files.push(ArchivedFile {
            path: path.to_owned(),
            sha256,
        });
        Ok(())
    }

    /// The mixes as received, superseded ones included.
    fn mixes(&mut self) {
        for mix in self.project.mixes.values() {
            let folder = match mix.role {
                mastering::MixRole::Main => "mixes",
                mastering::MixRole::Alternate => "alternate mixes",
                mastering::MixRole::Reference => "references",
            };
            self.add(folder, &mix.file_name, mix.original.as_str());
        }
        for kept in &self.project.permissions {
            self.add("permissions", &kept.file_name, kept.object.as_str());
        }
    }

    /// Each revision's audio, plan and measurements.
    fn revisions(&mut self) -> Result<(), Trouble> {
        for revision in self.project.revisions.values() {
            let folder = format!("revision {}", revision.no);
            self.programme(&folder, revision)?;
            let project = self.project;
            let songs = (1..).zip(&project.tracks);
            let all = songs.flat_map(|(no, song)| {
                let others = project.alternates_of(&song.id);
                let others = others.map(move |other| (no, &other.track.id));
                std::iter::once((no, &song.id)).chain(others)
            });
            for (no, track) in all {
                let title = project.called(track).unwrap_or_default();
                let Some(master) = revision.tracks.get(track).and_then(|v| v.master.as_ref())
                else {
                    continue;
                };
                self.add(
                    &folder,
                    &format!("{no:02} {title}.wav"),
                    master.object.as_str(),
                );
                match &master.origin {
                    MasterOrigin::Rendered { plan, .. } | MasterOrigin::Beside { plan, .. } => {
                        self.add(
                            &folder,
                            &format!("{no:02} {title} plan.json"),
                            plan.as_str(),
                        );
                    }
                    MasterOrigin::Printed { print, .. } => {
                        self.add(
                            &folder,
                            &format!("{no:02} {title} print.json"),
                            print.as_str(),
                        );
                    }
                    MasterOrigin::Elsewhere {
                        file_name,
                        original,
                    } => {
                        self.add(
                            &folder,
                            &format!("{no:02} as received {file_name}"),
                            original.as_str(),
                        );
                    }
                }
                let measured = self.shop.vault.document(
                    self.project.id.as_str(),
                    &format!("measured:{}", master.object),
                )?;
                if let Some(row) = measured {
                    let sha256 = store_bytes(self.shop, self.project, row.body.as_bytes())?;
                    self.add(&folder, &format!("{no:02} {title} measured.json"), &sha256);
                }
            }
        }
        Ok(())
    }

    /// The programme as people read it, and each disc as it was heard.
    fn programme(&mut self, folder: &str, revision: &Revision) -> Result<(), Trouble> {
        if let Some(programme) = &revision.programme {
            let written = self.project.written_programme(programme, revision.no);
            let text = written.to_toml();
            let sha256 = store_bytes(self.shop, self.project, text.as_bytes())?;
            self.add(folder, "programme.toml", &sha256);
        }
        let discs = revision.made.iter().flat_map(|made| &made.discs);
        for (no, disc) in (1..).zip(discs) {
            self.add(folder, &format!("disc {no}.wav"), disc.object.as_str());
        }
        Ok(())
    }

    /// Reference passages with their prints, and the recalls that were proved by them.
    fn rack_proofs(&mut self) -> Result<(), Trouble> {
        let documents = self.shop.vault.documents(self.project.id.as_str())?;
        for row in documents {
            let (folder, kept) = match row.name.split_once(':') {
                Some(("reference", of)) => {
                    let kept: ReferenceKept = serde_json::from_str(&row.body)
                        .map_err(|e| Trouble::Never(format!("a reference cannot be read: {e}")))?;
                    let folder = format!("rack reference {}", of.replace(':', " "));
                    self.add(&folder, "passage.wav", &kept.passage);
                    self.add(&folder, "print 1.wav", &kept.prints[0]);
                    self.add(&folder, "print 2.wav", &kept.prints[1]);
                    (folder, "reference.json")
                }
                Some(("recall", of)) => (
                    format!("rack recall {}", of.replace(':', " ")),
                    "recall.json",
                ),
                _ => continue,
            };
            let sha256 = store_bytes(self.shop, self.project, row.body.as_bytes())?;
            self.add(&folder, kept, &sha256);
        }
        Ok(())
    }

    fn finals(&mut self) {
        for file in &self.project.finals {
            self.add("finals", &file.file_name, file.object.as_str());
        }
    }

    /// Journal, comments, approval, intake reports, README.
    fn papers(&mut self, client: &PersonView) -> Result<(), Trouble> {
        let events = self.shop.vault.events(self.project.id.as_str(), 0)?;
        let mut journal = String::new();
        for row in &events {
            let line = serde_json::json!({
                "seq": row.seq, "at_ms": row.at_ms, "actor": row.actor, "schema": row.schema,
                "event": serde_json::from_str::<serde_json::Value>(&row.body)
                    .map_err(|e| Trouble::Never(format!("the journal cannot be read: {e}")))?,
            });
            journal.push_str(&line.to_string());
            journal.push('\n');
        }
        self.paper("journal.jsonl", journal.as_bytes())?;
        let comments = pretty(&self.project.comments)?;
        self.paper("comments.json", &comments)?;
        let approval = pretty(&self.project.approval)?;
        self.paper("approval.json", &approval)?;
        for mix in self.project.mixes.values() {
            let papers = [
                (format!("mix_report:{}", mix.id), mix.file_name.clone()),
                (
                    super::report::set_document(&mix.id),
                    format!("{} beside the others", mix.file_name),
                ),
            ];
            for (document, name) in papers {
                let found = self
                    .shop
                    .vault
                    .document(self.project.id.as_str(), &document)?;
                if let Some(row) = found {
                    let sha256 = store_bytes(self.shop, self.project, row.body.as_bytes())?;
                    self.add("intake reports", &format!("{name}.json"), &sha256);
                }
            }
        }
        let readme = readme(&self.shop.config, self.project, client, PayloadForm::Plain);
        self.paper("README.txt", &readme)
    }
}

/// JSON with line ends, for people.
fn pretty(value: &impl Serialize) -> Result<Vec<u8>, Trouble> {
    serde_json::to_vec_pretty(value).map_err(|e| Trouble::Never(e.to_string()))
}

/// When the project's files are due to go: as its archive says once it has one.
fn due_dates(project: &Project, completed_at: i64) -> DueDates {
    let archive = project.archive.as_ref().map(|archive| archive.due);
    archive.unwrap_or_else(|| {
        let zone = &project.rules.time_zone;
        project.retention.due_dates(completed_at, zone)
    })
}

fn readme(
    config: &StudioConfig,
    project: &Project,
    client: &PersonView,
    payload: PayloadForm,
) -> Vec<u8> {
    let completed_at = project.completed_at.unwrap_or(project.opened_at);
    let zone = &project.rules.time_zone;
    let due = due_dates(project, completed_at);
    let proofs = |track: &mastering::TrackId| {
        project
            .track(track)
            .map_or_else(String::new, |t| t.title.clone())
    };
    ArchiveReadme {
        studio: config.studio_name.clone(),
        order: project.number.to_string(),
        title: project.title.clone(),
        client: Some(client.name.clone()),
        completed: super::report::moment(zone, completed_at),
        recall_until: (due.archive_due_at != NEVER)
            .then(|| super::report::moment(zone, due.archive_due_at)),
        zone: zone.name().to_owned(),
        contents: [
            (
                "mixes",
                "the mixes as received, with alternates and references in folders of their own",
            ),
            (
                "revision 1, 2, ...",
                "each revision's audio, its plan and its measurements; its programme and the discs made of it, where it has one",
            ),
            ("finals", "the files handed over"),
            (
                "packages",
                "what was made up for labels, shops, plants and cutters, where anything was, one ZIP each",
            ),
            ("intake reports", "what the check of each mix found"),
            (
                "journal.jsonl",
                "everything that happened, one event a line",
            ),
            ("comments.json", "what was said, with its place in the song"),
            (
                "approval.json",
                "who approved what, with the checksums of the samples",
            ),
        ]
        .map(|(path, what)| (path.to_owned(), what.to_owned()))
        .to_vec(),
        approval: project.approval.as_ref().map(|a| ApprovalNote {
            by: a.name.clone(),
            at: super::report::moment(zone, a.at),
            revision: u32::from(a.revision),
            samples: a
                .samples
                .iter()
                .map(|(track, sum)| (proofs(track), sum))
                .chain((1..).map(|no: u32| format!("disc {no}")).zip(&a.discs))
                .map(|(name, sum)| SampleProof {
                    name,
                    samples_sha256: sum.to_string(),
                })
                .collect(),
        }),
        finals: project
            .finals
            .iter()
            .map(|f| SampleProof {
                name: f.file_name.clone(),
                samples_sha256: f.samples.to_string(),
            })
            .collect(),
        payload,
    }
    .text()
}

fn entries(manifest: &ArchiveManifest) -> Vec<BagEntry> {
    manifest
        .files
        .iter()
        .map(|f| BagEntry {
            path: f.path.clone(),
            source: BagSource::Object(f.sha256.clone()),
        })
        .collect()
}

fn bag_info(config: &StudioConfig, project: &Project) -> Vec<(String, String)> {
    let completed_at = project.completed_at.unwrap_or(project.opened_at);
    let zone = &project.rules.time_zone;
    let due = due_dates(project, completed_at);
    let keep_until = (due.archive_due_at != NEVER).then(|| {
        let date = super::report::moment(zone, due.archive_due_at).date();
        ("Lacquer-Keep-Until", date)
    });
    [
        ("Source-Organization", config.studio_name.clone()),
        ("External-Identifier", project.number.to_string()),
        ("External-Description", project.title.clone()),
        (
            "Bagging-Date",
            super::report::moment(zone, completed_at).date(),
        ),
    ]
    .into_iter()
    .chain(keep_until)
    .map(|(label, value)| (label.to_owned(), value))
    .collect()
}

/// The name of a project's bag.
fn bag_name(project: &Project) -> String {
    project.number.to_string()
}

/// Writes the closed project as a plain BagIt bag under `to`.
pub(crate) fn export(
    vault: &Vault,
    config: &StudioConfig,
    project: &Project,
    to: &Path,
) -> Result<std::path::PathBuf, Trouble> {
    let manifest = read_manifest(vault, project)?;
    Ok(vault.write_bag(
        to,
        &bag_name(project),
        project.id.as_str(),
        &entries(&manifest),
        &bag_info(config, project),
    )?)
}

/// Copies the closed project to the second place: a bag whose payload stays encrypted.
pub(super) fn copy(shop: &Shop, project: &Project) -> Result<Done, Trouble> {
    let Some(place) = &shop.config.second_place else {
        return Ok(Done::default());
    };
    if place.join(bag_name(project)).exists() {
        return Ok(Done::default());
    }
    let manifest = read_manifest(&shop.vault, project)?;
    let name = bag_name(project);
    shop.vault.write_sealed_copy(
        place,
        &name,
        project.id.as_str(),
        &entries(&manifest),
        &bag_info(&shop.config, project),
    )?;
    Ok(Done::default())
}

/// What a project would let go of, with sizes.
#[derive(Debug, Clone, Serialize)]
pub struct DueLine {
    /// The order's number.
    pub number: mastering::OrderNumber,
    /// The title.
    pub title: String,
    /// `working` or `archive`.
    pub what: &'static str,
    /// When it is or was due, in unix milliseconds.
    pub due_at: i64,
    /// Files in the vault that would go.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Kinds of objects that are working files: they can be made again from what stays.
const WORKING_KINDS: [&str; 3] = ["canonical", "zip", super::compare::FINGERPRINT_KIND];

pub(crate) fn working_objects(
    vault: &Vault,
    project: &Project,
) -> Result<Vec<vault::ObjectRow>, Trouble> {
    let objects = vault.objects(project.id.as_str())?;
    // The audio of a mix in a zip is stored by itself, so the zip around it is a working file.
    let is_working = |row: &vault::ObjectRow| {
        row.state == vault::ObjectState::Done && WORKING_KINDS.contains(&row.kind.as_str())
    };
    Ok(objects.into_iter().filter(is_working).collect())
}

pub(super) fn remove_working_files(shop: &Shop, project: &Project) -> Result<Done, Trouble> {
    let rows = working_objects(&shop.vault, project)?;
    remove(shop, project, &rows)?;
    Ok(gone(shop, project, "working_files_gone"))
}

/// Tells the client that it is done, once it is.
fn gone(shop: &Shop, project: &Project, kind: &str) -> Done {
    let studio = FollowUp::of(&shop.config);
    let note = Notices {
        studio: &studio,
        project,
        now: now_ms(),
    };
    Done {
        commands: Vec::new(),
        also: keeping::of_archive(&note, kind, "", note.now),
    }
}

/// The document that stays of a project whose archive went.
pub(crate) const CERTIFICATE: &str = "deletion_certificate";

/// What was deleted, when, and who let it go: names, checksums and sizes, and nothing that could be heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionCertificate {
    /// The order's number.
    pub order: String,
    /// The title.
    pub title: String,
    /// Who confirmed it.
    pub confirmed_by: String,
    /// When it was let go, in unix milliseconds.
    pub released_at: i64,
    /// Each file's SHA-256 and size in bytes.
    pub files: Vec<(String, u64)>,
}

/// Writes down what is about to go; a second try finds the list of the first and keeps it.
fn certificate(
    shop: &Shop,
    project: &Project,
    rows: &[vault::ObjectRow],
) -> Result<Option<Write>, Trouble> {
    let known = shop.vault.document(project.id.as_str(), CERTIFICATE)?;
    if known.is_some() || rows.is_empty() {
        return Ok(None);
    }
    let events = shop.vault.events(project.id.as_str(), 0)?;
    let released = events.iter().rev().find_map(|row| {
        match mastering::Event::read(row.schema, &row.body).ok()? {
            mastering::Event::ArchiveReleased { by, at } => Some((by, at)),
            _ => None,
        }
    });
    let (confirmed_by, released_at) =
        released.ok_or_else(|| Trouble::Never("nobody let this archive go".to_owned()))?;
    let certificate = DeletionCertificate {
        order: project.number.to_string(),
        title: project.title.clone(),
        confirmed_by,
        released_at,
        files: rows.iter().map(|r| (r.sha256.clone(), r.bytes)).collect(),
    };
    super::take::json_document(&project.id, CERTIFICATE, &certificate).map(Some)
}

pub(super) fn remove_archive(shop: &Shop, project: &Project) -> Result<Done, Trouble> {
    let rows = shop.vault.objects(project.id.as_str())?;
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|r| r.state == vault::ObjectState::Done)
        .collect();
    // The list is written before the first file goes: a power cut between them loses neither.
    if let Some(certificate) = certificate(shop, project, &rows)? {
        shop.vault
            .commit_blocking(vec![certificate])
            .map_err(trouble)?;
    }
    remove(shop, project, &rows)?;
    shop.vault
        .commit_blocking(vec![Write::ProjectKeyDropped {
            project: project.id.to_string(),
        }])
        .map_err(trouble)?;
    shop.vault.drop_project_key(project.id.as_str())?;
    Ok(gone(shop, project, "archive_gone"))
}

fn remove(shop: &Shop, project: &Project, rows: &[vault::ObjectRow]) -> Result<(), Trouble> {
    let removed: Vec<Write> = rows
        .iter()
        .map(|r| Write::ObjectRemoved {
            project: r.project.clone(),
            sha256: r.sha256.clone(),
        })
        .collect();
    if removed.is_empty() {
        return Ok(());
    }
    // The row first: bytes without a row are looked after, a row without bytes is damage.
    shop.vault.commit_blocking(removed).map_err(trouble)?;
    let sums: Vec<String> = rows.iter().map(|r| r.sha256.clone()).collect();
    shop.vault.remove_objects(project.id.as_str(), &sums)?;
    Ok(())
}

fn trouble(error: vault::CommitError) -> Trouble {
    Trouble::Again(crate::denied::chain(&error))
}
