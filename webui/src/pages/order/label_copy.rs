//! Label copy on the release's page: brought by a form, entered by ticks.

use axum::extract::{Request, State};
use axum::response::Response;
use mastering::{LabelCopySettled, Zone};
use studio::{LabelCopyChosen, LabelCopyView, Laid};

use super::release::done;
use crate::door::Door;
use crate::file_form::with_one_file;
use crate::form::Posted;
use crate::trouble::Trouble;
use crate::upload::bare_name;
use crate::{Web, words};

/// Label copy as the page shows it.
pub(super) struct LabelCopyShown {
    pub(super) no: u32,
    pub(super) file_name: String,
    /// Who brought it and when, and what became of it.
    pub(super) words: String,
    pub(super) laid: Option<Laid>,
}

impl LabelCopyShown {
    pub(super) fn of(view: LabelCopyView, zone: &Zone) -> Self {
        let copy = view.copy;
        let day = words::day(zone, copy.at);
        let came = match copy.by.as_str() {
            "" => format!("It lay in the dropbox on {day}."),
            by => format!("{by} brought it on {day}."),
        };
        let settled = copy.settled.as_ref();
        let settled = settled.map_or_else(String::new, |settled| became(settled, zone));
        Self {
            no: copy.no,
            file_name: copy.file_name,
            words: format!("{came}{settled}"),
            laid: view.laid,
        }
    }
}

fn became(settled: &LabelCopySettled, zone: &Zone) -> String {
    let day = words::day(zone, settled.at);
    if settled.is_entered {
        format!(" {} entered what was chosen of it on {day}.", settled.by)
    } else {
        format!(" {} set it aside on {day}.", settled.by)
    }
}

pub(super) async fn bring(
    State(web): State<Web>,
    door: Door,
    request: Request,
) -> Result<Response, Trouble> {
    let (visitor, number) = (&door.visitor, door.number);
    let kept = with_one_file(
        (&web, request),
        "Choose a file first.",
        async |form, body| {
            let name = bare_name(&form.file_name)?;
            web.studio
                .keep_label_copy(visitor, number, &name, body)
                .await
        },
    );
    let outcome = kept.await?;
    done(&web, door, outcome).await
}

pub(super) async fn choose(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let fields = &posted.fields;
    let is_entered = fields.get("do") == "enter";
    let take = fields.below("take.").map(|(_, key)| key.to_owned());
    let chosen = LabelCopyChosen {
        no: fields.read("no")?,
        take: take.filter(|_| is_entered).collect(),
        seq: Some(fields.read("seq")?),
    };
    let outcome = if is_entered && chosen.take.is_empty() {
        let why = "Nothing is ticked. Tick what is right, or set the list aside.";
        Err(studio::Denied::Invalid(why.to_owned()))
    } else {
        let studio = &web.studio;
        studio
            .choose_of_label_copy(&door.visitor, door.number, chosen)
            .await
    };
    done(&web, door, outcome).await
}
