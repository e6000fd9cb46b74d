//! What is true after something became of label copy.

use crate::label_copy::LabelCopyEvent;
use crate::project::Project;

pub(super) fn change(project: &mut Project, event: &LabelCopyEvent) {
    match event {
        LabelCopyEvent::Came(copy) => project.label_copies.push(copy.clone()),
        LabelCopyEvent::Settled { no, settled } => {
            let mut copies = project.label_copies.iter_mut();
            if let Some(copy) = copies.find(|copy| copy.no == *no) {
                copy.settled = Some(settled.clone());
            }
        }
    }
}
