//! The release of an order: its data, codes from the studio's own ranges, removals, claims.

use mastering::{
    Allotment, Command, ContractParty, LabelCopyCommand, Licensor, OrderNumber, Project, Release,
    ReleaseSettings, Removal, RemovalCost, RightsClaim, Tongue, TrackId, UnixMs, allot,
};
use serde::Serialize;
use vault::{AllottedRow, HouseWrite, Write};

use super::label_copy::LabelCopyView;
use super::{Party, Studio, Submission};
use crate::access::{Right, Visitor};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::desk::Give;
use crate::live::LiveProject;

/// A song of a release.
#[derive(Debug, Clone, Serialize)]
pub struct ReleaseSongView {
    /// Its id.
    pub track: TrackId,
    /// Its title.
    pub title: String,
    /// Its ISRC, or nothing.
    pub isrc: String,
}

/// A removal with what follows from it.
#[derive(Debug, Clone, Serialize)]
pub struct RemovalView {
    /// The removal.
    #[serde(flatten)]
    pub removal: Removal,
    /// When each shop is to be done with it, at the latest.
    pub due_at: Option<UnixMs>,
}

/// A letter in both languages.
#[derive(Debug, Clone, Serialize)]
pub struct Letter {
    /// English.
    pub en: String,
    /// German.
    pub de: String,
}

/// A claim with its letters.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimView {
    /// The claim.
    #[serde(flatten)]
    pub claim: RightsClaim,
    /// What tells the client of it.
    pub letter: Letter,
    /// What whoever claims signs to withdraw it.
    pub withdrawal: Letter,
}

/// The release of an order as pages and programs are shown it.
#[derive(Debug, Clone, Serialize)]
pub struct ReleaseView {
    /// What is filled in.
    pub release: Release,
    /// The (C) line.
    pub c_line: String,
    /// The (P) line.
    pub p_line: String,
    /// The songs with their codes.
    pub songs: Vec<ReleaseSongView>,
    /// What a distributor would send it back for, in sentences.
    pub problems: Vec<String>,
    /// What else it waits for, in a sentence; none where it may go out.
    pub waits_for: Option<String>,
    /// Whether the studio's own ranges can give codes that are missing.
    pub can_allot: bool,
    /// What a removal costs that is asked for now.
    pub removal_cost: RemovalCost,
    /// The removals.
    pub removals: Vec<RemovalView>,
    /// The claims to rights.
    pub claims: Vec<ClaimView>,
    /// The lists of titles, codes and credits that came, newest first.
    pub label_copies: Vec<LabelCopyView>,
    /// The journal's number, against which a choice of them is held.
    pub seq: u64,
    /// What can be chosen from.
    pub settings: ReleaseSettings,
}

fn letter(of: impl Fn(Tongue) -> String) -> Letter {
    Letter {
        en: of(Tongue::English),
        de: of(Tongue::German),
    }
}

fn claim(project: &Project, claim: &RightsClaim) -> ClaimView {
    ClaimView {
        claim: claim.clone(),
        letter: letter(|tongue| project.claim_letter(claim, tongue)),
        withdrawal: letter(|tongue| project.withdrawal_letter(claim, tongue)),
    }
}

