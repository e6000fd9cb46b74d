//! Telling clients that a distributor's report names their release.

use mastering::{Command, Project, SalesCommand};

use super::{Done, Shop, Trouble};
use crate::denied::chain;
use crate::work::Work;

/// Lists a job for each order that the report names and that was not told of it.
pub(super) fn spread(
    shop: &Shop,
    (report, distributor, quarter): (u32, String, String),
) -> Result<Done, Trouble> {
    let orders = shop.vault.orders_in_report(report);
    let orders = orders.map_err(|e| Trouble::Again(chain(&e)))?;
    let mut also = Vec::new();
    for order in orders {
        let project = order
            .parse()
            .map_err(|e: mastering::BadId| Trouble::Never(e.to_string()))?;
        let tell = Work::TellSales {
            report,
            distributor: distributor.clone(),
            quarter: quarter.clone(),
        };
        also.push(tell.queue(&project, &report.to_string()));
    }
    Ok(Done {
        commands: Vec::new(),
        also,
    })
}

/// The command that tells an order of a report, once.
pub(super) fn tell(project: &Project, report: u32, distributor: String, quarter: String) -> Done {
    let news = (!project.sales_told.contains(&report)).then_some(SalesCommand::Report {
        report,
        distributor,
        quarter,
    });
    Done {
        commands: news.map(Command::Sales).into_iter().collect(),
        also: Vec::new(),
    }
}
