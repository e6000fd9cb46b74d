//! Titles, and the order of the songs.

use axum::extract::State;
use axum::response::Redirect;
use mastering::{Command, TrackId};
use studio::Denied;

use crate::Web;
use crate::door::Door;
use crate::form::Posted;
use crate::trouble::Trouble;

pub(super) async fn name(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let command = Command::NameTrack {
        track: posted.fields.read("track")?,
        title: posted.fields.get("title").to_owned(),
    };
    door.submit(&web, command, &posted).await?;
    Ok(door.back_to("titles"))
}

/// Each song with the place it should have; equal places keep the order shown.
pub(super) async fn order(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let mut songs: Vec<(u32, TrackId)> = Vec::new();
    for (track, place) in posted.fields.below("place.") {
        let wrong = || Denied::Invalid("each song needs a number for its place".to_owned());
        let place = place.trim().parse().map_err(|_| wrong())?;
        songs.push((place, track.parse().map_err(|_| wrong())?));
    }
    songs.sort_by_key(|(place, _)| *place);
    let order = songs.into_iter().map(|(_, track)| track).collect();
    door.submit(&web, Command::OrderTracks(order), &posted)
        .await?;
    Ok(door.back_to("titles"))
}
