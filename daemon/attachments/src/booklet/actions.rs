//! What a PDF does besides showing pages (ISO 32000-1, 12.6): links, which a person reads, and everything else.

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Name, Object, String as Text};

use super::BookletPage;

/// Actions behind one another that are followed.
const MOST_NEXT: usize = 20;
/// Addresses that are kept of a page.
const MOST_LINKS: usize = 200;
/// Longest address that is shown, in characters.
const LONGEST: usize = 300;

/// Reads links and actions of a page.
pub(super) fn of_page(page: &Dict<'_>, annotations: &[Dict<'_>], read: &mut BookletPage) {
    triggered(page, read);
    for annotation in annotations {
        match annotation.get::<Name<'_>>("Subtype").as_deref() {
            Some(b"FileAttachment") => read.actions.push("an attached file".to_owned()),
            Some(b"Movie" | b"Screen" | b"RichMedia" | b"Sound" | b"3D") => {
                read.actions.push("film, sound or a model".to_owned());
            }
            Some(b"Widget") => read.actions.push("a form's field".to_owned()),
            _ => {}
        }
        triggered(annotation, read);
    }
    read.links.sort();
    read.links.dedup();
    read.links.truncate(MOST_LINKS);
    read.actions.sort();
    read.actions.dedup();
}

/// What a thing does when it is clicked on, or by itself.
fn triggered(thing: &Dict<'_>, read: &mut BookletPage) {
    if let Some(action) = thing.get::<Dict<'_>>("A") {
        follow(action, read);
    }
    let by_itself = thing.get::<Dict<'_>>("AA").unwrap_or_default();
    let names: Vec<Name<'_>> = by_itself.keys().collect();
    for name in &names {
        if let Some(action) = by_itself.get::<Dict<'_>>(name) {
            follow(action, read);
        }
    }
}

fn follow(action: Dict<'_>, read: &mut BookletPage) {
    let mut waiting = vec![action];
    let mut left = MOST_NEXT;
    while let Some(action) = waiting.pop() {
        if left == 0 {
            read.actions
                .push("more actions than can be followed".to_owned());
            return;
        }
        left -= 1;
        match does(&action) {
            Does::Links(address) => read.links.push(address),
            Does::Moves => {}
            Does::Other(words) => read.actions.push(words),
        }
        match action.get::<Object<'_>>("Next") {
            Some(Object::Dict(next)) => waiting.push(next),
            Some(Object::Array(all)) => waiting.extend(all.iter::<Dict<'_>>().take(MOST_NEXT)),
            _ => {}
        }
    }
}

enum Does {
    Links(String),
    /// To another place of the same file.
    Moves,
    Other(String),
}

fn does(action: &Dict<'_>) -> Does {
    let kind = action.get::<Name<'_>>("S");
    match kind.as_deref() {
        Some(b"URI") => {
            let address = action.get::<Text<'_>>("URI");
            let address = address.map(|text| String::from_utf8_lossy(&text).into_owned());
            let address = address.unwrap_or_default();
            let address = address.chars().filter(|c| !c.is_control()).take(LONGEST);
            Does::Links(address.collect())
        }
        Some(b"GoTo" | b"Named" | b"Thread" | b"SetOCGState" | b"Trans") => Does::Moves,
        Some(b"JavaScript") => Does::Other("a script".to_owned()),
        Some(b"Launch") => Does::Other("the start of a program".to_owned()),
        Some(b"GoToR" | b"GoToE") => Does::Other("a jump into another file".to_owned()),
        Some(b"SubmitForm" | b"ImportData" | b"ResetForm") => {
            Does::Other("a form that is sent or filled in".to_owned())
        }
        Some(_) => Does::Other(format!(
            "an action of another kind ({})",
            kind.as_ref()
                .map_or("", |kind| kind.as_str())
                .chars()
                .take(30)
                .collect::<String>()
        )),
        None => Does::Moves,
    }
}

/// What the document does by itself, and what it carries.
pub(super) fn of_document(pdf: &Pdf) -> Vec<String> {
    let mut said = Vec::new();
    let Some(root) = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()) else {
        return said;
    };
    let mut opened = BookletPage::default();
    if let Some(action) = root.get::<Dict<'_>>("OpenAction") {
        follow(action, &mut opened);
    }
    triggered(&root, &mut opened);
    said.extend(opened.actions);
    for address in opened.links {
        said.push(format!("an address that it opens by itself, {address}"));
    }
    let names = root.get::<Dict<'_>>("Names").unwrap_or_default();
    if names.contains_key("JavaScript") {
        said.push("a script".to_owned());
    }
    let is_attached = root
        .get::<Array<'_>>("AF")
        .is_some_and(|all| all.raw_iter().next().is_some());
    if names.contains_key("EmbeddedFiles") || is_attached {
        said.push("other files within it".to_owned());
    }
    let form = root.get::<Dict<'_>>("AcroForm").unwrap_or_default();
    if form.contains_key("XFA") {
        said.push("a form that programs fill in (XFA)".to_owned());
    }
    said.sort();
    said.dedup();
    said
}
