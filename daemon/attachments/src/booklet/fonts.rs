//! Fonts of a PDF: whether their letters come with the file (ISO 32000-1, 9.9).

use hayro_syntax::object::{Array, Dict, Name, Stream};

/// A font's name, where its letters do not come with the file.
pub(super) fn not_embedded(font: &Dict<'_>) -> Option<String> {
    let subtype = font.get::<Name<'_>>("Subtype");
    match subtype.as_deref() {
        // Its letters are drawings of the file's own.
        Some(b"Type3") => None,
        Some(b"Type0") => {
            let descendants = font.get::<Array<'_>>("DescendantFonts");
            let descendant = descendants.and_then(|all| all.iter::<Dict<'_>>().next());
            match descendant {
                Some(descendant) if has_letters(&descendant) => None,
                _ => Some(name_of(font)),
            }
        }
        _ if has_letters(font) => None,
        _ => Some(name_of(font)),
    }
}

fn has_letters(font: &Dict<'_>) -> bool {
    let Some(descriptor) = font.get::<Dict<'_>>("FontDescriptor") else {
        return false;
    };
    ["FontFile", "FontFile2", "FontFile3"].iter().any(|key| {
        let file = descriptor.get::<Stream<'_>>(key);
        file.is_some_and(|file| !file.raw_data().is_empty())
    })
}

/// The font's name without the mark of a subset (9.6.4: six capitals and a plus).
fn name_of(font: &Dict<'_>) -> String {
    let name = font.get::<Name<'_>>("BaseFont");
    let name = name.as_ref().map_or("a font without a name", Name::as_str);
    let bare = match name.split_once('+') {
        Some((mark, bare)) if mark.len() == 6 => bare,
        _ => name,
    };
    bare.chars().take(80).collect()
}
