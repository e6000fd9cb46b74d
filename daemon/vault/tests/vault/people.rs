//! What is kept of people, and what is left when they are forgotten.

use crate::house::{CLIENT, PROJECT, event, furnish, job, open};
use vault::{
    AcceptanceRow, EventOrigin, MailHoldRow, MemberRow, NoticeRow, NoticeState, Page, PeopleWrite,
    PersonState, ProfileRow, SessionSeen, TokenRow, TokenState, Vault, Write,
};

const HASH: &str = "f00d";

fn write(vault: &Vault, people: Vec<PeopleWrite>) {
    let rows = people.into_iter().map(Write::People).collect();
    vault.commit_blocking(rows).unwrap();
}

fn known() -> Vec<PeopleWrite> {
    let person = CLIENT.to_owned();
    vec![
        PeopleWrite::SessionSeen(SessionSeen {
            hash: HASH.into(),
            address: "192.0.2.1".into(),
            browser: "Lynx".into(),
            seen_ms: 7,
        }),
        PeopleWrite::EventOrigin(EventOrigin {
            project: PROJECT.into(),
            seq: 1,
            person: person.clone(),
            address: "192.0.2.1".into(),
        }),
        PeopleWrite::Profile(ProfileRow {
            person: person.clone(),
            language: "de".into(),
            party: "company".into(),
            company: "First Records".into(),
            phone: "+49 30 1".into(),
            postal: "Berlin".into(),
            of_age_ms: Some(5),
            notices_off: "set_compared".into(),
        }),
        PeopleWrite::Member(MemberRow {
            person: person.clone(),
            client: person.clone(),
            project: Some(PROJECT.into()),
            rights: "comment".into(),
            until_ms: Some(9),
        }),
        PeopleWrite::Acceptance(AcceptanceRow {
            person: person.clone(),
            project: None,
            what: "terms".into(),
            sha256: "00".into(),
            wording: "I agree.".into(),
            name: "First Client".into(),
            at_ms: 6,
            address: "192.0.2.1".into(),
        }),
        PeopleWrite::MailHold(MailHoldRow {
            person,
            email: "client@example.org".into(),
            answer: "550 no such mailbox".into(),
            at_ms: 8,
        }),
    ]
}

fn furnished() -> (tempfile::TempDir, Vault) {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    furnish(&vault);
    let token = TokenRow {
        hash: HASH.into(),
        kind: "session".into(),
        person: Some(CLIENT.into()),
        project: None,
        created_ms: 1,
        expires_ms: None,
        state: TokenState::Live,
    };
    let notice = NoticeRow {
        id: "n1".into(),
        at_ms: 3,
        audience: CLIENT.into(),
        project: None,
        kind: "finals_offered".into(),
        text: "The finals are ready.".into(),
        facts: Some("{\"title\":\"First Song\"}".into()),
        state: NoticeState::New,
    };
    let mut mail = job(&format!("mail_person:{CLIENT}:recovery:1"), PROJECT, 0);
    if let Write::Job(row) = &mut mail {
        row.kind = "mail_person".into();
    }
    let other = job("master:1", PROJECT, 0);
    let rows = vec![
        event(PROJECT, 1),
        Write::Token(token),
        Write::Notice(notice),
        mail,
        other,
    ];
    vault.commit_blocking(rows).unwrap();
    write(&vault, known());
    (root, vault)
}

#[test]
fn what_is_known_of_a_person_is_read_back() {
    let (_root, vault) = furnished();
    let sessions = vault.tokens_of(CLIENT, "session").unwrap();
    let (token, seen) = &sessions[0];
    assert_eq!((sessions.len(), token.hash.as_str()), (1, HASH));
    assert_eq!(seen.as_ref().unwrap().browser, "Lynx");
    assert_eq!(vault.origins_of_project(PROJECT).unwrap().len(), 1);
    assert_eq!(vault.profile(CLIENT).unwrap().unwrap().language, "de");
    let member = vault.member(CLIENT).unwrap().unwrap();
    assert_eq!(vault.members_of(CLIENT).unwrap(), [member]);
    assert_eq!(vault.acceptances(CLIENT).unwrap()[0].wording, "I agree.");
    assert_eq!(vault.mail_holds().unwrap().len(), 1);
    assert_eq!(vault.events_by(CLIENT).unwrap().len(), 1);
}

