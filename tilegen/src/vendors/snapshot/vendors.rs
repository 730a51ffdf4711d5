//! Validates the rows of a vendor file: each row becomes a vendor or a counted reject.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use tilecore::LngLat;
use tilecore::manifest::City;
use tilecore::mercator::MAX_LATITUDE;
use tilecore::text::identity;

use super::SnapshotError;
use super::rows::{self, COLUMNS, FieldValue, VendorFile, VendorRow};
use crate::files::{
    MAX_NAME_CHARS, Unreadable, clean_name, has_invisible, is_too_long, parse_flag, parse_ungrouped,
};
use crate::orders::lines::{LineNames, Lines};
use crate::vendors::grade::Grade;
use crate::vendors::vendor::{DEFAULT_RADIUS_M, Platform, Vendor, VendorReject, VendorRejects};

/// The vendors of a snapshot, and statistics about its rows.
#[derive(Debug)]
pub(super) struct ReadVendors {
    pub(super) vendors: Vec<Vendor>,
    pub(super) lines: Lines,
    pub(super) rows: u64,
    pub(super) rejects: VendorRejects,
    /// The values for which rows were rejected.
    pub(super) rejected_values: Unreadable,
    /// Names that lost characters.
    pub(super) names_cleaned: u64,
    /// Vendors outside the bounds of their city; they are kept.
    pub(super) outside_city: u64,
    /// Those of them that are inside the bounds if longitude and latitude are swapped.
    pub(super) swapped_positions: u64,
}

impl ReadVendors {
    /// The number of vendors in each of `cities`, by the key of the city.
    pub(super) fn count_by_city(&self, cities: &[City]) -> BTreeMap<String, u64> {
        let mut counts: BTreeMap<_, _> = cities.iter().map(|city| (city.key.clone(), 0)).collect();
        for vendor in &self.vendors {
            *counts.entry(cities[vendor.city].key.clone()).or_default() += 1;
        }
        counts
    }

    /// The median of the radii that the file gives, in metres.
    pub(super) fn median_radius_m(&self) -> Option<u32> {
        let own = self.vendors.iter().filter(|vendor| !vendor.is_radius_assumed);
        let mut radii: Vec<u32> = own.map(|vendor| vendor.radius_m).collect();
        radii.sort_unstable();
        radii.get(radii.len() / 2).copied()
    }

    /// The number of vendors without a radius of their own.
    pub(super) fn count_assumed_radii(&self) -> u64 {
        self.vendors.iter().filter(|vendor| vendor.is_radius_assumed).count() as u64
    }
}

/// What the rows of a vendor file refer to.
#[derive(Clone, Copy)]
pub(super) struct VendorContext<'a> {
    pub(super) cities: &'a [City],
    /// Published lines keep their index.
    pub(super) published_lines: &'a [String],
    /// The grade of every vendor until the grades files are read.
    pub(super) ungraded: Grade,
}

/// Reads the vendors of a file.
pub(super) fn read(
    file: VendorFile<'_>,
    bytes: &Bytes,
    context: VendorContext<'_>,
) -> Result<ReadVendors, SnapshotError> {
    let cities = context.cities;
    let names = LineNames::default();
    let mut vendors: Vec<Vendor> = Vec::new();
    let mut known: HashMap<(Platform, String), (usize, String)> = HashMap::new();
    let (mut rows, mut rejects, mut names_cleaned) = (0, VendorRejects::default(), 0);
    let mut rejected_values = Unreadable::default();
    rows::read(file, bytes, |row| {
        rows += 1;
        match vendor(row, context) {
            Ok(read) => {
                let ReadVendor { line, mut vendor, is_name_cleaned } = read;
                vendor.line = names.code(&line)?;
                names_cleaned += u64::from(is_name_cleaned);
                match known.entry((vendor.platform, vendor.code.clone())) {
                    Entry::Vacant(entry) => {
                        entry.insert((vendors.len(), line));
                        vendors.push(vendor);
                    }
                    Entry::Occupied(mut entry) => {
                        rejects.add(VendorReject::Duplicate);
                        let (index, known_line) = entry.get_mut();
                        let kept = &mut vendors[*index];
                        if canonical(&vendor, &line) < canonical(kept, known_line) {
                            (*kept, *known_line) = (vendor, line);
                        }
                    }
                }
            }
            Err(Rejected { reason, column }) => {
                rejects.add(reason);
                let value = column.map(|column| row.values[column].to_string());
                if let Some((column, value)) = column.zip(value) {
                    let place = || format!("{}, {}", file.name, row.place);
                    rejected_values.add(place, file.columns.of(COLUMNS[column]), &value);
                }
            }
        }
        Ok(())
    })?;
    let lines = names.assign_indices(context.published_lines)?;
    for vendor in &mut vendors {
        vendor.line = lines.index(vendor.line);
    }
    // A fixed order, so the same vendors give the same bytes.
    vendors.sort_by(|a, b| (a.city, a.platform, &a.code).cmp(&(b.city, b.platform, &b.code)));
    let is_inside = |vendor: &Vendor, lng: f64, lat: f64| {
        let [west, south, east, north] = cities[vendor.city].bounds;
        (west..=east).contains(&lng) && (south..=north).contains(&lat)
    };
    let (mut outside_city, mut swapped_positions) = (0, 0);
    for vendor in &vendors {
        let LngLat { lng, lat } = vendor.position();
        if !is_inside(vendor, lng, lat) {
            outside_city += 1;
            swapped_positions += u64::from(is_inside(vendor, lat, lng));
        }
    }
    Ok(ReadVendors {
        vendors,
        lines,
        rows,
        rejects,
        rejected_values,
        names_cleaned,
        outside_city,
        swapped_positions,
    })
}

