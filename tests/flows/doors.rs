//! Every command of the rules has its doors: a form on a page, an operation of the API, a word of the
//! command line. And an order lives from its first mix to its deletion by the command line alone.

use std::process::Command;

use flows::Lacquer;
use flows::clients::Ftp;
use flows::lacquer::program;
use flows::mixes::Song;
use serde_json::Value;

/// Where a command is given: the form below an order's page, the operation below the order in the
/// API, the words of the command line. What begins with `/` is no part of one order's address.
struct Doors {
    command: &'static str,
    page: &'static str,
    api: &'static str,
    line: &'static str,
}

const fn at(
    command: &'static str,
    page: &'static str,
    api: &'static str,
    line: &'static str,
) -> Doors {
    Doors {
        command,
        page,
        api,
        line,
    }
}

const DOORS: &[Doors] = &[
    at(
        "ReleaseFindings",
        "release-findings",
        "release-findings",
        "work release-findings",
    ),
    at("GoOnWith", "decide-mix", "go-on-with", "work go-on"),
    at("AskReprint", "decide-mix", "ask-reprint", "work reprint"),
    at("SetAside", "decide-mix", "set-aside", "work set-aside"),
    at(
        "CloseIntake",
        "close-intake",
        "close-intake",
        "work close-intake",
    ),
    at("NameTrack", "titles", "name-track", "work name"),
    at("OrderTracks", "programme", "order-tracks", "work programme"),
    at("ChangePlan", "plan", "tracks/{track}/plan", "work plan"),
    at(
        "PrintThrough",
        "print-through",
        "print-through",
        "work print",
    ),
    at(
        "SetProgramme",
        "programme-file",
        "programme",
        "work set-programme",
    ),
    at("TakeUpMix", "take-up", "take-up-mix", "work take-up"),
    at("NameAlternate", "beside", "name-alternate", "work beside"),
    at(
        "UnnameAlternate",
        "not-beside",
        "unname-alternate",
        "work not-beside",
    ),
    at(
        "OpenRevision",
        "open-revision",
        "open-revision",
        "work open-revision",
    ),
    at("StartMastering", "master", "start-mastering", "work master"),
    at("SendReference", "send", "send-reference", "work send"),
    at("Comment", "comment", "comment", "work comment"),
    at(
        "RequestRevision",
        "request",
        "request-revision",
        "rule request",
    ),
    at(
        "AnswerRequest",
        "answer-request",
        "answer-request",
        "rule answer",
    ),
    at("AgreeToRequest", "agree", "agree-to-request", "rule agree"),
    at(
        "WithdrawRequest",
        "withdraw",
        "withdraw-request",
        "rule withdraw",
    ),
    at("AskClient", "ask-client", "ask-client", "rule ask"),
    at(
        "AnswerQuestion",
        "answer-question",
        "answer-question",
        "rule reply",
    ),
    at("ChooseLane", "lane", "choose-lane", "rule lane"),
    at(
        "NameLastWord",
        "last-word",
        "name-last-word",
        "rule last-word",
    ),
    at("ChoosePreview", "preview", "choose-preview", "rule preview"),
    at("MarkTrack", "mark", "mark-track", "work mark"),
    at("ReportFault", "fault", "report-fault", "rule fault"),
    at(
        "RecordConsultation",
        "consultation",
        "consultation",
        "order consultation",
    ),
    at(
        "DecideContent",
        "content",
        "content-decision",
        "rule content",
    ),
    at(
        "AttachPermission",
        "permissions",
        "permissions/{what}/{song}/{file_name}",
        "order permission",
    ),
    at("PlaceHold", "hold", "place-hold", "rule hold"),
    at("LiftHold", "lift-hold", "lift-hold", "rule lift-hold"),
    at(
        "ExtendRetention",
        "extend",
        "extend-retention",
        "rule extend",
    ),
    at(
        "AskDeletion",
        "ask-deletion",
        "ask-deletion",
        "rule ask-deletion",
    ),
    at(
        "ConfirmDeletion",
        "confirm-deletion",
        "confirm-deletion",
        "rule confirm-deletion",
    ),
    at(
        "WithdrawDeletion",
        "withdraw-deletion",
        "withdraw-deletion",
        "rule withdraw-deletion",
    ),
    at(
        "ReleaseWorkingFiles",
        "/archive",
        "/archive/release",
        "archive expire",
    ),
    at(
        "ReleaseArchive",
        "/archive",
        "/archive/release",
        "archive expire",
    ),
    at(
        "WaivePermission",
        "permission-not-needed",
        "permission-not-needed",
        "rule not-needed",
    ),
    at(
        "AllowListening",
        "allow-listening",
        "allow-listening",
        "rule allow-listening",
    ),
    at(
        "ForbidListening",
        "forbid-listening",
        "forbid-listening",
        "rule forbid-listening",
    ),
    at(
        "GiveListeningReason",
        "listening-reason",
        "listening-reason",
        "rule listening-reason",
    ),
    at(
        "DescribeRelease",
        "release",
        "describe-release",
        "release set",
    ),
    at(
        "KeepCover",
        "deliveries/cover",
        "covers/{file_name}",
        "release cover",
    ),
    at(
        "LabelCopy",
        "label-copy",
        "label-copy/{file_name}",
        "release read",
    ),
    at("Package", "deliveries", "packages", "release deliver"),
    at("KeepLyrics", "lyrics", "lyrics/{track}", "release words"),
    at(
        "Attachment",
        "attachments",
        "booklets/{file_name}",
        "release booklet",
    ),
    at("TakeCodes", "allot-codes", "allot-codes", "release allot"),
    at("AskRemoval", "ask-removal", "ask-removal", "release remove"),
    at(
        "WithdrawRemoval",
        "withdraw-removal",
        "withdraw-removal",
        "release keep",
    ),
    at("Sales", "payout", "ask-payout", "sales ask"),
    at("RecordShopGone", "shop-gone", "shop-gone", "release gone"),
    at(
        "RecordClaim",
        "record-claim",
        "record-claim",
        "release claim",
    ),
    at(
        "WithdrawClaim",
        "withdraw-claim",
        "withdraw-claim",
        "release withdraw-claim",
    ),
    at("Approve", "approve", "approve", "rule approve"),
    at("Complete", "complete", "complete", "work complete"),
    at("IssueQuote", "account", "account/quote", "ledger quote"),
    at("AcceptQuote", "account", "account/accept", "ledger accept"),
    at(
        "DeclineQuote",
        "account",
        "account/decline",
        "ledger decline",
    ),
    at(
        "WithdrawQuote",
        "account",
        "account/withdraw",
        "ledger withdraw",
    ),
    at("RecordPayment", "account", "account/pay", "ledger pay"),
    at("GiveCredit", "account", "account/credit", "ledger credit"),
    at("RedeemCredit", "account", "account/redeem", "ledger redeem"),
    at("Refund", "account", "account/refund", "ledger refund"),
    at(
        "CancelInvoice",
        "account",
        "account/cancel",
        "ledger cancel",
    ),
    at("Penalise", "account", "account/penalise", "ledger penalise"),
    at("WaiveGate", "account", "account/waive", "ledger waive"),
];

