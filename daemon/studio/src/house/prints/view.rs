//! Prints as people read them.

use std::collections::BTreeMap;

use mastering::{OrderNumber, Project, ProjectId, RevisionNo, UnixMs};
use rack::Unit;
use serde::Serialize;
use vault::{PrintRow, Vault, VaultError};

use super::super::measured::channel_words;
use super::super::{ChannelWords, RackView, Studio};
use crate::denied::Denied;
use crate::printing::{
    self, Held, KeptTake, PrintAnswer, PrintCertificate, PrintKind, Question, RecallKept,
    ReferenceKept, Switched,
};
use crate::units_in_use::UnitsLine;

/// The queue as a whole.
#[derive(Debug, Clone, Serialize)]
pub struct PrintQueueView {
    /// Why nothing begins now, in a sentence; none where it does.
    pub holds: Option<String>,
    /// Who asked for the room, where somebody did.
    pub held: Option<Held>,
    /// Between two prints, in seconds.
    pub pause_s: u32,
    /// Units that warm up, and since when they are on.
    pub units: Vec<UnitPower>,
    /// Who has which units, or waits for them.
    pub in_use: Vec<UnitsLine>,
    /// What is not done, in the order it was asked for.
    pub waiting: Vec<PrintView>,
    /// What ended, newest first.
    pub ended: Vec<PrintView>,
}

/// A unit that has to warm up.
#[derive(Debug, Clone, Serialize)]
pub struct UnitPower {
    /// The unit, by the rack's name.
    pub id: String,
    /// What the studio calls it.
    pub name: String,
    /// How long it warms up.
    pub warm_up_minutes: u32,
    /// Since when it is on; none where nobody said so.
    pub on_since: Option<UnixMs>,
    /// When it is warm; none where it is, or is off.
    pub warm_at: Option<UnixMs>,
}

impl UnitPower {
    pub(super) fn of(units: &[RackView<Unit>], switched: &Switched, now: UnixMs) -> Vec<Self> {
        let warming = units.iter().filter(|unit| unit.page.warm_up_minutes > 0);
        let told = warming.map(|unit| {
            let on_since = switched.0.get(&unit.id).copied();
            let warm = on_since.map(|at| at + i64::from(unit.page.warm_up_minutes) * 60_000);
            Self {
                id: unit.id.clone(),
                name: unit.page.name.clone(),
                warm_up_minutes: unit.page.warm_up_minutes,
                on_since,
                warm_at: warm.filter(|at| *at > now),
            }
        });
        told.collect()
    }
}

/// Something that may be said to a print.
#[derive(Debug, Clone, Serialize)]
pub struct AnswerView {
    /// As the API takes it.
    #[serde(flatten)]
    pub answer: PrintAnswer,
    /// On a button.
    pub words: String,
}

/// One of its takes.
#[derive(Debug, Clone, Serialize)]
pub struct TakeView {
    /// Its place, from 1.
    pub no: usize,
    /// What is kept of it.
    #[serde(flatten)]
    pub take: KeptTake,
}

impl TakeView {
    /// Whether it became the print.
    #[must_use]
    pub fn is_print(&self) -> bool {
        self.take.object.is_none()
    }
}

/// One of its certificates.
#[derive(Debug, Clone, Serialize)]
pub struct CertificateView {
    /// What was measured.
    #[serde(flatten)]
    pub certificate: PrintCertificate,
}

impl CertificateView {
    /// Its channels in words.
    #[must_use]
    pub fn channels(&self) -> Vec<ChannelWords> {
        let channels = self.certificate.measurement.channels.iter();
        channels.map(channel_words).collect()
    }

    /// What came of it, in a sentence.
    #[must_use]
    pub fn verdict(&self) -> String {
        match (
            self.certificate.objections.is_empty(),
            self.certificate.compared,
        ) {
            (true, 0) => {
                "Nothing is wrong with it; there was nothing to compare it with.".to_owned()
            }
            (true, figures) => {
                format!("Certified: {figures} figures within the unit\u{2019}s own spread.")
            }
            (false, _) => "Not certified.".to_owned(),
        }
    }
}

/// Who said what.
#[derive(Debug, Clone, Serialize)]
pub struct SaidView {
    /// When.
    pub at: UnixMs,
    /// Who.
    pub by: String,
    /// What.
    pub text: String,
}

/// A print of the queue.
#[derive(Debug, Clone, Serialize)]
pub struct PrintView {
    /// Its number.
    pub no: u64,
    /// What is to come of it.
    pub kind: PrintKind,
    /// The order.
    pub order: OrderNumber,
    /// The order's title.
    pub title: String,
    /// The revision.
    pub revision: RevisionNo,
    /// The song's id.
    pub track: String,
    /// The song's title.
    pub song: String,
    /// The chain, by the rack's name; empty where the order names none.
    pub chain: String,
    /// `queued`, `running`, `asks`, `done` or `stopped`.
    pub state: &'static str,
    /// When it was asked for.
    pub at: UnixMs,
    /// Who asked.
    pub by: String,
    /// Why it does not run, in a sentence; empty where nothing is in its way.
    pub waits: String,
    /// Not before this, where it waits for a time.
    pub until: Option<UnixMs>,
    /// What is being done with it now; empty where nothing is.
    pub phase: String,
    /// How much of that is done, from 0 to 1.
    pub share: f64,
    /// What it asks.
    pub question: Option<Question>,
    /// The same in a sentence; empty where it asks nothing.
    pub asks: String,
    /// The steps to be done at the rack, where it asks for them.
    pub steps: Vec<String>,
    /// What may be said to it now.
    pub answers: Vec<AnswerView>,
    /// Its takes.
    pub takes: Vec<TakeView>,
    /// What was measured for it.
    pub certificates: Vec<CertificateView>,
    /// Who said what of it.
    pub said: Vec<SaidView>,
    /// What it came to.
    pub outcome: String,
}