impl Studio {
    /// The release of an order.
    ///
    /// # Errors
    /// `NotFound` where there is no such order for this visitor; `NotAllowed` for guests who only
    /// listen.
    pub async fn release(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<ReleaseView, Denied> {
        let live = self.seen(visitor, number).await?;
        if !visitor.may(Right::ReadHouse) {
            visitor.must(Right::Send)?;
        }
        let last = self.access.read(vault::Vault::last_allotted).await?;
        let (catalogue, now) = (self.catalogue(), now_ms());
        let (project, settings) = (&live.project, &catalogue.release);
        let problems = project.release_problems(settings, self.licensor(project).await?);
        let release = project.release.clone().unwrap_or_default();
        let waits_for = project.may_hand_over().err();
        Ok(ReleaseView {
            c_line: release.c_line(),
            p_line: release.p_line(),
            release,
            songs: project
                .tracks
                .iter()
                .map(|track| ReleaseSongView {
                    track: track.id.clone(),
                    title: track.title.clone(),
                    isrc: track.isrc.clone(),
                })
                .collect(),
            problems: problems.iter().map(ToString::to_string).collect(),
            waits_for: waits_for.map(|refusal| refusal.to_string()),
            can_allot: allot(project, settings, &last, now).is_ok(),
            removal_cost: project.removal_cost(now),
            removals: project
                .removals
                .iter()
                .map(|removal| RemovalView {
                    due_at: project.removal_due(removal, &catalogue.calendar),
                    removal: removal.clone(),
                })
                .collect(),
            claims: project.claims.iter().map(|c| claim(project, c)).collect(),
            label_copies: self.label_copies(&live.project).await?,
            seq: live.seq,
            settings: settings.clone(),
        })
    }

    /// The holder of the client's account, as they say of themselves.
    async fn licensor(&self, project: &Project) -> Result<Licensor, Denied> {
        let profile = self.access.profile(&project.client).await?;
        Ok(Licensor {
            party: match profile.party {
                Party::Unsaid => ContractParty::Unsaid,
                Party::Person => ContractParty::Person,
                Party::SoleTrader => ContractParty::SoleTrader,
                Party::Company => ContractParty::Company,
            },
            of_age_at: profile.of_age_at,
        })
    }

    /// Gives a release and its songs the codes they lack, from the studio's own ranges: each the next
    /// of its series, in one transaction with the order's journal.
    ///
    /// # Errors
    /// Nothing is missing, the studio has no range, or a range is used up.
    pub async fn allot_codes(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<Vec<Allotment>, Denied> {
        visitor.must(Right::TakeIn)?;
        // One after the other: the vault refuses any number but the next.
        let _turn = self.offered.allotting.lock().await;
        let live = self.seen(visitor, number).await?;
        let last = self.access.read(vault::Vault::last_allotted).await?;
        let now = now_ms();
        let codes = allot(&live.project, &self.catalogue().release, &last, now)?;
        let give = Give {
            project: live.project.id.clone(),
            by: visitor.actor(),
            command: Command::TakeCodes {
                codes: codes.clone(),
                by: visitor.name().to_owned(),
            },
            seq: Some(live.seq),
            key: None,
            from: visitor.from(),
            also: rows(&live, &codes, now),
        };
        self.desk.give(give).await?;
        Ok(codes)
    }

    /// Refuses a code of the studio's own ranges that was not allotted to this order.
    pub(super) async fn is_no_code_of_ours(
        &self,
        project: &Project,
        command: &Command,
    ) -> Result<(), Denied> {
        let codes: Vec<String> = match command {
            Command::MarkTrack { isrc, .. } => vec![isrc.clone()],
            Command::DescribeRelease { release, .. } => {
                vec![release.ean.clone(), release.catalogue_no.clone()]
            }
            Command::LabelCopy(LabelCopyCommand::Enter { release, songs, .. }) => {
                let release = release.iter();
                let release = release.flat_map(|r| [r.ean.clone(), r.catalogue_no.clone()]);
                let songs = songs.iter().filter_map(|song| song.isrc.clone());
                release.chain(songs).collect()
            }
            _ => Vec::new(),
        };
        let catalogue = self.catalogue();
        for code in codes {
            let plain: String = code.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
            let plain = plain.to_ascii_uppercase();
            if !catalogue.release.owns(&plain) {
                continue;
            }
            let asked = plain.clone();
            let row = self
                .access
                .read(move |vault| vault.allotted(&asked))
                .await?;
            let is_theirs = row.is_some_and(|row| row.project == project.id.as_str());
            if !is_theirs {
                return Err(mastering::Refusal::OwnRange { code: plain }.into());
            }
        }
        Ok(())
    }

    /// Fills in the release of an order.
    ///
    /// # Errors
    /// What of it cannot be read; what the rules refuse.
    pub async fn describe_release(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        release: Release,
    ) -> Result<u64, Denied> {
        let given = Submission {
            command: Command::DescribeRelease {
                release: Box::new(release),
                by: visitor.name().to_owned(),
            },
            seq: None,
            key: None,
        };
        self.submit(visitor, number, given).await
    }
}

fn rows(live: &LiveProject, codes: &[Allotment], now: UnixMs) -> Vec<Write> {
    let row = |code: &Allotment| {
        Write::House(HouseWrite::Allotted(AllottedRow {
            series: code.series.clone(),
            number: code.number,
            code: code.code.clone(),
            project: live.project.id.to_string(),
            at_ms: now,
        }))
    };
    codes.iter().map(row).collect()
}
