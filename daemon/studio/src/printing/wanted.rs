//! How a print wants the rack to stand: the chain and the sheet of its revision.

use std::collections::BTreeMap;

use mastering::{OrderNumber, Project, RevisionNo, TrackId};
use rack::{Missing, RackChain, Sheet, Unit};
use vault::{PrintRow, Vault, VaultError};

use super::body::{PrintKind, Question};
use super::standing::Wanted;
use crate::access::Access;
use crate::denied::Denied;
use crate::house::{CHAIN, SHEET, UNIT, sheet_name};

/// What can become of a print that is looked at.
pub(super) enum Way<T> {
    /// It could run.
    Ready(Box<T>),
    /// Somebody has to say something first.
    Asks(Question),
    /// Nobody wants it any more.
    Gone(String),
}

/// What a print wants.
pub(super) struct Wish {
    pub(super) kind: PrintKind,
    number: OrderNumber,
    revision: RevisionNo,
    /// The chain that the order's version names; none where it names none.
    chain: Option<String>,
}

impl Wish {
    pub(super) fn of(row: &PrintRow, project: &Project) -> Result<Self, Denied> {
        let unread = |what: &str| Denied::Fault(format!("a print of the queue names no {what}"));
        let kind = PrintKind::of_code(&row.asked.kind).ok_or_else(|| unread("kind"))?;
        let track: TrackId = row.asked.track.parse().map_err(|_| unread("song"))?;
        let revision = RevisionNo::try_from(row.asked.revision).map_err(|_| unread("revision"))?;
        let version = project.revisions.get(&revision);
        let version = version.and_then(|revision| revision.tracks.get(&track));
        Ok(Self {
            kind,
            number: project.number,
            revision,
            chain: version.and_then(|version| version.rack.clone()),
        })
    }
}

/// How a print wants the rack to stand; none where that is not known.
pub(crate) async fn wanted_by(
    access: &Access,
    row: &PrintRow,
    project: &Project,
) -> Result<Option<Wanted>, Denied> {
    let wish = Wish::of(row, project)?;
    Ok(
        match access.read(move |vault| wanted(vault, &wish)).await? {
            Way::Ready(wanted) => Some(*wanted),
            Way::Asks(_) | Way::Gone(_) => None,
        },
    )
}

/// Reads how the rack is to stand.
pub(super) fn wanted(vault: &Vault, wish: &Wish) -> Result<Way<Wanted>, VaultError> {
    let (number, revision) = (wish.number, wish.revision);
    if wish.chain.is_none() && wish.kind != PrintKind::Recall {
        return Ok(Way::Gone(
            "The song is rendered now, and goes through no hardware.".to_owned(),
        ));
    }
    let lacks = |what: Vec<String>| Ok(Way::Asks(Question::Lacks { what }));
    let Some(row) = vault.rack_page(SHEET, &sheet_name(number, revision), None)? else {
        return lacks(vec![format!(
            "revision {revision} has no recall sheet yet: begin it with the chain {}",
            wish.chain.as_deref().unwrap_or_default()
        )]);
    };
    let Ok(sheet) = serde_json::from_str::<Sheet>(&row.body) else {
        return lacks(vec!["the recall sheet cannot be read".to_owned()]);
    };
    if let Some(chain) = wish.chain.as_ref().filter(|chain| **chain != sheet.chain) {
        return lacks(vec![format!(
            "the song goes through {chain} and the sheet of revision {revision} is of {}: begin the sheet anew, or choose the other chain",
            sheet.chain
        )]);
    }
    let page = vault.rack_page(CHAIN, &sheet.chain, Some(sheet.chain_version))?;
    let chain = page.and_then(|page| RackChain::from_toml(&page.body).ok());
    let Some(chain) = chain else {
        return lacks(vec![format!("the rack has no chain {}", sheet.chain)]);
    };
    let mut units = BTreeMap::new();
    for row in vault.rack_pages(UNIT)? {
        if let Ok(unit) = Unit::from_toml(&row.body) {
            units.insert(row.name, unit);
        }
    }
    if let Err(refusal) = chain.check(&units) {
        return lacks(vec![refusal.to_string()]);
    }
    units.retain(|name, _| chain.units().any(|unit| unit == name));
    let missing: Vec<String> = sheet
        .missing(&chain, &units)
        .into_iter()
        .filter_map(|missing| match missing {
            Missing::Control { unit, control } => Some(format!(
                "the sheet does not say where {control} of {unit} stands"
            )),
            // Patching is asked for when it is the print's turn.
            Missing::Patch { .. } => None,
        })
        .collect();
    if !missing.is_empty() {
        return lacks(missing);
    }
    Ok(Way::Ready(Box::new(Wanted {
        chain,
        sheet,
        units,
    })))
}
