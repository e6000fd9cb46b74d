//! What of a programme is heard before it is final: where two songs meet, and an edit as it will be.

use std::fs::File;
use std::io::Seek as _;

use mastering::programme::Programme;
use mastering::{OrderNumber, Project, Refusal, RevisionNo};
use vault::Vault;

use super::{ProgrammeSent, standing, tried};
use crate::access::{Right, Visitor};
use crate::album::NoAlbum;
use crate::denied::Denied;
use crate::house::Studio;
use crate::house::audio::{AudioFile, layout_of};
use crate::programme::{Boundary, EditAt, NoAudition, across_edit, transition};

/// Where two songs of a programme meet, and how much around it is heard.
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    /// The disc, from 1.
    pub disc: u32,
    /// The track that begins there, from 1; 0 for the hidden song.
    pub track: u32,
    /// So much before the boundary and behind it, in milliseconds; at most a minute.
    pub around_ms: u32,
}

/// An edit of a song, and how much around it is heard.
#[derive(Debug, Clone, Copy)]
pub struct EditHeard {
    /// The disc, from 1.
    pub disc: u32,
    /// The track, from 1; 0 for the hidden song.
    pub track: u32,
    /// Which of its edits, from 1.
    pub edit: usize,
    /// So much before it and behind it, in milliseconds; at most a minute.
    pub around_ms: u32,
}

/// An edit as it sounds.
pub struct EditAudition {
    /// A WAV of its own.
    pub file: AudioFile,
    /// How its ends are joined to what is beside them, in a sentence.
    pub joined: String,
}

impl Studio {
    /// The sound around a boundary of a programme that need not be set: a WAV of its own.
    ///
    /// # Errors
    /// What is wrong with the programme, a place that it does not have, a master that is awaited; order's terms by which nobody here
    /// listens.
    pub async fn hear_transition(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        sent: ProgrammeSent,
        at: Transition,
    ) -> Result<AudioFile, Denied> {
        let Transition {
            disc,
            track,
            around_ms,
        } = at;
        let name = format!("{number} transition {disc}-{track}.wav");
        let at = Boundary {
            disc,
            track,
            around_ms,
        };
        let render = move |vault: &Vault, project: &Project, of: Of<'_>, out: &mut File| {
            transition(vault, project, of, at, out)
        };
        let auditioned = self.auditioned(visitor, (number, name), sent, render).await;
        auditioned.map(|(file, ())| file)
    }

    /// The sound across an edit of a programme that need not be set, as it will be: a WAV of its own.
    ///
    /// # Errors
    /// As for [`Studio::hear_transition`]; an edit that the song does not have.
    pub async fn hear_edit(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        sent: ProgrammeSent,
        at: EditHeard,
    ) -> Result<EditAudition, Denied> {
        let EditHeard {
            disc,
            track,
            edit,
            around_ms,
        } = at;
        let name = format!("{number} edit {disc}-{track}-{edit}.wav");
        let at = EditAt {
            disc,
            track,
            edit,
            around_ms,
        };
        let render = move |vault: &Vault, project: &Project, of: Of<'_>, out: &mut File| {
            across_edit(vault, project, of, at, out)
        };
        let auditioned = self.auditioned(visitor, (number, name), sent, render).await;
        auditioned.map(|(file, joined)| EditAudition { file, joined })
    }

    async fn auditioned<T: Send + 'static>(
        &self,
        visitor: &Visitor,
        (number, name): (OrderNumber, String),
        sent: ProgrammeSent,
        render: impl FnOnce(&Vault, &Project, Of<'_>, &mut File) -> Result<T, NoAudition>
        + Send
        + 'static,
    ) -> Result<(AudioFile, T), Denied> {
        visitor.must(Right::Master)?;
        let live = self.seen(visitor, number).await?;
        self.may_listen(visitor, &live.project)?;
        let given = sent.read()?;
        // It may be heard while the client has it, too.
        let (after, refusal) = tried(&live, visitor, &given)?;
        if let Some(bad @ Refusal::BadProgramme(_)) = refusal {
            return Err(bad.into());
        }
        let (programme, revision) = standing(&after.project)?;
        let vault = self.vault.clone();
        let project = after.project.clone();
        let rendered = tokio::task::spawn_blocking(move || -> Result<(File, T), NoAudition> {
            let mut out = vault.scratch()?;
            let told = render(&vault, &project, (&programme, revision), &mut out)?;
            Ok((out, told))
        });
        let rendered = rendered
            .await
            .map_err(|e| Denied::fault("the programme could not be rendered", &e))?;
        let (out, told) = rendered.map_err(not_heard)?;
        let file = in_hand(out, name);
        let file = file.map_err(|e| Denied::fault("what was rendered could not be read", &e))?;
        self.note_listening(visitor, &live.project).await?;
        Ok((file, told))
    }
}

/// A programme and its revision.
type Of<'p> = (&'p Programme, RevisionNo);

fn not_heard(no: NoAudition) -> Denied {
    match no {
        NoAudition::Album(NoAlbum::Faults(faults)) => Refusal::BadProgramme(faults).into(),
        NoAudition::NoMaster
        | NoAudition::NoPlace { .. }
        | NoAudition::NoEdit { .. }
        | NoAudition::Album(NoAlbum::Grid(_)) => Denied::Invalid(no.to_string()),
        NoAudition::Album(NoAlbum::Failed(_)) | NoAudition::Vault(_) => {
            Denied::fault("the programme could not be rendered", &no)
        }
    }
}

/// A WAV in a file without a name, as something to play.
fn in_hand(mut file: File, file_name: String) -> std::io::Result<AudioFile> {
    let bytes = file.metadata()?.len();
    file.rewind()?;
    let wav = layout_of(&file);
    file.rewind()?;
    Ok(AudioFile {
        file_name,
        mime: "audio/wav",
        bytes,
        // It is rendered for this very question.
        etag: crate::clock::random_id(),
        reader: Box::new(file),
        wav,
        loudness: None,
    })
}
