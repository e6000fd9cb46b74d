//! Orders: lists, pages, commands, plans, reports.

use mastering::{
    Calendar, Command, Declared, Intensity, MixId, NewOrder, OrderNumber, PersonId, Project,
    ProjectId, RevisionNo, Service, Style, Target, TrackId,
};
use serde::{Deserialize, Serialize};
use vault::{JobFilter, Page, ProjectFilter};

use super::Studio;
use super::people::EarlierLinks;
use crate::access::{Right, Visitor, may_see};
use crate::clock::{now_ms, random_id};
use crate::denied::Denied;
use crate::desk::{Give, OpenAsk};
use crate::jobs::{Reader, StoredPlan, read_report, write_report};
use crate::live::LiveProject;
use crate::orders;
use crate::sound;
use crate::standing;
use crate::terms;
use crate::views::{HeldDrop, JobLine, OrderList, OrderPage, OrderQuery, PersonView};
use crate::work::Work;

/// What is filled in to open an order.
#[derive(Debug, Clone)]
pub struct OrderForm {
    /// The client's login.
    pub client_login: String,
    /// Title of the song, EP or album.
    pub title: String,
    /// The artist as it must appear.
    pub artist: String,
    /// The service's name in the catalogue.
    pub service: String,
    /// What kind of music it is.
    pub style: Style,
    /// How far the plan may go.
    pub intensity: Intensity,
    /// How much of the way to the client's references a master goes, in per cent.
    pub match_percent: u8,
    /// Loudness to reach.
    pub target: TargetWish,
    /// How many songs will come, if that is known.
    pub songs: Option<u32>,
    /// The format the client declares.
    pub declared: Option<Declared>,
    /// The asker's own key: sent twice, it opens one order.
    pub key: Option<String>,
}

/// What of the target somebody has said; the rest is the studio's or the style's own.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TargetWish {
    /// Integrated loudness in LUFS.
    pub integrated_lufs: Option<f64>,
    /// Highest true peak in dBTP.
    pub true_peak_max_dbtp: Option<f64>,
}

/// An opened order.
#[derive(Debug, Clone, Serialize)]
pub struct Opened {
    /// Its number.
    pub number: OrderNumber,
    /// Its project.
    pub project: ProjectId,
    /// The link to its portal page.
    pub portal: String,
    /// The dropbox folder to send mixes to.
    pub dropbox: String,
}

/// A command from a page or the API.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The command.
    pub command: Command,
    /// The journal's number that it was decided on.
    pub seq: Option<u64>,
    /// The sender's key: the same key is carried out once.
    pub key: Option<String>,
}

/// A plan as people read and change it.
#[derive(Debug, Clone, Serialize)]
pub struct PlanView {
    /// The chain in its readable form.
    pub chain_toml: String,
    /// Why each stage is what it is.
    pub reasons: Vec<String>,
    /// The engine revision it was made for.
    pub engine: String,
}

/// An intake report.
#[derive(Debug, Clone, Serialize)]
pub struct ReportView {
    /// The readable text.
    pub report_text: String,
    /// The same as a page that needs nothing else; reports of early versions have none.
    pub report_html: Option<String>,
    /// Findings and measurements as data.
    pub inspection: serde_json::Value,
}

/// How many orders a page of the list shows where nothing else is asked for.
const ROWS_A_PAGE: u32 = 100;
/// What stands in place of a stage's code for every order that is not in the archive.
const AT_WORK: &str = "at_work";

/// What a visitor asked for, of what they may see: the counterpart of [`may_see`] for lists.
fn filter_of(visitor: &Visitor, query: OrderQuery) -> Result<ProjectFilter, Denied> {
    let (client, id) = match (visitor.only(), visitor.account()) {
        (Some(only), _) => (None, Some(only.to_string())),
        (None, Some(account)) => (Some(account.to_string()), None),
        (None, None) => {
            visitor.must(Right::ReadHouse)?;
            (None, None)
        }
    };
    let said = |text: &str| Some(text.trim().to_lowercase()).filter(|text| !text.is_empty());
    let stage = said(&query.stage);
    let (stage, stage_not) = match stage.as_deref() {
        Some(AT_WORK) => (None, Some(standing::last_stage())),
        Some(_) | None => (stage, None),
    };
    Ok(ProjectFilter {
        id,
        client,
        stage,
        stage_not,
        sought: said(&query.search),
    })
}

