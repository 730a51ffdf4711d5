//! Validates the rows of a vendor file: each row becomes a vendor or a counted reject.

use std::collections::HashSet;

use bytes::Bytes;
use tilecore::manifest::City;
use tilecore::mercator::MAX_LATITUDE;
use tilecore::text::trim_blanks;

use super::SnapshotError;
use super::rows::{self, FieldValue, VendorRow};
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
    /// Vendors outside the bounds of their city; they are kept.
    pub(super) outside_city: u64,
}

/// Reads the vendors of a file. Published lines keep their index.
pub(super) fn read(
    name: &str,
    bytes: Bytes,
    cities: &[City],
    published: &[String],
    force: bool,
) -> Result<ReadVendors, SnapshotError> {
    let names = LineNames::default();
    let mut vendors: Vec<Vendor> = Vec::new();
    let mut known: HashSet<(Platform, String)> = HashSet::new();
    let (mut rows, mut rejects) = (0, VendorRejects::default());
    rows::read(name, bytes, force, |row| {
        rows += 1;
        match vendor(row, cities) {
            Ok((line, mut vendor)) => {
                vendor.line = names.code(line)?;
                if known.insert((vendor.platform, vendor.code.clone())) {
                    vendors.push(vendor);
                } else {
                    rejects.add(VendorReject::Duplicate);
                }
            }
            Err(reason) => rejects.add(reason),
        }
        Ok(())
    })?;
    let lines = names.assign_indices(published)?;
    for vendor in &mut vendors {
        vendor.line = lines.index(vendor.line);
    }
    // A fixed order, so the same vendors give the same bytes.
    vendors.sort_by(|a, b| (a.city, a.platform, &a.code).cmp(&(b.city, b.platform, &b.code)));
    let is_outside = |vendor: &&Vendor| {
        let ([west, south, east, north], at) = (cities[vendor.city].bounds, vendor.position());
        !((west..=east).contains(&at.lng) && (south..=north).contains(&at.lat))
    };
    let outside_city = vendors.iter().filter(is_outside).count() as u64;
    Ok(ReadVendors { vendors, lines, rows, rejects, outside_city })
}

/// The business line and the vendor of a row, or the reason for rejection.
fn vendor<'a>(row: &VendorRow<'a>, cities: &[City]) -> Result<(&'a str, Vendor), VendorReject> {
    let [code, city, line, lat, lng, radius, status, visible, rest @ ..] = *row;
    let [name, platform, vendor_status, open, availability, own, ofood, express, dual] = rest;
    let code = text(code).ok_or(VendorReject::CodeMissing)?;
    let platform = match text(platform) {
        None => Platform::Tapsifood,
        Some(word) => {
            let known = Platform::ALL.into_iter().find(|platform| platform.as_str() == word);
            known.ok_or(VendorReject::PlatformUnknown)?
        }
    };
    let city = integer(city).ok().flatten().ok_or(VendorReject::CityUnknown)?;
    let city = cities.iter().position(|known| known.id == i64::from(city));
    let city = city.ok_or(VendorReject::CityUnknown)?;
    let line = text(line).ok_or(VendorReject::LineMissing)?;
    let (lng_e7, lat_e7) = position(lng, lat)?;
    let radius_m = radius_m(radius)?;
    let vendor = Vendor {
        code: code.to_owned(),
        name: text(name).unwrap_or_default().to_owned(),
        platform,
        city,
        line: 0,
        lng_e7,
        lat_e7,
        radius_m: radius_m.unwrap_or(DEFAULT_RADIUS_M),
        is_radius_assumed: radius_m.is_none(),
        status: integer(status)?,
        vendor_status: integer(vendor_status)?,
        visible: flag(visible)?,
        open: flag(open)?,
        availability: share(availability)?,
        own_delivery: flag(own)?,
        ofood_delivery: flag(ofood)?,
        is_express: flag(express)?,
        is_dual: flag(dual)?,
        grade: Grade::UNGRADED,
    };
    Ok((line, vendor))
}