impl PrintView {
    /// The state in words.
    #[must_use]
    pub fn state_words(&self) -> &'static str {
        match self.state {
            "queued" => "waits",
            "running" => "runs",
            "asks" => "waits for you",
            "done" => "done",
            _ => "stopped",
        }
    }
}

/// The references and recalls of an order.
#[derive(Debug, Clone, Serialize)]
pub struct RackProofs {
    /// References, by revision and song: `REVISION:TRACK`.
    pub references: Vec<(String, ReferenceKept)>,
    /// The newest recall of each.
    pub recalls: Vec<(String, RecallKept)>,
}

impl RackProofs {
    pub(super) fn read(vault: &Vault, project: &str) -> Result<Self, VaultError> {
        // A later one of the same song takes an earlier one's place.
        let (mut references, mut recalls) = (BTreeMap::new(), BTreeMap::new());
        for row in vault.documents(project)? {
            if let Some(of) = row.name.strip_prefix("reference:") {
                if let Ok(kept) = serde_json::from_str(&row.body) {
                    references.insert(of.to_owned(), kept);
                }
            } else if let Some(of) = row.name.strip_prefix("recall:")
                && let Ok(kept) = serde_json::from_str(&row.body)
            {
                recalls.insert(of.to_owned(), kept);
            }
        }
        Ok(Self {
            references: references.into_iter().collect(),
            recalls: recalls.into_iter().collect(),
        })
    }
}

fn answer_words(answer: PrintAnswer, question: Option<&Question>) -> String {
    match answer {
        PrintAnswer::Set => "It is set".to_owned(),
        PrintAnswer::Again => "Print again".to_owned(),
        PrintAnswer::Accept { take } => format!("Accept take {take}"),
        PrintAnswer::Join {
            first,
            second,
            frame,
        } => {
            let offers = match question {
                Some(Question::Slipped { joins, .. }) => joins.as_slice(),
                _ => &[],
            };
            let offer = offers.iter().find(|offer| offer.frame == frame);
            let seconds = offer.map_or(0.0, |offer| offer.seconds);
            format!("Join take {first} up to {seconds:.1} s with take {second} from there on")
        }
        PrintAnswer::Convert => "Convert the song".to_owned(),
        PrintAnswer::RestartServer => "Restart the server".to_owned(),
        PrintAnswer::Stop => "Stop".to_owned(),
    }
}

impl Studio {
    pub(super) async fn project_of(
        &self,
        row: &PrintRow,
    ) -> Result<std::sync::Arc<Project>, Denied> {
        let id: ProjectId = row
            .asked
            .project
            .parse()
            .map_err(|e: mastering::BadId| Denied::fault("a print names no project", &e))?;
        let live = self.desk.look(id).await?;
        live.map(|live| live.project).ok_or(Denied::NotFound)
    }

    pub(super) async fn print_view(&self, row: PrintRow) -> Result<PrintView, Denied> {
        let project = self.project_of(&row).await?;
        let body = printing::read(&row)?;
        let revision = RevisionNo::try_from(row.asked.revision)
            .map_err(|e| Denied::fault("a print names no revision", &e))?;
        let song = project
            .tracks
            .iter()
            .find(|track| track.id.as_str() == row.asked.track);
        let chain = song.and_then(|song| {
            let version = project.revisions.get(&revision)?.tracks.get(&song.id)?;
            version.rack.clone()
        });
        let answers = self.may_answer(&row, &body).into_iter();
        let answers = answers.map(|answer| AnswerView {
            words: answer_words(answer, body.question.as_ref()),
            answer,
        });
        let answers = answers.collect();
        let runs = self.printing.now().filter(|now| now.no == row.no);
        let (phase, share) = runs.map_or((String::new(), 0.0), |now| now.phase());
        let steps = match &body.question {
            Some(Question::Set { steps }) => steps.iter().map(printing::step).collect(),
            _ => Vec::new(),
        };
        let mut said = Vec::new();
        for line in body.said {
            said.push(SaidView {
                at: line.at,
                by: self.author(&line.by).await?,
                text: line.text,
            });
        }
        Ok(PrintView {
            no: row.no,
            kind: PrintKind::of_code(&row.asked.kind)
                .ok_or_else(|| Denied::Fault("a print is of no kind".to_owned()))?,
            order: project.number,
            title: project.title.clone(),
            revision,
            song: song.map_or_else(String::new, |song| song.title.clone()),
            chain: chain.unwrap_or_default(),
            state: row.state.code(),
            at: row.asked.at_ms,
            by: self.author(&row.asked.author).await?,
            waits: body.waits,
            until: body.until,
            phase,
            share,
            asks: body
                .question
                .as_ref()
                .map_or_else(String::new, printing::question),
            question: body.question,
            steps,
            answers,
            takes: (1..)
                .zip(body.takes)
                .map(|(no, take)| TakeView { no, take })
                .collect(),
            certificates: body
                .certificates
                .into_iter()
                .map(|certificate| CertificateView { certificate })
                .collect(),
            said,
            outcome: body.outcome,
            track: row.asked.track,
        })
    }
}
