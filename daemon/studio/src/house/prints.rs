//! The queue of prints for pages, the API and the command line: what waits for what, and what a person says to it.

mod view;

use mastering::{OrderNumber, Project, RevisionNo, TrackId};
use serde::{Deserialize, Serialize};
use vault::{PrintRow, PrintState, Vault, Write};

pub use self::view::{
    AnswerView, CertificateView, PrintQueueView, PrintView, RackProofs, SaidView, TakeView,
    UnitPower,
};
use super::Studio;
use super::audio::{AudioFile, plain_wav};
use super::journal::{Decision, decided};
use crate::access::{Right, Visitor};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::desk::actor_code;
use crate::printing::{
    self, Held, PrintAnswer, PrintBody, PrintKind, Question, QueueRules, Said, Stands, Switched,
};

/// So many ended prints are listed.
const ENDED: u32 = 30;
/// Longest reason for holding the queue, in bytes.
const LONGEST_WHY: usize = 300;
/// Longest pause between two prints, in seconds.
const LONGEST_PAUSE_S: u32 = 3_600;
/// A unit is not said to be on for longer than this.
const LONGEST_ON_MINUTES: u32 = 14 * 24 * 60;

/// Whether a unit is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "power", rename_all = "snake_case", deny_unknown_fields)]
pub enum Power {
    /// It is on.
    On {
        /// For so many minutes by now.
        #[serde(default)]
        minutes: u32,
    },
    /// It is off.
    Off,
}

