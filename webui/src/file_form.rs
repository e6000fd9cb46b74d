//! A form of ours with a file in it.

use axum::extract::Request;
use axum::extract::multipart::Field;
use axum::http::StatusCode;
use studio::Denied;

use crate::Web;
use crate::form::{Fields, check_token, foreign, unreadable, with_files};
use crate::trouble::Trouble;
use crate::upload::{Pieces, pumped};

/// Bytes of a field that is no file.
const LARGEST_FIELD: usize = 4096;

/// What a form with one file says: its fields, and what the file is called.
pub(crate) struct FileForm {
    pub(crate) fields: Fields,
    pub(crate) file_name: String,
}

/// Reads a form with one file and gives the file on as it comes. Seal and fields stand before the file in our forms,
/// so nothing unsealed reaches the disk; what stands behind it is not read.
///
/// # Errors
/// A form of somebody else's page; one without a file, for which the page has the words. What is refused of the file
/// is the inner result.
pub(crate) async fn with_one_file<T, F>(
    (web, request): (&Web, Request),
    missing: &'static str,
    take: impl FnOnce(FileForm, Pieces) -> F,
) -> Result<Result<T, Denied>, Trouble>
where
    F: Future<Output = Result<T, Denied>>,
{
    let (parts, mut form) = with_files(request, web).await?;
    let mut fields = Fields(Vec::new());
    let mut is_sealed = false;
    while let Some(mut field) = form.next_field().await.map_err(|_| unreadable())? {
        let name = field.name().unwrap_or("").to_owned();
        if let Some(file_name) = field.file_name() {
            if !is_sealed {
                return Err(foreign());
            }
            let file_name = file_name.to_owned();
            let said = FileForm { fields, file_name };
            return Ok(pumped(field, |body| take(said, body)).await);
        }
        let value = small(&mut field).await?;
        if name == "form_token" {
            check_token(web, &parts, &value)?;
            is_sealed = true;
        } else {
            fields.0.push((name, value));
        }
    }
    Err(Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, missing))
}

/// The text of a field that is no file.
pub(crate) async fn small(field: &mut Field<'_>) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|_| unreadable())? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > LARGEST_FIELD {
            return Err(unreadable());
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
