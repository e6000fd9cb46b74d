//! What follows from a package: work for the machine, notices for people.

use mastering::{LabelCopyEvent, PackageEvent, PackageWay, SendingEvent, SendingOutcome};
use vault::Write;

use super::Notices;
use crate::work::Work;

pub(super) fn follow(note: &Notices<'_>, event: &PackageEvent) -> Vec<Write> {
    let no = event.no();
    let package = note.project.package(no);
    let title = package.map_or("", |package| package.title.as_str());
    match event {
        PackageEvent::Asked(_) => {
            vec![Work::Package { no }.queue(&note.project.id, &no.to_string())]
        }
        PackageEvent::Made { .. } => {
            let is_posted = package.is_some_and(|package| package.way == PackageWay::Posted);
            let todo = if is_posted {
                " It goes by post: enter its tracking number on the deliveries' page once it is on its way."
            } else {
                ""
            };
            let said = format!("{title} of {} is made.{todo}", note.project.number);
            let mut rows = note.staff("package_made", &said);
            rows.extend(note.tell("package_made", &[("package", title)], &no.to_string()));
            rows
        }
        PackageEvent::Failed { why, .. } => {
            let said = format!("{title} of {} was not made: {why}", note.project.number);
            note.staff("package_failed", &said)
        }
        PackageEvent::Released { released, .. } => {
            let said = format!("{} released {title} for production.", released.by);
            note.staff("package_released", &said)
        }
        PackageEvent::Posted { posted, .. } => {
            let facts = [
                ("package", title),
                ("carrier", &*posted.carrier),
                ("tracking", &*posted.tracking),
            ];
            note.tell("package_posted", &facts, &format!("{no}:{}", posted.at))
        }
        PackageEvent::Sending(event) => sending(note, event, title),
    }
}

fn sending(note: &Notices<'_>, event: &SendingEvent, title: &str) -> Vec<Write> {
    let (package, no) = (event.package(), event.no());
    match event {
        SendingEvent::Asked { .. } => {
            let send = Work::Send {
                package,
                sending: no,
            };
            vec![send.queue(&note.project.id, &format!("{package}:{no}"))]
        }
        SendingEvent::Ended { outcome, .. } => match outcome {
            SendingOutcome::Sent(_) => {
                let said = format!(
                    "{title} of {} lies at its recipient's.",
                    note.project.number
                );
                let mut rows = note.staff("package_sent", &said);
                let key = format!("{package}:{no}");
                rows.extend(note.tell("package_sent", &[("package", title)], &key));
                rows
            }
            SendingOutcome::Failed { why, .. } => {
                let said = format!("{title} of {} was not sent: {why}", note.project.number);
                note.staff("sending_failed", &said)
            }
            SendingOutcome::Waiting | SendingOutcome::CalledOff { .. } => Vec::new(),
        },
    }
}

/// Label copy waits for somebody to look at it.
pub(super) fn label_copy(note: &Notices<'_>, event: &LabelCopyEvent) -> Vec<Write> {
    match event {
        LabelCopyEvent::Came(copy) => {
            let said = format!(
                "{} came with titles, codes or credits for {}: choose on the release's page what of it is entered.",
                copy.file_name, note.project.number
            );
            note.staff("label_copy_came", &said)
        }
        LabelCopyEvent::Settled { .. } => Vec::new(),
    }
}