/// An address below an order's, or one of its own.
fn address(order: &str, part: &str) -> String {
    if part.starts_with('/') {
        part.to_owned()
    } else {
        format!("/orders/{order}/{part}")
    }
}

/// What Lacquer alone does, as finished work or the calendar brings it about; and what a player
/// reports, which no command line hears.
const HOUSE: &[&str] = &[
    "ReceiveMix",
    "RecordSet",
    "RecordMaster",
    "RecordProgramme",
    "ReceiveMaster",
    "RecordFinals",
    "OfferFinals",
    "SetHold",
    "RecordSale",
    "SellRush",
    "OrderFormats",
    "AddFinals",
    "HearAsStudio",
    "KeepTime",
    "RecordArchive",
    "PriceOrder",
    "EndRequest",
    "EndRemoval",
    "FeeFallsDue",
    "Listen",
];

/// The variants of the two enums, as the source has them.
fn commands() -> Vec<String> {
    let sources = [
        (
            "pub enum Command {",
            include_str!("../../daemon/mastering/src/command.rs"),
        ),
        (
            "pub enum MoneyCommand {",
            include_str!("../../daemon/mastering/src/money/command.rs"),
        ),
    ];
    let mut names = Vec::new();
    for (head, source) in sources {
        let body = source.split_once(head).expect("the enum is there").1;
        let body = body.split_once("\n}").expect("it ends").0;
        for line in body.lines() {
            let is_variant = line
                .strip_prefix("    ")
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
            if is_variant {
                let name = line.trim().split(['(', ',', ' ', '{']).next();
                names.push(name.unwrap_or_default().to_owned());
            }
        }
    }
    names
}