impl Studio {
    /// The orders a visitor may see, newest first, a page at a time.
    ///
    /// # Errors
    /// The database.
    pub async fn orders(&self, visitor: &Visitor, query: OrderQuery) -> Result<OrderList, Denied> {
        let page = Page {
            before: query.before,
            rows: query.rows.unwrap_or(ROWS_A_PAGE),
        };
        let filter = filter_of(visitor, query)?;
        let listed = self
            .access
            .read(move |vault| vault.listed_projects(&filter, page))
            .await?;
        let lines = listed.rows.into_iter().map(|row| {
            orders::line(row, visitor)
                .map_err(|e| Denied::fault("the list of orders cannot be read", &e))
        });
        Ok(OrderList {
            orders: lines.collect::<Result<_, _>>()?,
            next: listed.next,
        })
    }

    /// The order, if this visitor may see it: every route to an order comes through here.
    pub(super) async fn seen(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<LiveProject, Denied> {
        let live = self.desk.find(number).await?.ok_or(Denied::NotFound)?;
        may_see(visitor, &live.project)?;
        Ok(live)
    }

    /// Everything a page about an order shows.
    ///
    /// # Errors
    /// `NotFound` where there is no such order for this visitor.
    pub async fn order(&self, visitor: &Visitor, number: OrderNumber) -> Result<OrderPage, Denied> {
        let live = self.seen(visitor, number).await?;
        let people = self.access.people().await?;
        let client = people
            .iter()
            .find(|p| p.id == live.project.client)
            .cloned()
            .ok_or(Denied::NotFound)?;
        let id = live.project.id.to_string();
        let is_staff = visitor.is_staff();
        let documents = super::beside::documents(&live.project);
        let (events, jobs, drops, origins, beside) = self
            .access
            .read(move |vault| {
                let filter = JobFilter {
                    project: Some(id.clone()),
                    ..JobFilter::default()
                };
                Ok((
                    vault.events(&id, 0)?,
                    vault.jobs(&filter)?,
                    vault.drops(&id)?,
                    // Where somebody was is the studio's to read.
                    if is_staff {
                        vault.origins_of_project(&id)?
                    } else {
                        Vec::new()
                    },
                    super::beside::kept(vault, &id, documents)?,
                ))
            })
            .await?;
        let beside = beside.iter().map(super::beside::read);
        let beside = beside.collect::<Result<_, _>>()?;
        Ok(page(
            visitor,
            &live,
            &self.catalogue().calendar,
            client,
            &people,
            &Rows {
                events,
                jobs,
                drops,
                origins,
                beside,
            },
        ))
    }

    /// Opens an order and gives its number and link.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the staff; what is missing.
    pub async fn open_order(&self, visitor: &Visitor, form: OrderForm) -> Result<Opened, Denied> {
        visitor.must(Right::ServeClients)?;
        let by = visitor.actor();
        let client = self
            .access
            .person_by_login(form.client_login.trim())
            .await?;
        let client = client.filter(|p| p.role == "client").ok_or_else(|| {
            Denied::Invalid(format!(
                "there is no client with the login \u{201c}{}\u{201d}",
                form.client_login.trim()
            ))
        })?;
        let catalogue = self.catalogue();
        let (name, offering) = catalogue.find(&form.service).ok_or_else(|| {
            Denied::Invalid(format!(
                "there is no service \u{201c}{}\u{201d}; the studio offers {}",
                form.service,
                catalogue.names()
            ))
        })?;
        let rules = catalogue.rules(name).ok_or(Denied::NotFound)?;
        let retention = offering.retention.unwrap_or(self.config.retention);
        let (kind, completion) = (offering.kind, offering.completion.when);
        check_match(form.match_percent)?;
        let target = target(&form, self.config.target);
        let order = NewOrder {
            id: random_id().parse().expect("random ids are ids"),
            // The desk gives the number.
            number: OrderNumber::FIRST,
            client: crate::access::parse_id(&client.id)?,
            title: form.title,
            artist: form.artist,
            service: Service {
                kind,
                completion,
                target,
                style: form.style,
                intensity: form.intensity,
                match_percent: form.match_percent,
            },
            rules,
            retention,
            songs: form.songs.filter(|n| *n > 0),
            declared: form.declared,
        };
        let price = self.price_of(name).await?;
        let price = price.map(|(version, list)| (name.to_owned(), version, Box::new(list)));
        let ask = OpenAsk {
            by,
            order,
            from: visitor.from(),
            key: form.key,
            price,
        };
        let live = self.desk.open(ask).await?;
        let number = live.project.number;
        let portal = self
            .new_portal_link(visitor, number, EarlierLinks::Stay)
            .await?;
        Ok(Opened {
            number,
            project: live.project.id.clone(),
            portal,
            dropbox: client.login,
        })
    }

    /// Gives a command to an order.
    ///
    /// # Errors
    /// What the rules refuse; `Stale` where the order has moved on since `seq`.
    pub async fn submit(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        given: Submission,
    ) -> Result<u64, Denied> {
        let live = self.seen(visitor, number).await?;
        visitor.must(Right::to_give(&given.command))?;
        let mut given = given;
        match &mut given.command {
            Command::NameLastWord(voice) => {
                self.is_of_the_client(&live.project, &voice.person).await?;
            }
            Command::AnswerRequest { .. } => {
                self.charge(&live.project, &mut given.command).await?;
            }
            _ => {}
        }
        self.is_no_code_of_ours(&live.project, &given.command)
            .await?;
        // A key belongs to its sender and order: nobody hears the answer to another's command.
        let key = given
            .key
            .map(|key| format!("{}:{number}:{key}", visitor.person().id));
        let give = Give {
            project: live.project.id.clone(),
            by: visitor.actor(),
            command: given.command,
            seq: given.seq,
            key,
            from: visitor.from(),
            also: Vec::new(),
        };
        self.desk.give(give).await
    }

    /// Refuses to give the last word to anybody but the client and the client's own people.
    async fn is_of_the_client(&self, project: &Project, person: &PersonId) -> Result<(), Denied> {
        if person == &project.client {
            return Ok(());
        }
        let id = person.to_string();
        let member = self.access.read(move |vault| vault.member(&id)).await?;
        let is_theirs = member.is_some_and(|m| m.client == project.client.as_str());
        is_theirs
            .then_some(())
            .ok_or_else(|| Denied::Invalid("this is none of the client's people".to_owned()))
    }

    /// Changes the plan of a song to a chain in its readable form.
    ///
    /// # Errors
    /// What is wrong with the chain, in a sentence; what the rules refuse.
    pub async fn change_plan(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        track: &TrackId,
        chain_toml: &str,
        seq: Option<u64>,
        key: Option<String>,
    ) -> Result<u64, Denied> {
        visitor.must(Right::Master)?;
        let live = self.seen(visitor, number).await?;
        let chain = engine::Chain::from_toml(chain_toml)
            .map_err(|e| Denied::Invalid(crate::denied::chain(&e)))?;
        let plan = StoredPlan {
            engine: engine::ENGINE_REVISION.to_owned(),
            chain_toml: chain
                .to_toml()
                .map_err(|e| Denied::Invalid(crate::denied::chain(&e)))?,
            reasons: vec![format!("changed by {}", visitor.name())],
        };
        let project = live.project.clone();
        let vault = self.vault.clone();
        let stored =
            tokio::task::spawn_blocking(move || crate::jobs::store_plan(&vault, &project, &plan))
                .await
                .map_err(|e| Denied::fault("the plan could not be kept", &e))?
                .map_err(|trouble| {
                    Denied::Fault(format!("the plan could not be kept: {trouble:?}"))
                })?;
        let command = Command::ChangePlan {
            track: track.clone(),
            plan: stored,
        };
        self.submit(visitor, number, Submission { command, seq, key })
            .await
    }

    /// The plan of a song at a revision.
    ///
    /// # Errors
    /// `NotFound` where there is none yet.
    pub async fn plan(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        revision: RevisionNo,
        track: &TrackId,
    ) -> Result<PlanView, Denied> {
        visitor.must(Right::ReadHouse)?;
        let live = self.seen(visitor, number).await?;
        let version = live
            .project
            .revisions
            .get(&revision)
            .and_then(|r| r.tracks.get(track));
        let plan = version
            .and_then(|v| v.plan.clone())
            .ok_or(Denied::NotFound)?;
        let id = live.project.id.to_string();
        let text = self
            .access
            .read(move |vault| {
                use std::io::Read as _;
                let mut text = String::new();
                let mut reader = vault.open_object(&id, plan.as_str())?;
                Ok(reader.read_to_string(&mut text).map(|_| text))
            })
            .await?
            .map_err(|e| Denied::fault("the plan could not be read", &e))?;
        let plan: StoredPlan = serde_json::from_str(&text)
            .map_err(|e| Denied::fault("the plan could not be read", &e))?;
        Ok(PlanView {
            chain_toml: plan.chain_toml,
            reasons: plan.reasons,
            engine: plan.engine,
        })
    }

    /// The intake report of a mix.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub async fn report(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        mix: &MixId,
    ) -> Result<ReportView, Denied> {
        let live = self.seen(visitor, number).await?;
        let (project, name) = (live.project.clone(), format!("mix_report:{mix}"));
        let (stored, of_set) = self
            .access
            .read(move |vault| read_report(vault, &project, &name))
            .await?
            .ok_or(Denied::NotFound)?;
        let reader = if visitor.is_staff() {
            Reader::Staff
        } else {
            Reader::Client(self.access.profile(&visitor.person().id).await?.language)
        };
        let report = write_report(&self.config, &live.project, &stored, of_set, reader);
        let inspection =
            serde_json::json!({ "findings": report.findings, "measurements": report.measurements });
        Ok(ReportView {
            report_text: String::from_utf8_lossy(&report.text).into_owned(),
            report_html: report
                .html
                .map(|page| String::from_utf8_lossy(&page).into_owned()),
            inspection,
        })
    }
}