fn text(value: FieldValue<'_>) -> Option<&str> {
    match value {
        FieldValue::Text(text) => Some(trim_blanks(text)).filter(|text| !text.is_empty()),
        FieldValue::Null | FieldValue::Number(_) | FieldValue::Bool(_) => None,
    }
}

/// An optional number; text from a CSV file is parsed.
fn number(value: FieldValue<'_>) -> Result<Option<f64>, VendorReject> {
    match value {
        FieldValue::Null => Ok(None),
        FieldValue::Number(number) => Ok(Some(number)),
        FieldValue::Bool(flag) => Ok(Some(f64::from(u8::from(flag)))),
        FieldValue::Text(text) => match trim_blanks(text) {
            "true" | "True" | "TRUE" => Ok(Some(1.0)),
            "false" | "False" | "FALSE" => Ok(Some(0.0)),
            text => text.parse().map(Some).map_err(|_| VendorReject::ValueInvalid),
        },
    }
}

fn integer(value: FieldValue<'_>) -> Result<Option<i32>, VendorReject> {
    let Some(number) = number(value)? else { return Ok(None) };
    let is_whole = number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX);
    if is_whole { Ok(Some(number as i32)) } else { Err(VendorReject::ValueInvalid) }
}

fn flag(value: FieldValue<'_>) -> Result<Option<bool>, VendorReject> {
    match integer(value)? {
        None => Ok(None),
        Some(0) => Ok(Some(false)),
        Some(1) => Ok(Some(true)),
        Some(_) => Err(VendorReject::ValueInvalid),
    }
}

fn share(value: FieldValue<'_>) -> Result<Option<f64>, VendorReject> {
    match number(value)? {
        Some(share) if !(0.0..=1.0).contains(&share) => Err(VendorReject::ValueInvalid),
        share => Ok(share),
    }
}

fn position(lng: FieldValue<'_>, lat: FieldValue<'_>) -> Result<(i32, i32), VendorReject> {
    let degrees = |value| number(value).map_err(|_| VendorReject::PositionInvalid);
    let (Some(lng), Some(lat)) = (degrees(lng)?, degrees(lat)?) else {
        return Err(VendorReject::PositionMissing);
    };
    // NaN is not in any range.
    if !((-180.0..=180.0).contains(&lng) && (-MAX_LATITUDE..=MAX_LATITUDE).contains(&lat)) {
        return Err(VendorReject::PositionInvalid);
    }
    if lng == 0.0 && lat == 0.0 {
        return Err(VendorReject::PositionZero);
    }
    Ok(((lng * 1e7).round() as i32, (lat * 1e7).round() as i32))
}