/// The status that a form without its seal is answered with, by somebody who is not logged in.
fn status(lacquer: &Lacquer, path: &str) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into();
    let url = format!("{}{path}", lacquer.web);
    let answer = agent.post(&url).send_form([("no", "1")]).unwrap();
    answer.status().as_u16()
}

#[test]
fn every_command_has_its_page_its_operation_and_its_word() {
    let lacquer = Lacquer::start();
    lacquer.add_staff("mia");
    let token = lacquer.log_in("mia");
    let document = lacquer.must("GET", "/openapi.json", &token, &Value::Null);
    assert_eq!(status(&lacquer, "/orders/LQ-1001/no-such-form"), 404);
    let known = commands();
    assert!(known.len() > 60, "{known:?}");
    for name in &known {
        let doors: Vec<_> = DOORS.iter().filter(|d| d.command == name).collect();
        let is_house = HOUSE.contains(&name.as_str());
        assert!(
            doors.len() == 1 || is_house,
            "{name} has no doors, or is given in several ways"
        );
        for doors in doors {
            let path = address("{number}", doors.api);
            assert!(document["paths"].get(&path).is_some(), "{name}: {path}");
            let form = status(&lacquer, &address("LQ-1001", doors.page));
            assert!(!matches!(form, 404 | 405), "{name}: {} {form}", doors.page);
            let help = Command::new(program())
                .args(doors.line.split(' '))
                .arg("--help")
                .output()
                .unwrap();
            assert!(help.status.success(), "{name}: lacquer {}", doors.line);
        }
    }
}

/// The command line on one order.
struct Line<'l> {
    lacquer: &'l Lacquer,
    number: String,
}

impl Line<'_> {
    /// `words` with `N` in place of the order's number; blanks separate, a `+` stands for one.
    fn words(&self, words: &str) -> Vec<String> {
        words
            .split(' ')
            .map(|word| match word {
                "N" => self.number.clone(),
                word => word.replace('+', " "),
            })
            .collect()
    }

    #[track_caller]
    fn does(&self, words: &str) -> String {
        let words = self.words(words);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.lacquer.cli(&words).unwrap()
    }

    #[track_caller]
    fn refused(&self, words: &str, reason: &str) {
        let words = self.words(words);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let said = self.lacquer.cli(&words).unwrap_err();
        assert!(said.contains(reason), "{words:?}: {said}");
    }

    fn queued(&self) -> Value {
        let lines = self.lacquer.json(&["queue", "--json"]);
        let all = lines.as_array().unwrap().iter();
        let mut ours = all.filter(|line| line["number"] == self.number.as_str());
        ours.next().cloned().unwrap_or(Value::Null)
    }

    /// Masters the revision being worked on, and sends it.
    fn masters(&self) {
        self.does("work master N");
        flows::until("the masters are there", flows::lacquer::PATIENCE, || {
            let order = self.lacquer.show(&self.number);
            let offers = order["offers"].as_array().unwrap();
            offers.iter().any(|o| o == "send_reference").then_some(())
        });
        self.does("work send N");
    }
}

#[test]
fn an_order_lives_by_the_command_line_alone() {
    let place = tempfile::tempdir().unwrap();
    let lacquer = Lacquer::start();
    for person in ["mia", "noah"] {
        lacquer.add_staff(person);
    }
    lacquer.add_client("ada", "");
    let more = ["--service", "mastering", "--songs", "1"];
    let (number, _) = lacquer.order("ada", "First Light", &more);
    let mix = Song {
        seconds: 6.0,
        ..Song::default()
    }
    .write(&place.path().join(format!("{number} Song.wav")));
    let line = Line {
        lacquer: &lacquer,
        number: number.clone(),
    };
    line.does("order consultation N --answer songs=1 --by ada");
    line.does("order consultation N --warrant Ada --by ada");
    line.refused("order consultation N --warrant Ada --by mia", "not");
    line.does("rule content N accepted --reason A+song+like+others.");
    Ftp::of(&lacquer, "ada").put(&mix, &format!("{number} Song.wav"));
    lacquer.until_stage(&number, "adjusting");
    before_the_reference(&line);
    line.masters();
    rounds(&line);
    afterwards(&line);
}

