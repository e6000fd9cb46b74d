//! One order, by login or by its link. The same pages and forms lie below both addresses; the
//! studio decides what each visitor may see and do.

mod account;
mod approve;
mod attachments;
mod beside;
mod certificate;
mod comment;
mod consultation;
mod decide_mix;
mod deliveries;
mod guests;
mod help;
mod label_copy;
mod leave;
mod listen;
mod lyrics;
mod mastering;
mod permissions;
mod plan;
mod portal_link;
mod programme;
mod release;
mod report;
mod rules;
mod sales;
mod sending;
mod show;
mod songs;
mod upload;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use self::listen::sheet;
use crate::Web;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/", get(show::show))
        .route("/changes", get(listen::changes))
        .route("/audio/mix/{mix}", get(listen::mix))
        .route("/audio/master/{revision}/{track}", get(listen::master))
        .route("/audio/disc/{revision}/{disc}", get(listen::disc))
        .route("/sheet/disc/{revision}/{disc}", get(listen::disc_sheet))
        .route("/sheet/mix/{mix}", get(listen::mix_sheet))
        .route(
            "/sheet/master/{revision}/{track}",
            get(listen::master_sheet),
        )
        .route("/final/{track}/{format}", get(listen::final_file))
        .route("/report/{mix}", get(report::text))
        .route("/report/{mix}/page", get(report::page))
        .route("/picture/{mix}/{finding}", get(report::picture))
        .route("/account", get(account::show).post(account::give))
        .route("/account/{document}", get(account::paper))
        .route("/certificate", get(certificate::show))
        .route("/comment", post(comment::comment))
        .route("/request", post(comment::request_revision))
        .route("/approve", post(approve::approve))
        .route("/titles", post(songs::name))
        .route("/programme", get(programme::show).post(songs::order))
        .route("/programme-file", post(programme::keep))
        .route("/close-intake", post(decide_mix::close_intake))
        .route("/decide-mix", post(decide_mix::decide))
        .route("/release-findings", post(decide_mix::release_findings))
        .route("/take-up", post(decide_mix::take_up))
        .route("/beside", post(beside::name))
        .route("/not-beside", post(beside::unname))
        .route("/plan", post(plan::change))
        .route("/print-through", post(plan::print_through))
        .route("/master", post(mastering::start))
        .route("/send", post(mastering::send))
        .route("/open-revision", post(mastering::open_revision))
        .route("/complete", post(mastering::complete))
        .route("/answer-request", post(rules::answer_request))
        .route("/agree", post(rules::agree))
        .route("/withdraw", post(rules::withdraw))
        .route("/ask-client", post(rules::ask_client))
        .route("/answer-question", post(rules::answer_question))
        .route("/lane", post(rules::lane))
        .route("/last-word", post(rules::last_word))
        .route("/preview", post(rules::preview))
        .route("/mark", post(rules::mark))
        .route("/fault", post(rules::fault))
        .route("/hold", post(rules::hold))
        .route("/lift-hold", post(rules::lift_hold))
        .route("/extend", post(rules::extend))
        .route("/ask-deletion", post(rules::ask_deletion))
        .route("/confirm-deletion", post(rules::confirm_deletion))
        .route("/withdraw-deletion", post(rules::withdraw_deletion))
        .route("/heard", post(rules::heard))
        .route("/portal-link", post(portal_link::renew))
        .route(
            "/consultation",
            get(consultation::show).post(consultation::answer),
        )
        .route("/warranty", post(consultation::warrant))
        .route("/permission/{permission}", get(permissions::file))
        .route("/content", post(consultation::decide))
        .route("/guests", get(guests::show).post(guests::invite))
        .route("/guests/{guest}/end", post(guests::end))
        .route("/notices-read", post(guests::notices_read))
        .route("/try-again", post(mastering::try_again))
        .merge(beside_the_work())
        .merge(delivered())
}

/// Releases, who listens, help.
fn beside_the_work() -> Router<Web> {
    Router::new()
        .route("/lyrics", get(lyrics::show).post(lyrics::keep))
        .route("/help", get(help::show).post(help::ask))
        .route("/release", get(release::show).post(release::fill_in))
        .route("/label-copy/choose", post(label_copy::choose))
        .route("/allot-codes", post(release::allot))
        .route("/ask-removal", post(release::ask_removal))
        .route("/withdraw-removal", post(release::withdraw_removal))
        .route("/sales", get(sales::show))
        .route("/sales/{form}", get(sales::table))
        .route("/payout", post(sales::payout))
        .route("/shop-gone", post(release::shop_gone))
        .route("/record-claim", post(release::record_claim))
        .route("/withdraw-claim", post(release::withdraw_claim))
        .route("/allow-listening", post(leave::allow))
        .route("/forbid-listening", post(leave::forbid))
        .route("/listening-reason", post(leave::reason))
        .route("/permission-not-needed", post(leave::not_needed))
}

/// Packages: what is missing, what was made, what became of it.
fn delivered() -> Router<Web> {
    Router::new()
        .route("/deliveries", get(deliveries::show).post(deliveries::ask))
        .route("/deliveries/release-file", get(deliveries::release_file))
        .route("/deliveries/cover", get(deliveries::cover))
        .route(
            "/deliveries/{package}/file/{file}",
            get(listen::package_file),
        )
        .route(
            "/deliveries/{package}/disc/{disc}",
            get(listen::package_disc),
        )
        .route(
            "/deliveries/{package}/sheet/{disc}",
            get(listen::package_sheet),
        )
        .route("/attachments", get(attachments::show))
        .route("/attachments/tick", post(attachments::tick))
        .route("/attachments/remove", post(attachments::remove))
        .route("/attachments/take", post(attachments::take))
        .route("/attachments/code", post(attachments::code))
        .route("/attachments/{attachment}/file", get(attachments::file))
        .route("/deliveries/release", post(deliveries::release))
        .route("/deliveries/posted", post(deliveries::posted))
        .route("/deliveries/send", post(sending::send))
        .route("/deliveries/call-off", post(sending::call_off))
        .route("/deliveries/try", post(sending::try_upload))
}

pub(super) fn upload_routes() -> Router<Web> {
    // The studio stops an upload when the disk's reserve is reached; a limit here would only
    // turn long songs away.
    Router::new()
        .route("/upload", post(upload::upload))
        .route("/permissions", post(permissions::attach))
        .route("/deliveries/cover", post(deliveries::keep_cover))
        .route("/label-copy", post(label_copy::bring))
        .route("/lyrics-file", post(lyrics::keep_file))
        .route("/attachments", post(attachments::keep))
        .layer(axum::extract::DefaultBodyLimit::disable())
}
