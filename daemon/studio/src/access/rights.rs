//! The one table of rights: which role may do what. Whose orders it reaches is `may_see`'s to say;
//! what a client's people may is said for each of them (`membership.rs`).

use mastering::{AttachmentCommand, Command, PackageCommand, SalesCommand, SendingCommand};

use crate::views::Role;

/// Something that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// Reads what only the studio reads: every order, the inbox, people, plans.
    ReadHouse,
    /// Adds people of the studio, gives roles and passwords, changes settings and prices.
    Settings,
    /// Adds clients and their people, opens orders, hands out links.
    ServeClients,
    /// Decides about mixes and dropped files, releases findings, tries work again, marks notices.
    TakeIn,
    /// Changes plans, makes masters, sends references, uses the patchbay.
    Master,
    /// Writes quotes and invoices.
    Bill,
    /// Records a payment that came.
    RecordPayment,
    /// Gives money back.
    Refund,
    /// Lets audio, archives or personal data go.
    Delete,
    /// Sends mixes, says that all are there, names and orders songs, says that the order is complete.
    Send,
    /// Comments on a moment of a song.
    Comment,
    /// Asks for a revision.
    RequestRevision,
    /// Approves: the last word.
    Approve,
    /// Fetches the finals.
    Download,
    /// Reads quotes, invoices and what is owed.
    SeeMoney,
    /// Changes what is one's own: password, sessions, language, notices.
    Own,
    /// What only Lacquer itself does.
    HouseAlone,
}

/// Everybody who reads the house from inside.
const READERS: &[Role] = &[Role::Owner, Role::Engineer, Role::Assistant, Role::Auditor];
/// Everybody who works here.
const WORKERS: &[Role] = &[Role::Owner, Role::Engineer, Role::Assistant];
/// Whoever works at the sound.
const CRAFT: &[Role] = &[Role::Owner, Role::Engineer];
const OWNER: &[Role] = &[Role::Owner];
const CLIENT: &[Role] = &[Role::Client];
const WORKERS_AND_CLIENT: &[Role] = &[Role::Owner, Role::Engineer, Role::Assistant, Role::Client];
const READERS_AND_CLIENT: &[Role] = &[
    Role::Owner,
    Role::Engineer,
    Role::Assistant,
    Role::Auditor,
    Role::Client,
];

/// Who holds a right.
fn holders(right: Right) -> &'static [Role] {
    match right {
        Right::ReadHouse => READERS,
        Right::Settings | Right::Refund | Right::Delete => OWNER,
        Right::Master => CRAFT,
        Right::ServeClients | Right::TakeIn | Right::Bill | Right::RecordPayment => WORKERS,
        Right::Send | Right::Comment | Right::RequestRevision => WORKERS_AND_CLIENT,
        Right::Approve => CLIENT,
        Right::Download | Right::SeeMoney | Right::Own => READERS_AND_CLIENT,
        Right::HouseAlone => &[],
    }
}

/// Whether a role holds a right.
pub(super) fn holds(role: Role, right: Right) -> bool {
    holders(right).contains(&role)
}

