//! The consultation before the work, and the decision whether the studio takes it on.

use super::permit::{line, staff, staff_or_client};
use crate::command::Command;
use crate::consultation::{Consulted, ContentDecision, ContentVerdict, Step, Warranty};
use crate::event::Event;
use crate::handover::NotNeeded;
use crate::ids::UnixMs;
use crate::permission::Permission;
use crate::project::{Actor, Project};
use crate::refusal::Refusal;
use crate::service::Asked;

pub(super) fn decide(
    project: &Project,
    command: Command,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::RecordConsultation {
            missing,
            warranty,
            borrowed,
        } => {
            staff_or_client(project, by)?;
            let said = Consulted {
                missing,
                warranty,
                borrowed,
                at: now,
            };
            if project.consulted.as_ref().is_some_and(|c| c.says(&said)) {
                return Err(Refusal::Already);
            }
            Ok(vec![Event::Consulted(said)])
        }
        Command::DecideContent {
            verdict,
            reason,
            by: name,
        } => {
            staff(by)?;
            Ok(vec![Event::ContentDecided(ContentDecision {
                verdict,
                reason: line(&reason, "the reason")?,
                by: line(&name, "the name")?,
                at: now,
            })])
        }
        Command::AttachPermission(permission) => {
            staff_or_client(project, by)?;
            let song = line(&permission.song, "the song's title")?;
            let kept = Permission {
                by: line(&permission.by, "the name")?,
                song,
                at: now,
                ..permission
            };
            let is_same = |known: &Permission| {
                (&known.object, &known.song, known.what) == (&kept.object, &kept.song, kept.what)
            };
            if project.permissions.iter().any(is_same) {
                return Err(Refusal::Already);
            }
            Ok(vec![Event::PermissionKept(kept)])
        }
        Command::WaivePermission {
            song,
            reason,
            by: name,
        } => {
            staff(by)?;
            let mut missing = project.permissions_missing().into_iter();
            let known = missing.find(|known| known.is_same(&song));
            let known = known.ok_or(Refusal::Unknown {
                what: "song whose permission is missing",
            })?;
            Ok(vec![Event::PermissionNotNeeded(NotNeeded {
                song: known.song,
                what: known.what,
                reason: line(&reason, "the reason")?,
                by: line(&name, "the name")?,
                at: now,
            })])
        }
        _ => unreachable!("the caller passes commands of the consultation"),
    }
}

impl Project {
    /// Whether a quote may go out: the studio has not declined, and where the consultation comes
    /// first, what a quote needs is said.
    ///
    /// # Errors
    /// What is missing, or why the studio declined.
    pub fn may_quote(&self) -> Result<(), Refusal> {
        self.not_declined()?;
        let is_said = self
            .consulted
            .as_ref()
            .is_some_and(|c| c.missing != Some(Step::Quote));
        if self.rules.consultation.asked == Asked::First && !is_said {
            return Err(Refusal::ConsultFirst {
                what: "the consultation, as far as a quote needs it,",
            });
        }
        Ok(())
    }

    /// The same for mastering, which needs the whole consultation, the warranty and the decision.
    ///
    /// # Errors
    /// What is missing, or why the studio declined.
    pub fn may_master(&self) -> Result<(), Refusal> {
        self.not_declined()?;
        if self.rules.consultation.asked == Asked::Anytime {
            return Ok(());
        }
        let missing = match (&self.consulted, &self.content) {
            (
                None
                | Some(Consulted {
                    missing: Some(_), ..
                }),
                _,
            ) => "the whole consultation",
            (
                Some(Consulted {
                    warranty: Warranty::Open,
                    ..
                }),
                _,
            ) => "the warranty of rights",
            (Some(_), None) => "the decision about the content",
            (Some(_), Some(_)) => return Ok(()),
        };
        Err(Refusal::ConsultFirst { what: missing })
    }

    fn not_declined(&self) -> Result<(), Refusal> {
        match &self.content {
            Some(content) if content.verdict == ContentVerdict::Refused => Err(Refusal::Declined {
                reason: content.reason.clone(),
            }),
            Some(_) | None => Ok(()),
        }
    }
}