struct Rows {
    events: Vec<vault::EventRow>,
    jobs: Vec<vault::JobEntry>,
    drops: Vec<vault::DropRow>,
    origins: Vec<vault::EventOrigin>,
    beside: Vec<super::beside::BesideFound>,
}

fn page(
    visitor: &Visitor,
    live: &LiveProject,
    calendar: &Calendar,
    client: PersonView,
    people: &[PersonView],
    rows: &Rows,
) -> OrderPage {
    let project: &Project = &live.project;
    let name = |id: &str| {
        people
            .iter()
            .find(|p| p.id.as_str() == id)
            .map(|p| p.name.clone())
            // Whoever was erased has none any more.
            .filter(|name| !name.is_empty())
    };
    let revision = project.stage.revision().unwrap_or(RevisionNo::FIRST);
    let is_open = |entry: &&vault::JobEntry| entry.state != vault::JobState::Done;
    // What waits for a release leaves the studio by no door.
    let shown = if visitor.is_staff() {
        live.project.clone()
    } else {
        std::sync::Arc::new(project.for_client())
    };
    let mut log = orders::log(&rows.events, project, visitor, |code| {
        orders::actor_words(code, name)
    });
    for origin in &rows.origins {
        if let Some(line) = log.iter_mut().find(|line| line.seq == origin.seq) {
            line.from = Some(origin.address.clone());
        }
    }
    // What a name may mean is for the studio to decide.
    let (alternates_proposed, beside) = if visitor.is_staff() {
        (project.alternates_proposed(), rows.beside.clone())
    } else {
        (Vec::new(), Vec::new())
    };
    OrderPage {
        project: shown,
        alternates_proposed,
        beside,
        seq: live.seq,
        client,
        offers: orders::offers(project, visitor, now_ms()),
        waits_for: orders::waits_for_words(project, visitor),
        terms: terms::of(project, calendar, now_ms()),
        ears: terms::ears(project, visitor, now_ms()),
        log,
        jobs: rows.jobs.iter().filter(is_open).map(job_line).collect(),
        held: held(project, &rows.drops),
        approval_wording: orders::approval_wording(project, revision),
        retention: orders::retention_words(project),
        zone: calendar.time_zone.clone(),
    }
}

