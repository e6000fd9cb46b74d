//! Sends a file of the vault, whole or in part, to a player or a disk.

use std::io::{self, Read, SeekFrom};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use studio::{AudioFile, ReadSeek};
use tokio::sync::mpsc;

use crate::disposition::{Manner, disposition};
use crate::ranges::{self, Part};

/// Bytes read at a time.
const PIECE: usize = 128 * 1024;
/// Pieces read ahead of what the client has taken.
const AHEAD: usize = 2;

fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The answer to a request for `file`.
pub(crate) fn send(file: AudioFile, headers: &HeaderMap, manner: Manner) -> Response {
    let tag = format!("\"{}\"", file.etag);
    let is_known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|v| v.trim().trim_start_matches("W/") == tag || v.trim() == "*");
    let mut out = HeaderMap::new();
    out.insert(header::ETAG, text(&tag));
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // The address may hold other samples tomorrow; the tag tells.
    out.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    if is_known {
        return answer(StatusCode::NOT_MODIFIED, out, Body::empty());
    }
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.mime));
    out.insert(
        header::CONTENT_DISPOSITION,
        text(&disposition(manner, &file.file_name)),
    );
    let (status, first, length) = match ranges::wanted(headers, file.bytes, &file.etag) {
        Part::Whole => (StatusCode::OK, 0, file.bytes),
        Part::Range { first, last } => {
            let range = format!("bytes {first}-{last}/{}", file.bytes);
            out.insert(header::CONTENT_RANGE, text(&range));
            (StatusCode::PARTIAL_CONTENT, first, last - first + 1)
        }
        Part::Outside => {
            let range = format!("bytes */{}", file.bytes);
            out.insert(header::CONTENT_RANGE, text(&range));
            return answer(StatusCode::RANGE_NOT_SATISFIABLE, out, Body::empty());
        }
    };
    out.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    answer(status, out, body(file.reader, first, length))
}

fn answer(status: StatusCode, headers: HeaderMap, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Reads on the blocking pool, a piece at a time: a client who stalls keeps no thread.
fn body(reader: Box<dyn ReadSeek + Send>, first: u64, length: u64) -> Body {
    let (pieces, taken) = mpsc::channel::<io::Result<Bytes>>(AHEAD);
    tokio::spawn(async move {
        let mut at = Some((reader, SeekFrom::Start(first), length));
        while let Some((reader, from, left)) = at.take() {
            let read = tokio::task::spawn_blocking(move || read_piece(reader, from, left)).await;
            let (piece, reader, left) = match read {
                Ok(Ok(read)) => read,
                Ok(Err(error)) => {
                    tracing::error!(%error, "a file of the vault could not be read to its end");
                    let _ = pieces.send(Err(error)).await;
                    return;
                }
                Err(_) => return,
            };
            // The client has gone when nobody takes the piece.
            if pieces.send(Ok(piece)).await.is_err() {
                return;
            }
            at = (left > 0).then_some((reader, SeekFrom::Current(0), left));
        }
    });
    Body::from_stream(stream::unfold(taken, |mut taken| async move {
        taken.recv().await.map(|piece| (piece, taken))
    }))
}

type Piece = (Bytes, Box<dyn ReadSeek + Send>, u64);

fn read_piece(
    mut reader: Box<dyn ReadSeek + Send>,
    from: SeekFrom,
    left: u64,
) -> io::Result<Piece> {
    if let SeekFrom::Start(_) = from {
        reader.seek(from)?;
    }
    let length = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
    let mut piece = vec![0; length];
    reader.read_exact(&mut piece)?;
    let read = u64::try_from(length).unwrap_or(u64::MAX);
    Ok((piece.into(), reader, left.saturating_sub(read)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn file() -> AudioFile {
        let bytes: Vec<u8> = (0..300_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        AudioFile {
            file_name: "Song.wav".to_owned(),
            mime: "audio/wav",
            bytes: 300_000,
            etag: "abc".to_owned(),
            reader: Box::new(Cursor::new(bytes)),
            wav: None,
            loudness: None,
        }
    }

    async fn get(range: Option<&str>) -> (StatusCode, HeaderMap, Bytes) {
        let mut headers = HeaderMap::new();
        if let Some(range) = range {
            headers.insert(header::RANGE, range.parse().unwrap());
        }
        let (parts, body) = send(file(), &headers, Manner::Inline).into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        (parts.status, parts.headers, body)
    }

    #[tokio::test]
    async fn a_part_is_what_the_whole_holds_there() {
        let (status, headers, whole) = get(None).await;
        assert_eq!((status, whole.len()), (StatusCode::OK, 300_000));
        assert_eq!(headers[header::ETAG], "\"abc\"");
        for (range, first, last) in [
            ("bytes=0-0", 0, 0),
            ("bytes=131071-131072", 131_071, 131_072),
            ("bytes=100-299999", 100, 299_999),
            ("bytes=-5", 299_995, 299_999),
        ] {
            let (status, headers, part) = get(Some(range)).await;
            assert_eq!(status, StatusCode::PARTIAL_CONTENT);
            assert_eq!(part, whole.slice(first..=last), "{range}");
            let told = format!("bytes {first}-{last}/300000");
            assert_eq!(headers[header::CONTENT_RANGE].to_str().unwrap(), told);
        }
    }

    #[tokio::test]
    async fn a_part_beyond_the_end_is_refused_with_the_length() {
        let (status, headers, body) = get(Some("bytes=300000-")).await;
        assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(headers[header::CONTENT_RANGE], "bytes */300000");
        assert!(body.is_empty());
    }

    #[tokio::test]
    async fn a_browser_that_has_it_is_told_so() {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, "\"x\", \"abc\"".parse().unwrap());
        let response = send(file(), &headers, Manner::Inline);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    }
}
