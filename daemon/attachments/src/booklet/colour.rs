//! Colour spaces of a PDF (ISO 32000-1, 8.6): which are neither RGB nor grey.

use hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use hayro_syntax::page::Resources;

/// How deep spaces may lie in each other: a pattern over a palette over an alternate is three.
const DEEPEST: u32 = 6;

/// What a colour space is, in words, where it is neither RGB nor grey.
pub(super) fn foreign(space: &Object<'_>, resources: &Resources<'_>) -> Option<String> {
    at_depth(space, resources, 0)
}

/// The same for a space that is called by its name in a page's resources.
pub(super) fn foreign_name(name: &Name<'_>, resources: &Resources<'_>) -> Option<String> {
    named(name, resources, 0)
}

fn named(name: &Name<'_>, resources: &Resources<'_>, depth: u32) -> Option<String> {
    match &**name {
        b"DeviceGray" | b"G" | b"DeviceRGB" | b"RGB" | b"CalGray" | b"CalRGB" | b"Pattern" => None,
        b"DeviceCMYK" | b"CMYK" => Some("CMYK".to_owned()),
        _ => at_depth(&resources.get_color_space(name)?, resources, depth + 1),
    }
}

fn at_depth(space: &Object<'_>, resources: &Resources<'_>, depth: u32) -> Option<String> {
    if depth > DEEPEST {
        return Some("a colour space that cannot be followed".to_owned());
    }
    match space {
        Object::Name(name) => named(name, resources, depth),
        Object::Array(array) => family(array, resources, depth),
        _ => None,
    }
}

fn family(array: &Array<'_>, resources: &Resources<'_>, depth: u32) -> Option<String> {
    let mut parts = array.flex_iter();
    let family = parts.next::<Name<'_>>()?;
    match &*family {
        b"ICCBased" => icc(parts.next::<Stream<'_>>()?.dict()),
        b"Indexed" | b"I" | b"Pattern" => {
            at_depth(&parts.next::<Object<'_>>()?, resources, depth + 1)
        }
        b"Separation" => {
            let ink = parts.next::<Name<'_>>()?;
            match &*ink {
                b"All" => Some("the registration colour of a printer".to_owned()),
                b"None" => None,
                _ => Some(format!("the spot colour {}", shown(&ink))),
            }
        }
        b"DeviceN" => {
            let inks = parts.next::<Array<'_>>()?;
            let inks: Vec<String> = inks
                .iter::<Name<'_>>()
                .take(8)
                .map(|ink| shown(&ink))
                .collect();
            Some(format!("the inks {}", inks.join(", ")))
        }
        b"Lab" => Some("Lab".to_owned()),
        _ => named(&family, resources, depth),
    }
}

fn icc(profile: &Dict<'_>) -> Option<String> {
    match profile.get::<i32>("N") {
        Some(1 | 3) => None,
        Some(4) => Some("CMYK by an ICC profile".to_owned()),
        _ => Some("an ICC profile of other colours".to_owned()),
    }
}

fn shown(ink: &Name<'_>) -> String {
    let ink: String = ink.as_str().chars().take(60).collect();
    format!("\u{201c}{ink}\u{201d}")
}