/// Files that were not taken, unless the same name came whole later.
fn held(project: &Project, drops: &[vault::DropRow]) -> Vec<HeldDrop> {
    let shown = |d: &vault::DropRow| {
        if d.inner.is_empty() {
            d.path.clone()
        } else {
            format!("{}/{}", d.path, d.inner)
        }
    };
    drops
        .iter()
        .filter(|d| d.state == vault::DropState::Held)
        .filter(|d| {
            !project
                .mixes
                .values()
                .any(|m| m.path == shown(d) && m.received_at >= d.first_seen_ms)
        })
        .map(|d| HeldDrop {
            path: shown(d),
            reason: d.reason.clone().unwrap_or_default(),
            at: d.updated_ms,
        })
        .collect()
}

fn job_line(entry: &vault::JobEntry) -> JobLine {
    let about = serde_json::from_str::<Work>(&entry.job.body)
        .map_or_else(|_| entry.job.kind.clone(), |w| w.about());
    JobLine {
        kind: entry.job.kind.clone(),
        about,
        state: entry.state.code().to_owned(),
        error: entry.error.clone(),
    }
}

/// Refuses more than the whole way to the references.
fn check_match(percent: u8) -> Result<(), Denied> {
    if percent > 100 {
        return Err(Denied::Invalid(format!(
            "a match to references goes 0 to 100 % of the way, not {percent} %"
        )));
    }
    Ok(())
}

/// What was said; else the studio's own loudness for the usual music at the usual measure, and the style's for any other.
fn target(form: &OrderForm, own: Target) -> Target {
    let (style, intensity) = (sound::style(form.style), sound::intensity(form.intensity));
    let is_usual = form.style == Style::default() && form.intensity == Intensity::default();
    let lufs = if is_usual {
        own.integrated_lufs
    } else {
        style.loudness_lufs(intensity)
    };
    Target {
        integrated_lufs: form.target.integrated_lufs.unwrap_or(lufs),
        true_peak_max_dbtp: form
            .target
            .true_peak_max_dbtp
            .unwrap_or(own.true_peak_max_dbtp),
    }
}