/// The queue, a question, a lane that is not offered, words on songs.
fn before_the_reference(line: &Line<'_>) {
    let waiting = line.queued();
    assert_eq!(
        (&waiting["place"], &waiting["turn"]),
        (&1.into(), &"work".into())
    );
    line.does("rule ask N Which+take?");
    assert_eq!(line.queued()["owes"], "client");
    line.does("rule reply N The+second. --by ada");
    assert_eq!(line.queued()["owes"], "studio");
    assert!(line.does("queue").contains("First Light"));
    line.refused("rule lane N rush", "rush");
    line.does("work name N 1 First+Light");
    line.does("work mark N 1 --isrc DEA122600001");
    line.does("work mark N First+Light --credits Words:+Ada");
    let track = line.lacquer.show(&line.number)["project"]["tracks"][0].clone();
    assert_eq!(
        (&track["isrc"], &track["credits"]),
        (&"DEA122600001".into(), &"Words: Ada".into())
    );
    line.refused("work mark N 2 --isrc DEA122600001", "none of the 1 song");
    line.does("work programme N 1");
    line.does("rule last-word N ada");
    line.refused("rule last-word N mia", "none of the client's people");
    line.does("rule preview N marked");
}

/// New work that is agreed to, a request that is taken back, and the approval.
fn rounds(line: &Line<'_>) {
    line.does("work comment N 1 0:02 Darker,+please. --by ada");
    line.does("rule request N Another+mix. --topic new_file --by ada");
    line.refused("rule approve N --name Ada --by mia", "");
    line.does("rule answer N --as new_work --reason A+new+mix.");
    line.does("rule agree N --by ada");
    assert_eq!(
        line.lacquer.show(&line.number)["project"]["stage"]["stage"],
        "adjusting"
    );
    let chains = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/chains");
    line.does(&format!("work plan N 1 {chains}/transparent.toml"));
    line.masters();
    line.does("rule request N And+a+longer+outro. --topic arrangement --by ada");
    line.does("rule withdraw N --by ada");
    line.does("rule preview N");
    line.refused("rule approve N --name Mia", "");
    line.does("rule approve N --name Ada --by ada");
    line.lacquer.until_stage(&line.number, "delivered");
    line.does("work complete N");
    line.lacquer.until_stage(&line.number, "archived");
}

/// What is kept, and letting go before the date: asked for by the client, confirmed by two.
fn afterwards(line: &Line<'_>) {
    line.does("rule hold N --reason A+dispute.");
    line.does("rule ask-deletion N --reason Ours+alone. --by ada");
    line.refused("rule confirm-deletion N --by mia", "dispute");
    line.does("rule lift-hold N");
    line.does("rule withdraw-deletion N --by ada");
    line.does("rule ask-deletion N --reason Ours+alone. --by ada");
    line.does("rule confirm-deletion N --by mia");
    line.refused("rule confirm-deletion N --by mia", "two different people");
    line.does("rule confirm-deletion N --by noah");
    let order = line.lacquer.show(&line.number);
    assert!(
        order["project"]["archive"]["all_gone_at"].is_i64(),
        "{order:#}"
    );
    // Who, when and from where, of each decision.
    let log = order["log"].as_array().unwrap();
    let decided = |code: &str| log.iter().find(|l| l["code"] == code).unwrap().clone();
    for (code, who) in [
        ("request_agreed", "ADA Example"),
        ("approved", "ADA Example"),
        ("deletion_confirmed", "MIA Example"),
        ("hold_placed", "the administrator"),
    ] {
        let said = decided(code);
        assert_eq!(
            (said["by"].as_str(), said["from"].as_str()),
            (Some(who), Some("command line")),
            "{code}"
        );
    }
    assert_eq!(decided("finals_recorded")["by"], "Lacquer");
}