impl Right {
    /// The right that giving a command needs.
    #[expect(
        clippy::too_many_lines,
        reason = "one match over every command; the one table would not be one in parts"
    )]
    pub(crate) fn to_give(command: &Command) -> Self {
        match command {
            Command::ReleaseFindings { .. }
            | Command::GoOnWith { .. }
            | Command::AskReprint { .. }
            | Command::SetAside { .. }
            | Command::AskClient { .. }
            | Command::DecideContent { .. }
            | Command::WaivePermission { .. }
            | Command::GiveListeningReason { .. }
            | Command::TakeCodes { .. }
            | Command::Package(PackageCommand::Ask { .. } | PackageCommand::Post { .. })
            | Command::Package(PackageCommand::Sending {
                command: SendingCommand::Ask { .. } | SendingCommand::CallOff { .. },
                ..
            })
            | Command::RecordShopGone { .. }
            | Command::RecordClaim { .. }
            | Command::WithdrawClaim { .. }
            | Command::ChooseLane { .. }
            | Command::ChoosePreview { .. }
            | Command::PlaceHold { .. }
            | Command::LiftHold { .. }
            | Command::ExtendRetention { .. } => Self::TakeIn,
            Command::CloseIntake
            | Command::NameTrack { .. }
            | Command::RecordConsultation { .. }
            | Command::AttachPermission(_)
            | Command::DescribeRelease { .. }
            | Command::KeepCover(_)
            | Command::LabelCopy(_)
            | Command::KeepLyrics { .. }
            | Command::Attachment(
                AttachmentCommand::Keep(_)
                | AttachmentCommand::Take { .. }
                | AttachmentCommand::Code { .. }
                | AttachmentCommand::Tick { .. }
                | AttachmentCommand::TakeBack { .. }
                | AttachmentCommand::Remove { .. },
            )
            | Command::OrderTracks(_)
            | Command::MarkTrack { .. }
            | Command::AnswerQuestion { .. }
            | Command::Complete => Self::Send,
            Command::ChangePlan { .. }
            | Command::PrintThrough { .. }
            | Command::SetProgramme { .. }
            | Command::TakeUpMix { .. }
            | Command::NameAlternate { .. }
            | Command::UnnameAlternate { .. }
            | Command::OpenRevision { .. }
            | Command::StartMastering
            | Command::SendReference { .. }
            | Command::AnswerRequest { .. }
            | Command::ReportFault { .. } => Self::Master,
            Command::Comment { .. } => Self::Comment,
            Command::RequestRevision { .. }
            | Command::AgreeToRequest { .. }
            | Command::WithdrawRequest { .. }
            | Command::NameLastWord(_)
            | Command::AskRemoval { .. }
            | Command::WithdrawRemoval { .. }
            | Command::Sales(SalesCommand::AskPayout { .. })
            | Command::AskDeletion { .. } => Self::RequestRevision,
            // Who hears the sound is for whoever speaks for it.
            Command::Approve { .. }
            | Command::Package(PackageCommand::Release { .. })
            | Command::Listen { .. }
            | Command::AllowListening { .. }
            | Command::ForbidListening { .. }
            | Command::WithdrawDeletion => Self::Approve,
            Command::Sales(SalesCommand::NotePayout { .. }) => Self::RecordPayment,
            Command::ReleaseWorkingFiles { .. }
            | Command::ReleaseArchive { .. }
            | Command::ConfirmDeletion { .. } => Self::Delete,
            Command::ReceiveMix(_)
            | Command::RecordSet { .. }
            | Command::RecordMaster { .. }
            | Command::RecordProgramme { .. }
            | Command::ReceiveMaster { .. }
            | Command::RecordFinals { .. }
            | Command::OfferFinals
            | Command::SetHold { .. }
            | Command::RecordSale(_)
            | Command::SellRush { .. }
            | Command::OrderFormats { .. }
            | Command::AddFinals { .. }
            | Command::KeepTime
            | Command::HearAsStudio { .. }
            | Command::Sales(SalesCommand::Report { .. })
            | Command::Attachment(
                AttachmentCommand::Record { .. } | AttachmentCommand::Propose(_),
            )
            | Command::Package(PackageCommand::Record { .. } | PackageCommand::Fail { .. })
            | Command::Package(PackageCommand::Sending {
                command: SendingCommand::Record { .. } | SendingCommand::Fail { .. },
                ..
            })
            | Command::RecordArchive { .. } => Self::HouseAlone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The roles that hold a right, as their first letters: owner, engineer, assistant, auditor (`u`), client.
    #[track_caller]
    fn check(right: Right, who: &str) {
        let letters = [
            (Role::Owner, 'o'),
            (Role::Engineer, 'e'),
            (Role::Assistant, 'a'),
            (Role::Auditor, 'u'),
            (Role::Client, 'c'),
        ];
        let held: String = letters
            .into_iter()
            .filter(|(role, _)| holds(*role, right))
            .map(|(_, letter)| letter)
            .collect();
        assert_eq!(held, who, "{right:?}");
    }

    #[test]
    fn each_right_has_its_holders() {
        check(Right::ReadHouse, "oeau");
        check(Right::Settings, "o");
        check(Right::ServeClients, "oea");
        check(Right::TakeIn, "oea");
        check(Right::Master, "oe");
        check(Right::Bill, "oea");
        check(Right::RecordPayment, "oea");
        check(Right::Refund, "o");
        check(Right::Delete, "o");
        check(Right::Send, "oeac");
        check(Right::Comment, "oeac");
        check(Right::RequestRevision, "oeac");
        check(Right::Approve, "c");
        check(Right::Download, "oeauc");
        check(Right::SeeMoney, "oeauc");
        check(Right::Own, "oeauc");
        check(Right::HouseAlone, "");
    }
}
