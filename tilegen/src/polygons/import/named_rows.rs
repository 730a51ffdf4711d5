//! The rows of a folder with the same name, which are one area with several polygons.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use geo::{Area as _, BooleanOps, BoundingRect, Intersects, MultiPolygon, unary_union};

use crate::files::short_name;
use crate::polygons::{Area, AreaError, AreaFault, BoxTree, validity};

/// Polygons may overlap by this share of the smallest one: borders are seldom drawn exactly.
const MAX_SHARED: f64 = 0.1;

/// The polygons, which leave none behind.
fn take(polygons: &mut MultiPolygon) -> MultiPolygon {
    std::mem::replace(polygons, MultiPolygon::new(Vec::new()))
}

/// An area, and the rows that it comes from.
pub(super) struct NamedRows {
    /// The area, without polygons until the rows are joined.
    area: Area,
    path: PathBuf,
    has_numeric_key: bool,
    rows: Vec<Row>,
}

/// A row of an area.
struct Row {
    number: u64,
    name: String,
    polygons: MultiPolygon,
    has_people: bool,
}

impl NamedRows {
    /// The first row of an area.
    pub(super) fn new(mut area: Area, path: &Path, number: u64, has_numeric_key: bool) -> Self {
        let row = Row::take(&mut area, number);
        Self { area, path: path.to_owned(), has_numeric_key, rows: vec![row] }
    }

    /// Adds a row with the same id. A number must be unique, and a name must be in one file.
    pub(super) fn add(&mut self, mut new: Self, key: &str) -> Result<(), AreaFault> {
        let is_same = |a: &Area, b: &Area| (a.kind, a.city) == (b.kind, b.city);
        if !is_same(&self.area, &new.area)
            || !(self.has_numeric_key || self.area.normalised == new.area.normalised)
        {
            return Err(AreaFault::IdCollision(self.area.name.clone()));
        }
        let (first, is_other_file) = (self.rows[0].number, self.path != new.path);
        if self.has_numeric_key || new.has_numeric_key {
            let of_file = if is_other_file {
                format!(" of {}; remove the old file", self.path.display())
            } else {
                String::new()
            };
            return Err(AreaFault::DuplicateKey { key: key.to_owned(), first, of_file });
        }
        if is_other_file {
            return Err(AreaFault::NameInTwoFiles { first, path: self.path.clone() });
        }
        let (kept, added) = (&mut self.area.attributes, &new.area.attributes);
        kept.population = match (kept.population, added.population) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        kept.hectares = kept.hectares.zip(added.hectares).map(|(one, other)| one + other);
        self.rows.append(&mut new.rows);
        Ok(())
    }

    /// The area with the polygons of its rows. Rows with people may not overlap, because the people who live
    /// there would be counted twice.
    pub(super) fn join(mut self) -> Result<Area, AreaError> {
        self.area.polygons = match &mut self.rows[..] {
            [only] => take(&mut only.polygons),
            rows => {
                let parts: Vec<&MultiPolygon> = rows.iter().map(|row| &row.polygons).collect();
                if validity::do_any_meet(&parts) {
                    let union = unary_union(parts);
                    self.check_people(&union)?;
                    union
                } else {
                    rows.iter_mut().flat_map(|row| take(&mut row.polygons)).collect()
                }
            }
        };
        Ok(self.area)
    }

    fn check_people(&self, union: &MultiPolygon) -> Result<(), AreaError> {
        if self.rows.iter().filter(|row| row.has_people).count() < 2 {
            return Ok(());
        }
        let surfaces = || self.rows.iter().map(|row| row.polygons.unsigned_area());
        let smallest = surfaces().fold(f64::INFINITY, f64::min);
        if surfaces().sum::<f64>() - union.unsigned_area() <= MAX_SHARED * smallest {
            return Ok(());
        }
        let (first, second) = self.overlapping_rows(MAX_SHARED * smallest);
        Err(AreaError::Area {
            path: self.path.clone(),
            row: second.number,
            name: format!("`{}`", short_name(&second.name)),
            fault: AreaFault::PeopleTwice { first: first.number },
        })
    }

    /// The first two rows that share a surface, in square degrees; the first and the last row if many rows
    /// share a little.
    fn overlapping_rows(&self, surface: f64) -> (&Row, &Row) {
        for (index, second) in self.rows.iter().enumerate() {
            let mut before = self.rows[..index].iter();
            if let Some(first) = before.find(|first| first.shares(second, surface)) {
                return (first, second);
            }
        }
        (&self.rows[0], &self.rows[self.rows.len() - 1])
    }
}

/// Fails if areas of one kind in two files overlap: one of the files is then an older export of the same areas,
/// and its people would count twice.
pub(super) fn check_files_apart<'a>(
    areas: impl Iterator<Item = &'a NamedRows>,
) -> Result<(), AreaError> {
    let mut rows: Vec<(&NamedRows, &Row)> =
        areas.flat_map(|area| area.rows.iter().map(move |row| (area, row))).collect();
    rows.sort_by(|a, b| (&a.0.path, a.1.number).cmp(&(&b.0.path, b.1.number)));
    let is_one_file = rows.iter().all(|(area, _)| area.path == rows[0].0.path);
    if is_one_file {
        return Ok(());
    }
    rows.retain(|(_, row)| row.polygons.bounding_rect().is_some());
    let boxes = rows.iter().filter_map(|(_, row)| row.polygons.bounding_rect()).collect();
    let mut found = None;
    BoxTree::new(boxes).for_each_pair(&mut |one, other| {
        let (first, second) = (rows[one.min(other)], rows[one.max(other)]);
        let place = |rows: &NamedRows| (rows.area.kind, rows.area.city);
        let is_pair = first.0.path != second.0.path && place(first.0) == place(second.0);
        if is_pair && first.1.covers_much_of(second.1) {
            found = Some((first, second));
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    let Some(((first, _), (area, row))) = found else { return Ok(()) };
    Err(AreaError::Area {
        path: area.path.clone(),
        row: row.number,
        name: format!("`{}`", short_name(&row.name)),
        fault: AreaFault::OverlapsOtherFile {
            name: short_name(&first.area.name),
            path: first.path.clone(),
        },
    })
}

impl Row {
    /// Whether two rows share at least half of the smaller one's surface.
    fn covers_much_of(&self, other: &Self) -> bool {
        let smaller = self.polygons.unsigned_area().min(other.polygons.unsigned_area());
        self.shares(other, smaller / 2.0)
    }

    fn take(area: &mut Area, number: u64) -> Self {
        Self {
            number,
            name: area.name.clone(),
            polygons: take(&mut area.polygons),
            has_people: area.attributes.population.is_some_and(|people| people > 0),
        }
    }

    fn shares(&self, other: &Self, surface: f64) -> bool {
        let bounds = self.polygons.bounding_rect().zip(other.polygons.bounding_rect());
        bounds.is_some_and(|(one, other)| one.intersects(&other))
            && self.polygons.intersection(&other.polygons).unsigned_area() > surface
    }
}
