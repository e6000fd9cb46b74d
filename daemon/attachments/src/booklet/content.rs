//! What a page draws (ISO 32000-1, 8 and 9): its colours, its fonts as they are written with, its pictures where they lie.

use std::collections::{BTreeMap, BTreeSet};

use hayro_syntax::Filter;
use hayro_syntax::content::{Instruction, UntypedIter};
use hayro_syntax::object::{Array, Dict, Name, Object, Rect, Stream};
use hayro_syntax::page::Resources;

use super::streams::{Budget, content};
use super::{NoBooklet, PlacedPicture, UnembeddedFont, colour, fonts};

/// How deep forms may lie in each other.
const DEEPEST: u32 = 12;
/// Pictures that are kept of a page, coarsest first.
const MOST_PICTURES: usize = 20;
/// Broken things that are named of a page.
const MOST_BROKEN: usize = 5;
/// Colours that are named of a page.
const MOST_COLOURS: usize = 20;

/// A transformation of the plane: `a b c d e f` of 8.3.4.
pub(super) type Matrix = [f64; 6];

/// One that changes nothing.
pub(super) const AS_IT_IS: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
/// One in which nothing has a size, for drawings whose size is not followed.
const NOWHERE: Matrix = [0.0; 6];

/// First `first`, then `then`.
fn after(first: Matrix, then: Matrix) -> Matrix {
    let [a, b, c, d, e, f] = first;
    let [ta, tb, tc, td, te, tf] = then;
    [
        a * ta + b * tc,
        a * tb + b * td,
        c * ta + d * tc,
        c * tb + d * td,
        e * ta + f * tc + te,
        e * tb + f * td + tf,
    ]
}

/// The matrix that a dictionary holds; one that changes nothing where it holds none.
fn matrix_of(dict: &Dict<'_>, key: &str) -> Matrix {
    let numbers = dict.get::<Array<'_>>(key);
    let numbers: Vec<f64> =
        numbers.map_or_else(Vec::new, |all| all.iter::<f64>().take(6).collect());
    numbers.try_into().unwrap_or(AS_IT_IS)
}

/// What was found of a page so far.
pub(super) struct Drawn<'b> {
    budget: &'b mut Budget,
    /// What of the page is shown, in its own units.
    shown: Rect,
    /// Points to the page's unit.
    unit: f64,
    /// Names of fonts that do not come with the file, and whether a letter is written with them.
    fonts: BTreeMap<String, bool>,
    colours: BTreeSet<String>,
    pictures: Vec<PlacedPicture>,
    broken: BTreeSet<String>,
}

/// What holds between `q` and `Q`.
#[derive(Clone)]
struct State {
    to_page: Matrix,
    /// The font, where it does not come with the file.
    missing_font: Option<String>,
}

impl<'b> Drawn<'b> {
    pub(super) fn new(budget: &'b mut Budget, shown: Rect, unit: f64) -> Self {
        Self {
            budget,
            shown,
            unit,
            fonts: BTreeMap::new(),
            colours: BTreeSet::new(),
            pictures: Vec::new(),
            broken: BTreeSet::new(),
        }
    }

    pub(super) fn fonts(&self) -> Vec<UnembeddedFont> {
        let fonts = self.fonts.iter();
        fonts
            .map(|(name, is_written)| UnembeddedFont {
                name: name.clone(),
                is_written: *is_written,
            })
            .collect()
    }

    pub(super) fn colours(&self) -> Vec<String> {
        self.colours.iter().take(MOST_COLOURS).cloned().collect()
    }

    pub(super) fn pictures(&mut self) -> Vec<PlacedPicture> {
        self.keep_coarsest();
        std::mem::take(&mut self.pictures)
    }

    pub(super) fn broken(&self) -> impl Iterator<Item = String> {
        self.broken.iter().take(MOST_BROKEN).cloned()
    }

    pub(super) fn is_broken(&mut self, what: impl Into<String>) {
        self.broken.insert(what.into());
    }