impl Studio {
    /// The queue: what holds it, what waits, what ended last.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn prints(&self, visitor: &Visitor) -> Result<PrintQueueView, Denied> {
        visitor.must(Right::ReadHouse)?;
        let read = |vault: &Vault| {
            Ok((
                QueueRules::read(vault)?,
                Switched::read(vault)?,
                vault.prints_waiting()?,
                vault.prints_ended(ENDED)?,
            ))
        };
        let (rules, switched, open, ended) = self.access.read(read).await?;
        let units = self.rack_units(visitor).await?;
        let (mut waiting, mut done) = (Vec::new(), Vec::new());
        for row in open {
            waiting.push(self.print_view(row).await?);
        }
        for row in ended {
            done.push(self.print_view(row).await?);
        }
        Ok(PrintQueueView {
            holds: self.why_held(&rules),
            held: rules.held,
            pause_s: rules.pause_s,
            units: UnitPower::of(&units, &switched, now_ms()),
            in_use: self.units_in_use.now(),
            waiting,
            ended: done,
        })
    }

    fn why_held(&self, rules: &QueueRules) -> Option<String> {
        rules.why_held(&self.config.power_supply)
    }

    /// One print with everything that is kept of it.
    ///
    /// # Errors
    /// `NotFound` where the queue has none of this number.
    pub async fn print(&self, visitor: &Visitor, no: u64) -> Result<PrintView, Denied> {
        visitor.must(Right::ReadHouse)?;
        let row = self.print_row(no).await?;
        self.print_view(row).await
    }

    /// The prints of an order, with its references and recalls.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio, `NotFound` for an order that is not there.
    pub async fn prints_of(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<(Vec<PrintView>, RackProofs), Denied> {
        visitor.must(Right::ReadHouse)?;
        let live = self.seen(visitor, number).await?;
        let id = live.project.id.to_string();
        let read = move |vault: &Vault| Ok((vault.prints_of(&id)?, RackProofs::read(vault, &id)?));
        let (rows, proofs) = self.access.read(read).await?;
        let mut views = Vec::new();
        for row in rows {
            views.push(self.print_view(row).await?);
        }
        Ok((views, proofs))
    }

    /// A take that is kept, as it came back.
    ///
    /// # Errors
    /// `NotFound` where there is no such take, or where it became the print.
    pub async fn take_audio(
        &self,
        visitor: &Visitor,
        no: u64,
        take: usize,
    ) -> Result<AudioFile, Denied> {
        visitor.must(Right::ReadHouse)?;
        let row = self.print_row(no).await?;
        let body = printing::read(&row)?;
        let kept = take.checked_sub(1).and_then(|place| body.takes.get(place));
        let object = kept.and_then(|kept| kept.object.clone());
        let object = object.ok_or(Denied::NotFound)?;
        let name = format!("print {no} take {take}.wav");
        let project = row.asked.project;
        self.access
            .read(move |vault| plain_wav(vault, &project, &object, name))
            .await
    }

    /// Says something to a print: the rack is set, print again, accept this take, convert, stop.
    ///
    /// # Errors
    /// What cannot be said to it now, in a sentence.
    pub async fn answer_print(
        &self,
        visitor: &Visitor,
        no: u64,
        answer: PrintAnswer,
    ) -> Result<PrintView, Denied> {
        visitor.must(Right::Master)?;
        let row = self.print_row(no).await?;
        let body = printing::read(&row)?;
        if !self.may_answer(&row, &body).contains(&answer) {
            return Err(Denied::Invalid(format!(
                "print {no} does not wait for that now; look at it again"
            )));
        }
        let decision = Decision::PrintAnswered {
            answer: answer.code().to_owned(),
        };
        let mut rows = vec![decided(visitor, no, &decision)];
        if row.state == PrintState::Running {
            self.desk.keep(rows).await?;
            self.printing.stop(no);
            return self.print(visitor, no).await;
        }
        if answer == PrintAnswer::Set {
            rows.extend(self.rack_is_set(&row).await?);
        }
        let (state, mut body) = answered(&row, body, answer);
        body.said.push(Said {
            at: now_ms(),
            by: actor_code(&visitor.actor()),
            text: answer.done(),
        });
        rows.push(printing::change(no, row.version, state, &body)?);
        self.desk.keep(rows).await?;
        self.printing.ring();
        self.print(visitor, no).await
    }

    pub(super) fn may_answer(&self, row: &PrintRow, body: &PrintBody) -> Vec<PrintAnswer> {
        match (row.state, &body.question) {
            (PrintState::Asks, Some(question)) => {
                printing::answers(question, &self.config.restart_server)
            }
            (PrintState::Asks, None) => vec![PrintAnswer::Again, PrintAnswer::Stop],
            (PrintState::Queued | PrintState::Running, _) => vec![PrintAnswer::Stop],
            (PrintState::Stopped, _) => vec![PrintAnswer::Again],
            (PrintState::Done, _) => Vec::new(),
        }
    }

    /// The rows that say that the rack stands as a print wants it.
    async fn rack_is_set(&self, row: &PrintRow) -> Result<Vec<Write>, Denied> {
        let project = self.project_of(row).await?;
        let wanted = printing::wanted_by(&self.access, row, &project).await?;
        let wanted = wanted.ok_or_else(|| {
            Denied::Invalid("the sheet has changed meanwhile; look at it again".to_owned())
        })?;
        let in_use = self.units_in_use.clone();
        let read = move |vault: &Vault| Ok((Stands::read(vault, &in_use)?, Switched::read(vault)?));
        let (mut stands, mut switched) = self.access.read(read).await?;
        let now = now_ms();
        stands.set(&wanted, now);
        for (id, unit) in &wanted.units {
            if unit.warm_up_minutes > 0 {
                switched.0.entry(id.clone()).or_insert(now);
            }
        }
        Ok(vec![stands.row(), switched.row()])
    }

    /// Holds the queue: what runs goes on to its end, nothing else begins.
    ///
    /// # Errors
    /// `NotAllowed` for whoever does not master; a reason that is too long.
    pub async fn hold_prints(&self, visitor: &Visitor, why: &str) -> Result<(), Denied> {
        visitor.must(Right::Master)?;
        let why = why.trim();
        if why.len() > LONGEST_WHY {
            return Err(Denied::Invalid("this reason is too long".to_owned()));
        }
        let held = Held {
            at: now_ms(),
            by: visitor.name().to_owned(),
            why: why.to_owned(),
        };
        let decision = Decision::PrintsHeld {
            why: why.to_owned(),
        };
        self.change_queue(visitor, decision, |rules| rules.held = Some(held))
            .await
    }

    /// Lets the queue go on.
    ///
    /// # Errors
    /// `NotAllowed` for whoever does not master.
    pub async fn resume_prints(&self, visitor: &Visitor) -> Result<(), Denied> {
        visitor.must(Right::Master)?;
        self.change_queue(visitor, Decision::PrintsResumed, |rules| rules.held = None)
            .await
    }

    /// Sets how long the queue pauses between two prints.
    ///
    /// # Errors
    /// More than an hour.
    pub async fn pause_prints(&self, visitor: &Visitor, seconds: u32) -> Result<(), Denied> {
        visitor.must(Right::Master)?;
        if seconds > LONGEST_PAUSE_S {
            return Err(Denied::Invalid(
                "a pause between two prints lasts an hour at most".to_owned(),
            ));
        }
        let decision = Decision::PrintsPause { seconds };
        self.change_queue(visitor, decision, |rules| rules.pause_s = seconds)
            .await
    }

    async fn change_queue(
        &self,
        visitor: &Visitor,
        decision: Decision,
        change: impl FnOnce(&mut QueueRules),
    ) -> Result<(), Denied> {
        let mut rules = self.access.read(QueueRules::read).await?;
        change(&mut rules);
        let rows = vec![decided(visitor, "", &decision), rules.row()];
        self.desk.keep(rows).await?;
        self.printing.ring();
        Ok(())
    }

    /// Says that a unit is switched on, and for how long it is, or off.
    ///
    /// # Errors
    /// `NotFound` where the rack has no such unit; a time nobody could mean.
    pub async fn switch_unit(
        &self,
        visitor: &Visitor,
        unit: &str,
        power: Power,
    ) -> Result<(), Denied> {
        visitor.must(Right::Master)?;
        self.unit_history(visitor, unit).await?;
        let mut switched = self.access.read(Switched::read).await?;
        let is_on = match power {
            Power::On { minutes } if minutes > LONGEST_ON_MINUTES => {
                return Err(Denied::Invalid(
                    "say since when it is on, two weeks at most".to_owned(),
                ));
            }
            Power::On { minutes } => {
                let since = now_ms() - i64::from(minutes) * 60_000;
                switched.0.insert(unit.to_owned(), since);
                true
            }
            Power::Off => {
                switched.0.remove(unit);
                false
            }
        };
        let decision = Decision::UnitSwitched { is_on };
        let rows = vec![decided(visitor, unit, &decision), switched.row()];
        self.desk.keep(rows).await?;
        self.printing.ring();
        Ok(())
    }

    /// Asks for the reference passage of a song, or for the proof of a recall.
    ///
    /// # Errors
    /// `NotFound` for an order, revision or song that is not there; what cannot be asked, in a sentence.
    pub async fn ask_for_print(
        &self,
        visitor: &Visitor,
        (number, revision): (OrderNumber, RevisionNo),
        song: &str,
        kind: PrintKind,
    ) -> Result<PrintView, Denied> {
        visitor.must(Right::Master)?;
        let live = self.seen(visitor, number).await?;
        let project = &live.project;
        let track = track_of(project, song)?;
        let known = project.revisions.get(&revision).ok_or(Denied::NotFound)?;
        let version = known.tracks.get(&track).ok_or(Denied::NotFound)?;
        let id = project.id.to_string();
        let name = format!("reference:{revision}:{track}");
        let reference = self
            .access
            .read(move |vault| vault.document(&id, &name))
            .await?;
        let refused = match kind {
            PrintKind::Song => Some("a song is printed when its masters are made"),
            PrintKind::Reference if version.rack.is_none() => {
                Some("this song goes through no hardware in that revision")
            }
            PrintKind::Recall if reference.is_none() => Some(
                "no reference passage was printed on the day; there is nothing to hold a recall against",
            ),
            PrintKind::Reference | PrintKind::Recall => None,
        };
        if let Some(why) = refused {
            return Err(Denied::Invalid(why.to_owned()));
        }
        let now = now_ms();
        let asked = (kind, revision, &track);
        let row = printing::ask_for(project, asked, &visitor.actor(), now);
        let decision = Decision::PrintAsked {
            order: number,
            revision,
            what: kind.code().to_owned(),
        };
        self.desk
            .keep(vec![decided(visitor, "", &decision), row])
            .await?;
        self.printing.ring();
        let id = project.id.to_string();
        let rows = self.access.read(move |vault| vault.prints_of(&id)).await?;
        let mine = rows.into_iter().rev().find(|row| row.asked.at_ms == now);
        self.print_view(mine.ok_or(Denied::NotFound)?).await
    }

    async fn print_row(&self, no: u64) -> Result<PrintRow, Denied> {
        let row = self.access.read(move |vault| vault.print(no)).await?;
        row.ok_or(Denied::NotFound)
    }
}

