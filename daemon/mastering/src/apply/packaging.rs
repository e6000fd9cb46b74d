//! What is true after something became of a package.

use crate::package::{Package, PackageEvent};
use crate::project::Project;

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
    }
}
