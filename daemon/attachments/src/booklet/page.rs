//! A page: its boxes (ISO 32000-1, 14.11.2), what it draws, what it links to.

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Object, Rect, Stream};
use hayro_syntax::page::{Page, Rotation};

use super::content::{AS_IT_IS, Drawn};
use super::streams::{Budget, content};
use super::{BookletPage, NoBooklet, actions};

/// Millimetres to the point.
const MM: f64 = 25.4 / 72.0;
/// How far boxes may lie apart and count as the same, in millimetres: exporters round.
const SAME_MM: f64 = 0.2;
/// Annotations of a page that are looked at.
const MOST_ANNOTATIONS: usize = 2_000;

/// Reads a page.
pub(super) fn read(
    page: &Page<'_>,
    budget: &mut Budget,
    broken: &mut Vec<String>,
) -> Result<BookletPage, NoBooklet> {
    let shown = page.intersected_crop_box();
    let unit = page.raw().get::<f64>("UserUnit");
    let unit = unit.filter(|unit| unit.is_finite() && *unit > 0.0);
    let unit = unit.unwrap_or(1.0);
    let (wide, high) = (
        (shown.x1 - shown.x0) * unit * MM,
        (shown.y1 - shown.y0) * unit * MM,
    );
    let (width_mm, height_mm) = match page.rotation() {
        Rotation::None | Rotation::Flipped => (wide, high),
        Rotation::Horizontal | Rotation::FlippedHorizontal => (high, wide),
    };
    let streams = contents(page, budget, broken)?;
    let mut drawn = Drawn::new(budget, shown, unit);
    let resources = page.resources();
    drawn.named_fonts(resources);
    drawn.group(page.raw(), resources);
    drawn.follow(&streams, resources, (AS_IT_IS, 0))?;
    let annotations = page.raw().get::<Array<'_>>("Annots");
    let annotations = annotations.map(|all| all.iter::<Dict<'_>>());
    let annotations: Vec<Dict<'_>> = annotations
        .into_iter()
        .flatten()
        .take(MOST_ANNOTATIONS)
        .collect();
    for annotation in &annotations {
        appearance(annotation, page, &mut drawn)?;
    }
    broken.extend(drawn.broken());
    let mut read = BookletPage {
        width_mm,
        height_mm,
        marks: marks(page, shown, unit),
        fonts: drawn.fonts(),
        colours: drawn.colours(),
        pictures: drawn.pictures(),
        links: Vec::new(),
        actions: Vec::new(),
    };
    actions::of_page(page.raw(), &annotations, &mut read);
    Ok(read)
}

/// All that the page's own streams draw, one behind the other.
fn contents(
    page: &Page<'_>,
    budget: &mut Budget,
    broken: &mut Vec<String>,
) -> Result<Vec<u8>, NoBooklet> {
    let raw = page.raw();
    let streams: Vec<Option<Stream<'_>>> = match raw.get::<Object<'_>>("Contents") {
        Some(Object::Stream(stream)) => vec![Some(stream)],
        Some(Object::Array(array)) => {
            let parts = array.iter::<Object<'_>>();
            parts.map(Object::into_stream).collect()
        }
        // A page may be empty.
        None if !raw.contains_key("Contents") => Vec::new(),
        _ => vec![None],
    };
    let mut all = Vec::new();
    for stream in streams {
        let part = match &stream {
            Some(stream) => content(stream, budget)?,
            None => None,
        };
        match part {
            Some(part) => {
                all.extend_from_slice(&part);
                all.push(b'\n');
            }
            None => broken.push("has a content that cannot be read".to_owned()),
        }
    }
    Ok(all)
}

/// Boxes of a printer's that differ from what is shown.
fn marks(page: &Page<'_>, shown: Rect, unit: f64) -> Vec<String> {
    let differs = |of: Rect| {
        let sides = [
            of.x0 - shown.x0,
            of.y0 - shown.y0,
            of.x1 - shown.x1,
            of.y1 - shown.y1,
        ];
        sides.iter().any(|by| by.abs() * unit * MM > SAME_MM)
    };
    let in_mm = |of: Rect| {
        format!(
            "{:.1} × {:.1} mm",
            (of.x1 - of.x0) * unit * MM,
            (of.y1 - of.y0) * unit * MM
        )
    };
    let mut said = Vec::new();
    for (key, is) in [("TrimBox", "a trim box of"), ("BleedBox", "a bleed box of")] {
        let own = page.raw().get::<Rect>(key);
        if let Some(own) = own.filter(|own| differs(*own)) {
            said.push(format!("{is} {}", in_mm(own)));
        }
    }
    let sheet = page.media_box();
    if differs(sheet) {
        said.push(format!("a sheet around it of {}", in_mm(sheet)));
    }
    said
}

/// What an annotation looks like, drawn into its rectangle (12.5.5).
fn appearance(
    annotation: &Dict<'_>,
    page: &Page<'_>,
    drawn: &mut Drawn<'_>,
) -> Result<(), NoBooklet> {
    let looks = annotation.get::<Dict<'_>>("AP");
    let normal = looks.and_then(|looks| looks.get::<Object<'_>>("N"));
    let all: Vec<Stream<'_>> = match normal {
        Some(Object::Stream(stream)) => vec![stream],
        Some(Object::Dict(states)) => {
            let names: Vec<_> = states.keys().collect();
            let states = names.iter().map(|name| states.get::<Stream<'_>>(name));
            states.flatten().collect()
        }
        _ => Vec::new(),
    };
    let rect = annotation.get::<Rect>("Rect").unwrap_or(Rect::ZERO);
    for look in all {
        let own = look.dict().get::<Rect>("BBox").unwrap_or(rect);
        let scale = |to: f64, from: f64| if from > 0.0 { to / from } else { 1.0 };
        let wide = scale(rect.x1 - rect.x0, own.x1 - own.x0);
        let high = scale(rect.y1 - rect.y0, own.y1 - own.y0);
        let to_page = [
            wide,
            0.0,
            0.0,
            high,
            rect.x0 - own.x0 * wide,
            rect.y0 - own.y0 * high,
        ];
        drawn.form(&look, page.resources(), (to_page, 0))?;
    }
    Ok(())
}

/// That the file promises another number of pages than it has.
pub(super) fn count_differs(pdf: &Pdf) -> Option<String> {
    let root = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id())?;
    let promised = root.get::<Dict<'_>>("Pages")?.get::<i32>("Count")?;
    let found = pdf.pages().len();
    (usize::try_from(promised) != Ok(found))
        .then(|| format!("it promises {promised} pages and has {found}"))
}