/// What decides which of two rows with the same code is kept, whatever their order in the file: the text of all
/// values. The number of the line depends on the order of the rows, so its name takes its place.
fn canonical(vendor: &Vendor, line: &str) -> String {
    format!("{line}\n{:?}", Vendor { line: 0, ..vendor.clone() })
}

/// A valid row: its business line, its vendor, and whether the name lost characters.
struct ReadVendor {
    line: String,
    vendor: Vendor,
    is_name_cleaned: bool,
}

/// Why a row is rejected, and the index of the column whose value is the reason.
struct Rejected {
    reason: VendorReject,
    column: Option<usize>,
}

impl From<VendorReject> for Rejected {
    fn from(reason: VendorReject) -> Self {
        Self { reason, column: None }
    }
}

/// The places of the columns in a row, in the order of [`COLUMNS`].
const CODE: usize = 0;
const CITY: usize = 1;
const LINE: usize = 2;
const LAT: usize = 3;
const LNG: usize = 4;
const RADIUS: usize = 5;
const STATUS: usize = 6;
const VISIBLE: usize = 7;
const NAME: usize = 8;
const PLATFORM: usize = 9;
const VENDOR_STATUS: usize = 10;
const OPEN: usize = 11;
const AVAILABILITY: usize = 12;
const OWN_DELIVERY: usize = 13;
const OFOOD_DELIVERY: usize = 14;
const IS_EXPRESS: usize = 15;
const IS_DUAL: usize = 16;

/// The vendor of a row, or the reason for rejection.
fn vendor(row: &VendorRow<'_>, context: VendorContext<'_>) -> Result<ReadVendor, Rejected> {
    let text = |column: usize| text(row.values[column]);
    let because = |reason, column| Rejected { reason, column: Some(column) };
    let invalid = |column| because(VendorReject::ValueInvalid, column);
    let code = text(CODE).ok_or(VendorReject::CodeMissing)?;
    if is_too_long(code) || has_invisible(code) {
        return Err(invalid(CODE));
    }
    let platform = match text(PLATFORM) {
        None => Platform::Tapsifood,
        Some(word) => {
            let known = Platform::ALL.into_iter().find(|platform| platform.as_str() == word);
            known.ok_or(because(VendorReject::PlatformUnknown, PLATFORM))?
        }
    };
    let unknown_city = || because(VendorReject::CityUnknown, CITY);
    let city = integer(row.values[CITY]).map_err(|()| unknown_city())?;
    let city = city.ok_or(VendorReject::CityUnknown)?;
    let city = context.cities.iter().position(|known| known.id == i64::from(city));
    let city = city.ok_or_else(unknown_city)?;
    let line = clean_name(text(LINE).ok_or(VendorReject::LineMissing)?);
    let line = identity(&line).to_owned();
    if line.is_empty() {
        return Err(VendorReject::LineMissing.into());
    }
    if is_too_long(&line) {
        return Err(invalid(LINE));
    }
    let (lng_e7, lat_e7) = position(row)?;
    let radius_m = radius_m(row.values[RADIUS]);
    let radius_m = radius_m.map_err(|()| because(VendorReject::RadiusInvalid, RADIUS))?;
    let integer = |column: usize| integer(row.values[column]).map_err(|()| invalid(column));
    let flag = |column: usize| flag(row.values[column]).map_err(|()| invalid(column));
    let (name, is_name_cleaned) = published_name(text(NAME).unwrap_or_default());
    let vendor = Vendor {
        code: code.to_owned(),
        name,
        platform,
        city,
        line: 0,
        lng_e7,
        lat_e7,
        radius_m: radius_m.unwrap_or(DEFAULT_RADIUS_M),
        is_radius_assumed: radius_m.is_none(),
        status: integer(STATUS)?,
        vendor_status: integer(VENDOR_STATUS)?,
        visible: flag(VISIBLE)?,
        open: flag(OPEN)?,
        availability: share(row.values[AVAILABILITY]).map_err(|()| invalid(AVAILABILITY))?,
        own_delivery: flag(OWN_DELIVERY)?,
        ofood_delivery: flag(OFOOD_DELIVERY)?,
        is_express: flag(IS_EXPRESS)?,
        is_dual: flag(IS_DUAL)?,
        grade: context.ungraded,
    };
    Ok(ReadVendor { line, vendor, is_name_cleaned })
}