fn told(no: i64) -> Write {
    Write::Notice(NoticeRow {
        id: format!("told-{no}"),
        at_ms: no,
        audience: CLIENT.into(),
        project: None,
        kind: "finals_offered".into(),
        text: "The finals are ready.".into(),
        facts: None,
        state: NoticeState::New,
    })
}

#[test]
fn what_one_reads_stays_unread_for_the_others_at_the_same_bell() {
    const OTHER: &str = "22222222222222222222222222222222";
    let (_root, vault) = furnished();
    let mut other = vault.person(CLIENT).unwrap().unwrap();
    other.id = OTHER.into();
    other.login = "other".into();
    vault.commit_blocking(vec![Write::Person(other)]).unwrap();
    let unread = |person: &str| vault.unread(CLIENT, person).unwrap();
    // Whoever comes later is not told what was told before.
    assert_eq!((unread(CLIENT), unread(OTHER)), (1, 0));
    vault.commit_blocking(vec![told(1), told(2)]).unwrap();
    assert_eq!((unread(CLIENT), unread(OTHER)), (3, 2));

    let one = PeopleWrite::NoticeRead {
        person: OTHER.into(),
        id: "told-2".into(),
    };
    write(&vault, vec![one.clone(), one]);
    assert_eq!((unread(CLIENT), unread(OTHER)), (3, 1));
    let states = |person: &str| -> Vec<NoticeState> {
        let rows = vault.notices_read_by(CLIENT, person, Page::first(9));
        rows.unwrap().rows.iter().map(|row| row.state).collect()
    };
    use NoticeState::{New, Read};
    assert_eq!(states(OTHER), [Read, New, Read]);
    assert_eq!(states(CLIENT), [New, New, New]);

    let all = PeopleWrite::NoticesRead {
        person: CLIENT.into(),
    };
    write(&vault, vec![all]);
    assert_eq!((unread(CLIENT), unread(OTHER)), (0, 1));
    vault.commit_blocking(vec![told(3)]).unwrap();
    assert_eq!((unread(CLIENT), unread(OTHER)), (1, 2));
}

#[test]
fn whoever_is_erased_leaves_the_journal_and_what_they_agreed_to() {
    let (_root, vault) = furnished();
    let erased = PeopleWrite::Erased {
        person: CLIENT.into(),
        login: "erased-1".into(),
    };
    write(&vault, vec![erased]);
    let person = vault.person(CLIENT).unwrap().unwrap();
    assert_eq!(
        (
            person.login.as_str(),
            person.name.as_str(),
            person.email.as_str()
        ),
        ("erased-1", "", "")
    );
    assert_eq!(
        (person.state, person.password_hash),
        (PersonState::Disabled, None)
    );
    assert_eq!(vault.token(HASH).unwrap(), None);
    assert_eq!(vault.session_seen(HASH).unwrap(), None);
    assert_eq!(vault.profile(CLIENT).unwrap(), None);
    assert_eq!(vault.member(CLIENT).unwrap(), None);
    assert_eq!(vault.mail_hold(CLIENT).unwrap(), None);
    assert_eq!(vault.origins_of_person(CLIENT).unwrap(), []);
    assert_eq!(vault.notices(CLIENT, Page::first(9)).unwrap().rows, []);
    assert_eq!(vault.events(PROJECT, 0).unwrap().len(), 1);
    assert_eq!(
        vault.counts().unwrap().jobs_queued,
        1,
        "work stays, mails go"
    );
    let agreed = vault.acceptances(CLIENT).unwrap();
    assert_eq!((agreed.len(), agreed[0].address.as_str()), (1, ""));
}