    /// Fonts that a page's resources name, written with or not.
    pub(super) fn named_fonts(&mut self, resources: &Resources<'_>) {
        for name in resources.fonts.keys() {
            let font = resources.get_font(&name);
            if let Some(missing) = font.as_ref().and_then(fonts::not_embedded) {
                self.fonts.entry(missing).or_insert(false);
            }
        }
    }

    /// The colour space in which a page or form is blended (11.6.6).
    pub(super) fn group(&mut self, dict: &Dict<'_>, resources: &Resources<'_>) {
        let group = dict.get::<Dict<'_>>("Group");
        let space = group.and_then(|group| group.get::<Object<'_>>("CS"));
        self.space(space.as_ref(), resources, "transparency");
    }

    fn space(&mut self, space: Option<&Object<'_>>, resources: &Resources<'_>, of: &str) {
        let foreign = space.and_then(|space| colour::foreign(space, resources));
        self.colour(foreign, of);
    }

    fn colour(&mut self, foreign: Option<String>, of: &str) {
        if let Some(foreign) = foreign {
            self.colours.insert(format!("{foreign} in {of}"));
        }
    }

    /// Follows what a stream draws.
    pub(super) fn follow(
        &mut self,
        data: &[u8],
        resources: &Resources<'_>,
        (to_page, depth): (Matrix, u32),
    ) -> Result<(), NoBooklet> {
        if depth > DEEPEST {
            return Err(NoBooklet::TooIntricate(
                "drawings lie too deep in each other",
            ));
        }
        let mut state = State {
            to_page,
            missing_font: None,
        };
        let mut kept = Vec::new();
        let mut operators = UntypedIter::new(data);
        while let Some(instruction) = operators.next() {
            self.budget.operator()?;
            match &**instruction.operator {
                b"q" => kept.push(state.clone()),
                b"Q" => state = kept.pop().unwrap_or(state),
                b"cm" => {
                    if let Ok(own) = Matrix::try_from(numbers(&instruction)) {
                        state.to_page = after(own, state.to_page);
                    }
                }
                b"Tf" => state.missing_font = self.font(&instruction, resources, depth)?,
                b"Tj" | b"TJ" | b"'" | b"\"" => {
                    if let Some(font) = &state.missing_font {
                        self.fonts.insert(font.clone(), true);
                    }
                }
                b"Do" => self.object(&instruction, resources, (state.to_page, depth))?,
                b"BI" => self.inline_picture(&instruction, resources, state.to_page),
                b"gs" => self.settings(&instruction, resources, (state.to_page, depth))?,
                _ => self.colours_of(&instruction, resources, (to_page, depth))?,
            }
        }
        Ok(())
    }

    /// Operators that set colours, or paint a shading. A pattern lies on the page, not where it is painted (8.7.2).
    fn colours_of(
        &mut self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'_>,
        place: (Matrix, u32),
    ) -> Result<(), NoBooklet> {
        match &**instruction.operator {
            b"k" | b"K" => self.colour(Some("CMYK".to_owned()), "drawing"),
            b"cs" | b"CS" => {
                let foreign = name(instruction).and_then(|n| colour::foreign_name(n, resources));
                self.colour(foreign, "drawing");
            }
            b"scn" | b"SCN" => {
                if let Some(pattern) = name(instruction).and_then(|n| resources.get_pattern(n)) {
                    self.pattern(&pattern, resources, place)?;
                }
            }
            b"sh" => {
                let shading = name(instruction).and_then(|n| resources.get_shading(n));
                self.shading(shading.as_ref(), resources);
            }
            _ => {}
        }
        Ok(())
    }

    fn shading(&mut self, shading: Option<&Object<'_>>, resources: &Resources<'_>) {
        let dict = shading.and_then(dict_of);
        let space = dict.and_then(|dict| dict.get::<Object<'_>>("ColorSpace"));
        self.space(space.as_ref(), resources, "a gradient");
    }

    fn pattern(
        &mut self,
        pattern: &Object<'_>,
        resources: &Resources<'_>,
        (to_page, depth): (Matrix, u32),
    ) -> Result<(), NoBooklet> {
        match pattern {
            Object::Stream(tile) => self.form(tile, resources, (to_page, depth)),
            Object::Dict(dict) => {
                self.shading(dict.get::<Object<'_>>("Shading").as_ref(), resources);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A stream that draws by itself; its resources are its own, or those of whoever draws it.
    pub(super) fn form(
        &mut self,
        form: &Stream<'_>,
        around: &Resources<'_>,
        (to_page, depth): (Matrix, u32),
    ) -> Result<(), NoBooklet> {
        let dict = form.dict();
        let own = dict.get::<Dict<'_>>("Resources").map(Resources::new);
        let to_page = after(matrix_of(dict, "Matrix"), to_page);
        let Some(data) = content(form, self.budget)? else {
            self.is_broken("holds a drawing that does not unpack");
            return Ok(());
        };
        match own {
            Some(own) => {
                self.named_fonts(&own);
                self.group(dict, &own);
                self.follow(&data, &own, (to_page, depth + 1))
            }
            None => self.follow(&data, around, (to_page, depth + 1)),
        }
    }

    /// A font is set; its name where it does not come with the file.
    fn font(
        &mut self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'_>,
        depth: u32,
    ) -> Result<Option<String>, NoBooklet> {
        let Some(name) = name(instruction) else {
            return Ok(None);
        };
        let Some(font) = resources.get_font(name) else {
            self.is_broken(format!(
                "writes with /{}, a font that is not there",
                short(name)
            ));
            return Ok(None);
        };
        if font.get::<Name<'_>>("Subtype").as_deref() == Some(b"Type3") {
            self.drawn_letters(&font, resources, depth)?;
        }
        let missing = fonts::not_embedded(&font);
        if let Some(missing) = &missing {
            self.fonts.entry(missing.clone()).or_insert(false);
        }
        Ok(missing)
    }

    /// Letters that are drawings: their colours count, and their size is not followed.
    fn drawn_letters(
        &mut self,
        font: &Dict<'_>,
        around: &Resources<'_>,
        depth: u32,
    ) -> Result<(), NoBooklet> {
        let own = font.get::<Dict<'_>>("Resources").map(Resources::new);
        let letters = font.get::<Dict<'_>>("CharProcs").unwrap_or_default();
        for letter in letters.keys() {
            let Some(drawing) = letters.get::<Stream<'_>>(&letter) else {
                continue;
            };
            let place = (NOWHERE, depth);
            self.form(&drawing, own.as_ref().unwrap_or(around), place)?;
        }
        Ok(())
    }

    fn settings(
        &mut self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'_>,
        place: (Matrix, u32),
    ) -> Result<(), NoBooklet> {
        let settings = name(instruction).and_then(|n| resources.get_ext_g_state(n));
        let mask = settings.and_then(|settings| settings.get::<Dict<'_>>("SMask"));
        match mask.and_then(|mask| mask.get::<Stream<'_>>("G")) {
            Some(group) => self.form(&group, resources, place),
            None => Ok(()),
        }
    }

    fn object(
        &mut self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'_>,
        place: (Matrix, u32),
    ) -> Result<(), NoBooklet> {
        let Some(name) = name(instruction) else {
            return Ok(());
        };
        let Some(object) = resources.get_x_object(name) else {
            self.is_broken(format!("draws /{}, which is not there", short(name)));
            return Ok(());
        };
        match object.dict().get::<Name<'_>>("Subtype").as_deref() {
            Some(b"Form") => self.form(&object, resources, place),
            Some(b"Image") => {
                let called = format!("/{}", short(name));
                self.picture(&object, resources, (&called, place.0));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn inline_picture(
        &mut self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'_>,
        to_page: Matrix,
    ) {
        if let Some(Object::Stream(picture)) = instruction.operands().last() {
            self.picture(picture, resources, ("a picture within the page", to_page));
        }
    }

    fn picture(
        &mut self,
        picture: &Stream<'_>,
        resources: &Resources<'_>,
        (called, to_page): (&str, Matrix),
    ) {
        let dict = picture.dict();
        let number = |keys: [&str; 2]| keys.iter().find_map(|key| dict.get::<u32>(key));
        let is_stencil = |key| dict.get::<bool>(key) == Some(true);
        let is_stencil = is_stencil("ImageMask") || is_stencil("IM");
        let space = dict.get::<Object<'_>>("ColorSpace");
        let space = space.or_else(|| dict.get::<Object<'_>>("CS"));
        let size = number(["Width", "W"]).zip(number(["Height", "H"]));
        let Some((width_px, height_px)) = size else {
            self.is_broken(format!("draws {called}, a picture without a size"));
            return;
        };
        if !is_stencil {
            let of = format!("the picture {called}");
            self.space(space.as_ref(), resources, &of);
            if space.is_none() && picture.filters().contains(&Filter::JpxDecode) {
                self.colours
                    .insert(format!("JPEG 2000 of unknown colours in {of}"));
            }
        }
        // A stencil of one pixel is how some programs fill a rectangle.
        let is_fill = is_stencil && (width_px, height_px) == (1, 1);
        let Some((wide, high)) = self.placed(to_page).filter(|_| !is_fill) else {
            return;
        };
        let inches = |units: f64| units * self.unit / 72.0;
        let dpi = f64::min(
            f64::from(width_px) / inches(wide),
            f64::from(height_px) / inches(high),
        );
        self.pictures.push(PlacedPicture {
            name: called.to_owned(),
            width_px,
            height_px,
            dpi,
        });
        if self.pictures.len() > 4 * MOST_PICTURES {
            self.keep_coarsest();
        }
    }

    fn keep_coarsest(&mut self) {
        self.pictures.sort_by(|a, b| a.dpi.total_cmp(&b.dpi));
        self.pictures.dedup();
        self.pictures.truncate(MOST_PICTURES);
    }

    /// The sides of a picture on the page, in its units; none where nothing of it is seen.
    fn placed(&self, [a, b, c, d, e, f]: Matrix) -> Option<(f64, f64)> {
        let (wide, high) = (a.hypot(b), c.hypot(d));
        let is_sized = wide.is_finite() && high.is_finite() && wide > 0.0 && high > 0.0;
        let xs = [e, e + a, e + c, e + a + c];
        let ys = [f, f + b, f + d, f + b + d];
        let least = |all: [f64; 4]| all.into_iter().fold(f64::INFINITY, f64::min);
        let most = |all: [f64; 4]| all.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let is_seen = least(xs) < self.shown.x1
            && most(xs) > self.shown.x0
            && least(ys) < self.shown.y1
            && most(ys) > self.shown.y0;
        (is_sized && is_seen).then_some((wide, high))
    }
}

fn numbers(instruction: &Instruction<'_, '_>) -> Vec<f64> {
    let operands = instruction.operands().take(7);
    let numbers = operands.filter_map(|operand| match operand {
        Object::Number(number) => Some(number.as_f64()),
        _ => None,
    });
    numbers.collect()
}

/// The last name that an operator is given.
fn name<'b, 'a>(instruction: &Instruction<'b, 'a>) -> Option<&'b Name<'a>> {
    let names = instruction.operands().filter_map(|operand| match operand {
        Object::Name(name) => Some(name),
        _ => None,
    });
    names.last()
}

fn dict_of<'b, 'a>(object: &'b Object<'a>) -> Option<&'b Dict<'a>> {
    match object {
        Object::Dict(dict) => Some(dict),
        Object::Stream(stream) => Some(stream.dict()),
        _ => None,
    }
}

fn short(name: &Name<'_>) -> String {
    name.as_str().chars().take(40).collect()
}
