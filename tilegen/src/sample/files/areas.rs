//! Marketing areas: one CSV file of polygons per city. Names contain the errors of files that are edited
//! by hand.

use std::fmt::Write as _;
use std::path::Path;

use geo::{Polygon, Scale};
use tilecore::text::BOM;

use super::writer;
use crate::sample::city::City;
use crate::sample::{SampleError, partition};

/// One area in this many is slightly too large and overlaps its neighbours.
const OVERLAPPING: usize = 13;

/// Writes `{city}.csv` with the columns `WKT,name`; Tehran's begins with a byte order mark.
pub(in crate::sample) fn write(city: &City, seed: u64, dir: &Path) -> Result<u64, SampleError> {
    let polygons = partition::areas(&city.built_up_area.sites, &city.built_up_area.outline, seed);
    let mut rows = vec![["WKT".to_owned(), "name".to_owned()]];
    for (index, (polygon, place)) in polygons.into_iter().zip(city.plan.places).enumerate() {
        let is_too_large = index % OVERLAPPING == OVERLAPPING / 2;
        let polygon = if is_too_large { polygon.scale(1.03) } else { polygon };
        rows.push([wkt(&polygon), with_typing_errors(place.0, index)]);
    }
    let mark = if city.plan.key == "tehran" { BOM } else { "" };
    writer::write_csv(&dir.join(format!("{}.csv", city.plan.key)), mark, &rows)
}

/// A name with invisible characters and Arabic letters, as keyboards produce them. Normalising names
/// removes all of them.
fn with_typing_errors(name: &str, index: usize) -> String {
    match index % 9 {
        1 => format!("{name}\u{200e}"),
        3 => format!("{name}\u{a0}"),
        4 => name.replace('ی', "ي").replace('ک', "ك"),
        6 => format!("\u{200f}{name}"),
        7 => name.replace(' ', "\u{200c}"),
        _ => name.to_owned(),
    }
}

fn wkt(polygon: &Polygon) -> String {
    let mut text = String::from("POLYGON ((");
    for (index, at) in polygon.exterior().coords().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(text, "{comma}{:.7} {:.7}", at.x, at.y).expect("a string takes any text");
    }
    text + "))"
}
