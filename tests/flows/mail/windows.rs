//! Before the time for changes is over, and before silence counts, the client reads it in the mail.

use flows::lacquer::{PATIENCE, days_later};
use flows::until;

use crate::server::MailServer;
use crate::{free_port, link_works, send_a_mix, services_with, start};

#[test]
fn a_window_that_closes_and_silence_that_counts_are_announced_by_mail() {
    let server = MailServer::start_on(free_port());
    let mut lacquer = start(server.port);
    services_with(
        &lacquer,
        &[
            ("# window_days = 60", "window_days = 20"),
            ("silence = \"waits\"", "silence = \"approves\""),
            ("silence_days = 14", "silence_days = 40"),
        ],
    );
    let (number, _) = lacquer.order("ada", "Slow Ears", &["--songs", "1"]);
    send_a_mix(&lacquer, &number);
    lacquer.until_stage(&number, "in_review");
    server.until_mail("revision 1 is ready");
    assert!(lacquer.stop().success());

    // Seven days and one day before the end a warning is due; at +14 days the first of them is.
    lacquer.wrap(&days_later(14));
    lacquer.launch();
    let warned = server.until_mail("changes until");
    assert!(
        warned.body.contains("\u{201c}Slow Ears\u{201d}"),
        "{warned:?}"
    );
    assert!(warned.body.contains("days are left"), "{warned:?}");
    link_works(&lacquer, &warned, &number);
    assert!(lacquer.stop().success());

    // The time is over, and silence will count: three announcements, and only then. The box was off when the
    // first was due, so the others follow it at the distance they were to have.
    for (days, nth) in [(35, 1), (40, 2), (43, 3)] {
        lacquer.wrap(&days_later(days));
        lacquer.launch();
        let said = format!("announcement {nth} of 3");
        let announced = until(&said, PATIENCE, || {
            let mut mails = server.mails().into_iter();
            mails.find(|mail| mail.body.contains(&said))
        });
        assert!(announced.subject.contains("counts as approved on"));
        assert_eq!(
            lacquer.show(&number)["project"]["stage"]["stage"],
            "in_review"
        );
        assert!(lacquer.stop().success());
    }
    let over = server.until_mail("the time for free changes is over");
    assert!(over.body.contains("You can still approve it"), "{over:?}");
    lacquer.wrap(&days_later(45));
    lacquer.launch();
    let approved = server.until_mail("revision 1 is approved");
    link_works(&lacquer, &approved, &number);
}