/// The name without characters that no name has, cut after [`MAX_NAME_CHARS`] characters, and whether it
/// differs from the source.
fn published_name(name: &str) -> (String, bool) {
    let clean = clean_name(name);
    let short: String = clean.chars().take(MAX_NAME_CHARS).collect();
    let is_cleaned = short != name;
    (short, is_cleaned)
}

fn text(value: FieldValue<'_>) -> Option<&str> {
    match value {
        FieldValue::Text(text) => Some(identity(text)).filter(|text| !text.is_empty()),
        FieldValue::Null | FieldValue::Number(_) | FieldValue::Bool(_) => None,
    }
}

/// An optional number; text is parsed.
fn number(value: FieldValue<'_>) -> Result<Option<f64>, ()> {
    match value {
        FieldValue::Null => Ok(None),
        FieldValue::Number(number) => Ok(Some(number)),
        FieldValue::Bool(flag) => Ok(Some(f64::from(u8::from(flag)))),
        FieldValue::Text(text) if identity(text).is_empty() => Ok(None),
        FieldValue::Text(text) => parse_ungrouped(text).map(Some).ok_or(()),
    }
}

fn integer(value: FieldValue<'_>) -> Result<Option<i32>, ()> {
    let Some(number) = number(value)? else { return Ok(None) };
    let is_whole = number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX);
    if is_whole { Ok(Some(number as i32)) } else { Err(()) }
}

fn flag(value: FieldValue<'_>) -> Result<Option<bool>, ()> {
    match value {
        FieldValue::Null => Ok(None),
        FieldValue::Bool(flag) => Ok(Some(flag)),
        FieldValue::Text(text) if identity(text).is_empty() => Ok(None),
        FieldValue::Text(text) => parse_flag(text).map(Some).ok_or(()),
        FieldValue::Number(1.0) => Ok(Some(true)),
        FieldValue::Number(0.0) => Ok(Some(false)),
        FieldValue::Number(_) => Err(()),
    }
}

fn share(value: FieldValue<'_>) -> Result<Option<f64>, ()> {
    match number(value)? {
        Some(share) if !(0.0..=1.0).contains(&share) => Err(()),
        share => Ok(share),
    }
}

fn position(row: &VendorRow<'_>) -> Result<(i32, i32), Rejected> {
    let invalid = |column| Rejected { reason: VendorReject::PositionInvalid, column: Some(column) };
    let degrees = |column: usize| number(row.values[column]).map_err(|()| invalid(column));
    let (lng, lat) = (degrees(LNG)?, degrees(LAT)?);
    let (Some(lng), Some(lat)) = (lng, lat) else {
        return Err(VendorReject::PositionMissing.into());
    };
    // NaN is not in any range.
    if !(-180.0..=180.0).contains(&lng) {
        return Err(invalid(LNG));
    }
    if !(-MAX_LATITUDE..=MAX_LATITUDE).contains(&lat) {
        return Err(invalid(LAT));
    }
    if lng == 0.0 && lat == 0.0 {
        return Err(VendorReject::PositionZero.into());
    }
    Ok(((lng * 1e7).round() as i32, (lat * 1e7).round() as i32))
}

/// Converts the radius from kilometres to metres.
fn radius_m(value: FieldValue<'_>) -> Result<Option<u32>, ()> {
    match number(value)? {
        None => Ok(None),
        Some(km) if (0.0..=1000.0).contains(&km) => Ok(Some((km * 1000.0).round() as u32)),
        Some(_) => Err(()),
    }
}

#[cfg(test)]
mod tests;
