//! What is true after something became of a package.

use crate::package::{Package, PackageEvent};
use crate::project::Project;
use crate::sending::SendingEvent;

pub(super) fn change(project: &mut Project, event: &PackageEvent) {
    if let PackageEvent::Asked(package) = event {
        return project.packages.push((**package).clone());
    }
    let no = event.no();
    let mut packages = project.packages.iter_mut();
    if let Some(package) = packages.find(|package| package.no == no) {
        become_of(package, event);
    }
}

fn become_of(package: &mut Package, event: &PackageEvent) {
    match event {
        PackageEvent::Asked(_) => {}
        PackageEvent::Made { made, .. } => package.made = Some((**made).clone()),
        PackageEvent::Failed { why, .. } => package.failed = Some(why.clone()),
        PackageEvent::Released { released, .. } => package.released = Some(released.clone()),
        PackageEvent::Posted { posted, .. } => package.posted = Some(posted.clone()),
        PackageEvent::Sending(event) => send(package, event),
    }
}

fn send(package: &mut Package, event: &SendingEvent) {
    match event {
        SendingEvent::Asked { asked, .. } => package.sendings.push((**asked).clone()),
        SendingEvent::Ended { no, outcome, .. } => {
            let mut sendings = package.sendings.iter_mut();
            if let Some(sending) = sendings.find(|sending| sending.no == *no) {
                sending.outcome = outcome.clone();
            }
        }
    }
}