/// What an answer makes of a print.
fn answered(row: &PrintRow, body: PrintBody, answer: PrintAnswer) -> (PrintState, PrintBody) {
    let rate_hz = match &body.question {
        Some(Question::OtherRate { song_hz, .. }) => Some(*song_hz),
        _ => None,
    };
    let mut body = PrintBody {
        waits: String::new(),
        until: None,
        retry_at: None,
        question: None,
        ..body
    };
    match answer {
        PrintAnswer::Stop => return (PrintState::Stopped, body),
        // What was printed on another day is no part of a print of today.
        PrintAnswer::Again if row.state == PrintState::Stopped => body.sounded.clear(),
        PrintAnswer::Accept { take } => body.accepted = Some(take),
        PrintAnswer::Join {
            first,
            second,
            frame,
        } => body.joined = Some((first, second, frame)),
        PrintAnswer::Convert => body.is_converted = true,
        PrintAnswer::RestartServer => body.restart_at_hz = rate_hz,
        PrintAnswer::Set | PrintAnswer::Again => {}
    }
    (PrintState::Queued, body)
}

/// A song by its id, or by its title.
fn track_of(project: &Project, song: &str) -> Result<TrackId, Denied> {
    let song = song.trim();
    let found = project
        .tracks
        .iter()
        .find(|track| track.id.as_str() == song || track.title.eq_ignore_ascii_case(song));
    found
        .map(|track| track.id.clone())
        .ok_or_else(|| Denied::Invalid(format!("this order has no song \u{201c}{song}\u{201d}")))
}