/// Converts the radius from kilometres to metres.
fn radius_m(value: FieldValue<'_>) -> Result<Option<u32>, VendorReject> {
    match number(value).map_err(|_| VendorReject::RadiusInvalid)? {
        None => Ok(None),
        Some(km) if (0.0..=1000.0).contains(&km) => Ok(Some((km * 1000.0).round() as u32)),
        Some(_) => Err(VendorReject::RadiusInvalid),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, BooleanArray, Float32Array, Float64Array, Int64Array, StringArray,
    };
    use arrow::record_batch::RecordBatch;

    use super::*;
    use crate::config::Config;

    const HEADER: &str = "vendor_code,vendor_name,city_id,business_line,latitude,longitude,radius,\
                          status_id,visible,availability,is_dual,vendor_source,extra\n";

    fn read_text(name: &str, text: &str) -> Result<ReadVendors, SnapshotError> {
        let cities = Config::load(None).unwrap().cities;
        read(name, Bytes::from(text.to_owned()), &cities, &["Cafe".to_owned()], false)
    }

    fn csv(rows: &[&str]) -> ReadVendors {
        read_text("v.csv", &format!("{HEADER}{}\n", rows.join("\n"))).unwrap()
    }

    #[test]
    fn codes_are_text_and_missing_values_are_none() {
        let read = csv(&[
            "007,\u{a0} نان  ,2,Bakery,35.7,51.4,,,,,,,x",
            "12e3,b,2,Cafe,35.71,51.41,2.5,5,1,0.5,true,snappfood,x",
        ]);
        let [first, second] = &read.vendors[..] else { panic!("{:?}", read.rejects) };
        assert_eq!((first.code.as_str(), first.name.as_str()), ("007", "نان"));
        assert_eq!((first.radius_m, first.is_radius_assumed), (3000, true));
        assert_eq!((first.status, first.visible, first.availability), (None, None, None));
        assert!(!first.is_shown_by_default());
        assert_eq!((second.code.as_str(), second.platform), ("12e3", Platform::Snappfood));
        assert_eq!(
            (second.lng_e7, second.lat_e7, second.radius_m),
            (514_100_000, 357_100_000, 2500)
        );
        assert_eq!((second.is_dual, second.availability), (Some(true), Some(0.5)));
        assert!(second.is_shown_by_default());
        assert_eq!(read.lines.names(), ["Cafe", "Bakery"]);
        assert_eq!((first.line, second.line), (1, 0));
    }

    #[test]
    fn each_rejected_row_is_counted_under_its_reason() {
        for (row, reason) in [
            (",b,2,Cafe,35.7,51.4,1,5,1,,,,", VendorReject::CodeMissing),
            ("\u{a0},b,2,Cafe,35.7,51.4,1,5,1,,,,", VendorReject::CodeMissing),
            ("a,b,2,Cafe,35.7,51.4,1,5,1,,,ubereats,", VendorReject::PlatformUnknown),
            ("a,b,7,Cafe,35.7,51.4,1,5,1,,,,", VendorReject::CityUnknown),
            ("a,b,,Cafe,35.7,51.4,1,5,1,,,,", VendorReject::CityUnknown),
            ("a,b,2, ,35.7,51.4,1,5,1,,,,", VendorReject::LineMissing),
            ("a,b,2,Cafe,,51.4,1,5,1,,,,", VendorReject::PositionMissing),
            ("a,b,2,Cafe,35.7,,1,5,1,,,,", VendorReject::PositionMissing),
            ("a,b,2,Cafe,NaN,51.4,1,5,1,,,,", VendorReject::PositionInvalid),
            ("a,b,2,Cafe,95.7,51.4,1,5,1,,,,", VendorReject::PositionInvalid),
            ("a,b,2,Cafe,x,51.4,1,5,1,,,,", VendorReject::PositionInvalid),
            ("a,b,2,Cafe,0,0,1,5,1,,,,", VendorReject::PositionZero),
            ("a,b,2,Cafe,35.7,51.4,-1,5,1,,,,", VendorReject::RadiusInvalid),
            ("a,b,2,Cafe,35.7,51.4,inf,5,1,,,,", VendorReject::RadiusInvalid),
            ("a,b,2,Cafe,35.7,51.4,1,five,1,,,,", VendorReject::ValueInvalid),
            ("a,b,2,Cafe,35.7,51.4,1,5,2,,,,", VendorReject::ValueInvalid),
            ("a,b,2,Cafe,35.7,51.4,1,5,1,1.2,,,", VendorReject::ValueInvalid),
            ("good,b,2,Cafe,35.7,51.4,1,5,1,,,,", VendorReject::Duplicate),
        ] {
            let read = csv(&["good,b,2,Cafe,35.7,51.4,1,5,1,,,,", row]);
            assert_eq!((read.rejects.of(reason), read.rejects.total()), (1, 1), "{row}");
            assert_eq!((read.rows, read.vendors.len()), (2, 1), "{row}");
        }
    }

    #[test]
    fn a_code_may_appear_once_on_each_platform() {
        let read = csv(&[
            "a,b,2,Cafe,35.7,51.4,1,5,1,,,snappfood,",
            "a,b,2,Cafe,35.7,51.4,1,5,1,,,tapsifood,",
            "a,b,2,Cafe,35.7,51.4,1,5,1,,,,",
        ]);
        assert_eq!((read.vendors.len(), read.rejects.of(VendorReject::Duplicate)), (2, 1));
    }

    #[test]
    fn a_vendor_outside_the_bounds_of_its_city_is_kept_and_counted() {
        let read = csv(&["a,b,2,Cafe,35.7,50.9,1,5,1,,,,", "b,b,2,Cafe,35.7,51.0,1,5,1,,,,"]);
        assert_eq!((read.vendors.len(), read.outside_city), (2, 1));
    }

    #[test]
    fn the_three_formats_give_the_same_vendors() {
        let csv =
            csv(&["007,b,2,Cafe,35.7,51.4,2.5,5,1,0.5,0,snappfood,x", "b,,2,Zoo,35.7,51.4,,,,,,,"]);
        let json = read_text(
            "v.jsonl",
            "\u{feff}{\"vendor_code\":\"007\",\"vendor_name\":\" b\",\"city_id\":2,\"business_line\":\
             \"Cafe\",\"latitude\":35.7,\"longitude\":51.4,\"radius\":2.5,\"status_id\":5,\"visible\":\
             true,\"availability\":0.5,\"is_dual\":0,\"vendor_source\":\"snappfood\"}\n\n\
             {\"vendor_code\":\"b\",\"city_id\":2,\"business_line\":\"Zoo\",\"latitude\":35.7,\
             \"longitude\":51.4,\"radius\":null,\"visible\":null}\n",
        )
        .unwrap();
        let texts =
            |texts: [Option<&str>; 2]| -> ArrayRef { Arc::new(StringArray::from_iter(texts)) };
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("visible", Arc::new(BooleanArray::from(vec![Some(true), None])) as ArrayRef, true),
            ("vendor_code", texts([Some("007"), Some("b")]), true),
            ("vendor_name", texts([Some("b\u{a0}"), None]), true),
            ("city_id", Arc::new(Int64Array::from(vec![2, 2])), true),
            ("business_line", texts([Some("Cafe"), Some("Zoo")]), true),
            ("latitude", Arc::new(Float64Array::from(vec![35.7, 35.7])), true),
            ("longitude", Arc::new(Float64Array::from(vec![51.4, 51.4])), true),
            ("radius", Arc::new(Float32Array::from(vec![Some(2.5), None])), true),
            ("status_id", Arc::new(Int64Array::from(vec![Some(5), None])), true),
            ("availability", Arc::new(Float64Array::from(vec![Some(0.5), None])), true),
            ("is_dual", Arc::new(Int64Array::from(vec![Some(0), None])), true),
            ("vendor_source", texts([Some("snappfood"), None]), true),
        ])
        .unwrap();
        let mut file = Vec::new();
        let mut writer =
            parquet::arrow::ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let cities = Config::load(None).unwrap().cities;
        let parquet = read("v.parquet", file.into(), &cities, &["Cafe".to_owned()], false).unwrap();
        assert_eq!(csv.vendors.len(), 2);
        assert_eq!(csv.vendors, json.vendors);
        assert_eq!(csv.vendors, parquet.vendors);
    }

    #[test]
    fn invalid_files_are_rejected() {
        let row = "a,b,2,Cafe,35.7,51.4,1,5,1,,,,";
        for (name, text, part) in [
            ("v.txt", format!("{HEADER}{row}\n"), "parquet, .csv, .jsonl or .ndjson"),
            ("v.csv", String::new(), "is empty"),
            ("v.csv", format!("{HEADER}{row}"), "is incomplete"),
            ("v.csv", format!("{HEADER}{row}\na,b,2\n"), "could not read"),
            ("v.csv", "vendor_code,city_id\na,2\n".to_owned(), "no column `business_line`"),
            ("v.jsonl", "{\"vendor_code\": \"a\"}\n".to_owned(), "no column `city_id`"),
            ("v.jsonl", "{\"vendor_code\": \"a\"\n".to_owned(), "line 1"),
            ("v.jsonl", "{\"vendor_code\": 7}\n".to_owned(), "`vendor_code` contains 7"),
            ("v.parquet", "PAR1 and then no more".to_owned(), "could not read"),
        ] {
            let error = read_text(name, &text).unwrap_err().to_string();
            assert!(error.contains(part), "{name} {text:?}: {error}");
        }
    }
}
