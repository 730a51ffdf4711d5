use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::{ArrayRef, BooleanArray, Float32Array, Float64Array, Int64Array, StringArray};

use super::*;
use crate::config::{ColumnNames, Config};

const HEADER: &str = "vendor_code,vendor_name,city_id,business_line,latitude,longitude,radius,\
                      status_id,visible,availability,is_dual,vendor_source,extra\n";

fn read_text(name: &str, text: &str) -> Result<ReadVendors, SnapshotError> {
    read_bytes(name, &Bytes::from(text.to_owned()))
}

fn read_bytes(name: &str, bytes: &Bytes) -> Result<ReadVendors, SnapshotError> {
    read_mapped(name, bytes, &ColumnNames::default())
}

fn read_mapped(
    name: &str,
    bytes: &Bytes,
    columns: &ColumnNames,
) -> Result<ReadVendors, SnapshotError> {
    let cities = Config::load(None).unwrap().cities;
    let published_lines = ["Cafe".to_owned()];
    let context = VendorContext {
        cities: &cities,
        published_lines: &published_lines,
        ungraded: Grade::at(13),
    };
    read(VendorFile { name, columns }, bytes, context)
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
    assert_eq!((second.lng_e7, second.lat_e7, second.radius_m), (514_100_000, 357_100_000, 2500));
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
        ("a,b,2,Cafe,35.7,51.4,\"0,500\",5,1,,,,", VendorReject::RadiusInvalid),
        ("a,b,2,Cafe,35.7,51.4,\"1,500\",5,1,,,,", VendorReject::RadiusInvalid),
        ("a\u{202e}1,b,2,Cafe,35.7,51.4,1,5,1,,,,", VendorReject::ValueInvalid),
        ("a\u{200b}1,b,2,Cafe,35.7,51.4,1,5,1,,,,", VendorReject::ValueInvalid),
        ("a\u{e0041}1,b,2,Cafe,35.7,51.4,1,5,1,,,,", VendorReject::ValueInvalid),
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
fn the_same_copy_of_a_vendor_is_kept_in_any_order_of_rows() {
    let mut rows = [
        "a,x,2,Zoo,35.7,51.4,1,5,1,,,,",
        "a,x,2,Cafe,35.8,51.4,1,5,1,,,,",
        "a,y,2,Cafe,35.7,51.4,1,5,0,,,,",
        "b,x,2,Bakery,35.7,51.4,1,5,1,,,,",
    ];
    let first = csv(&rows);
    assert_eq!(first.rejects.of(VendorReject::Duplicate), 2);
    rows.reverse();
    assert_eq!(csv(&rows).vendors, first.vendors);
    rows.rotate_left(1);
    assert_eq!(csv(&rows).vendors, first.vendors);
}

#[test]
fn a_vendor_outside_the_bounds_of_its_city_is_kept_and_counted() {
    let read = csv(&["a,b,2,Cafe,35.7,50.9,1,5,1,,,,", "b,b,2,Cafe,35.7,51.0,1,5,1,,,,"]);
    assert_eq!((read.vendors.len(), read.outside_city), (2, 1));
    assert_eq!(read.swapped_positions, 0);
}

#[test]
fn vendors_inside_their_city_with_swapped_coordinates_are_counted() {
    let read = csv(&["a,b,2,Cafe,51.4,35.7,1,5,1,,,,", "b,b,2,Cafe,35.7,51.0,1,5,1,,,,"]);
    assert_eq!((read.outside_city, read.swapped_positions), (1, 1));
}

#[test]
fn lines_are_cleaned_and_limited_to_200_characters() {
    let long = format!("a,b,2,{},35.7,51.4,1,5,1,,,,", "l".repeat(201));
    let read =
        csv(&[&long, "b,b,2,Ca\u{202e}fe,35.7,51.4,1,5,1,,,,", "c,b,2,\0,35.7,51.4,1,5,1,,,,"]);
    assert_eq!(read.lines.names(), ["Cafe"]);
    let of = |reason| read.rejects.of(reason);
    assert_eq!((of(VendorReject::ValueInvalid), of(VendorReject::LineMissing)), (1, 1));
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
    let texts = |texts: [Option<&str>; 2]| -> ArrayRef { Arc::new(StringArray::from_iter(texts)) };
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
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let parquet = read_bytes("v.parquet", &file.into()).unwrap();
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
        (
            "v.csv",
            format!("{HEADER}{row}\na,b,2\n"),
            "line 3: the number of fields is 3, but 13 in the header",
        ),
        ("v.csv", format!("{HEADER}{row}\na,\"b"), "ends inside a quoted field"),
        ("v.csv", HEADER.replace(',', ";"), "semicolons"),
        ("v.csv", format!("{HEADER}a,\"b{}\nc,\"d{}\n", &row[3..], &row[3..]), "closing quote"),
        ("v.csv", format!("radius,{HEADER}1,{row}\n"), "two columns named `radius`"),
        ("v.jsonl", "{\"radius\": 1, \"radius\": 2}\n".to_owned(), "`radius` more than once"),
        ("v.csv", "vendor_code,city_id\na,2\n".to_owned(), "no column `business_line`"),
        ("v.jsonl", "{\"vendor_code\": \"a\"}\n".to_owned(), "no column `city_id`"),
        ("v.jsonl", "{\"vendor_code\": \"a\"\n".to_owned(), "line 1"),
        ("v.jsonl", "{\"vendor_code\": 7.5}\n".to_owned(), "`vendor_code` contains 7.5"),
        ("v.jsonl", "{\"business_line\": 7}\n".to_owned(), "`business_line` contains 7"),
        (
            "v.parquet",
            "PAR1 and then no more".to_owned(),
            "v.parquet is not a readable Parquet file; check",
        ),
    ] {
        let error = read_text(name, &text).unwrap_err().to_string();
        assert!(error.contains(part), "{name} {text:?}: {error}");
    }
}

#[test]
fn a_last_line_without_a_line_break_is_read() {
    for row in ["a,b,2,Cafe,35.7,51.4,1,5,1,,,,", "a,b,2,Cafe,35.7,51.4,1,5,1,,,,\r\n\n"] {
        assert_eq!(read_text("v.csv", &format!("{HEADER}{row}")).unwrap().vendors.len(), 1);
    }
    let json = "{\"vendor_code\":7,\"city_id\":2,\"business_line\":\"Cafe\",\"latitude\":35.7,\
                \"longitude\":51.4,\"radius\":1,\"status_id\":5,\"visible\":1}";
    assert_eq!(read_text("v.jsonl", json).unwrap().vendors[0].code, "7");
}

#[test]
fn flags_and_numbers_are_read_in_every_spelling() {
    for (old, new) in [
        (",5,1,", ",5.0,True,"),
        (",5,1,", ",۵,1.0,"),
        (",35.7,", ",۳۵٫۷,"),
        (",1,5,", ",۱٫۰,5,"),
        ("1001,b", "1001.0,b"),
    ] {
        let row = "1001,b,2,Cafe,35.7,51.4,1,5,1,,,,".replace(old, new);
        let read = csv(&[&row]);
        let vendor = &read.vendors[0];
        assert!(vendor.is_shown_by_default(), "{row}");
        let found = (vendor.code.as_str(), vendor.lat_e7, vendor.radius_m);
        assert_eq!(found, ("1001", 357_000_000, 1000), "{row}");
    }
}

#[test]
fn the_value_for_which_a_row_is_rejected_is_named() {
    let read = csv(&["a,b,2,Cafe,35.7,51.4,1,5,maybe,,,,", "b,b,2,Cafe,north,51.4,1,5,1,,,,"]);
    assert_eq!(
        read.rejected_values.examples,
        ["v.csv, line 2, column `visible`: `maybe`", "v.csv, line 3, column `latitude`: `north`"]
    );
}

#[test]
fn names_are_cleaned_and_counted() {
    let long = format!("a,{},2,Cafe,35.7,51.4,1,5,1,,,,", "v".repeat(1000));
    let read = csv(&["b,Va\0nak\u{202e},2,Cafe,35.7,51.4,1,5,1,,,,", &long]);
    assert_eq!((read.vendors[1].name.as_str(), read.names_cleaned), ("Vanak", 2));
    assert_eq!(read.vendors[0].name.len(), MAX_NAME_CHARS);
}

#[test]
fn columns_can_have_other_names() {
    let columns = Config::parse("t", "[vendors.columns]\nlatitude = 'lat'").unwrap().vendors;
    let text = format!("{}a,b,2,Cafe,35.7,51.4,1,5,1,,,,\n", HEADER.replace("latitude", "lat"));
    let read = |columns| read_mapped("v.csv", &Bytes::from(text.clone()), columns);
    assert_eq!(read(&columns).unwrap().vendors.len(), 1);
    let error = read(&ColumnNames::default()).unwrap_err().to_string();
    assert!(error.contains("no column `latitude`"), "{error}");
    assert!(error.contains("[vendors.columns]"), "{error}");
}

#[test]
fn codes_are_the_same_in_every_parquet_type() {
    use arrow_array::{BinaryArray, Decimal128Array, LargeStringArray, UInt64Array};
    let decimal = Decimal128Array::from(vec![100_100, 700]).with_precision_and_scale(20, 2);
    let columns: [(&str, ArrayRef); 7] = [
        ("int64", Arc::new(Int64Array::from(vec![1001, 7]))),
        ("uint64", Arc::new(UInt64Array::from(vec![1001, 7]))),
        ("float64", Arc::new(Float64Array::from(vec![1001.0, 7.0]))),
        ("float32", Arc::new(Float32Array::from(vec![1001.0, 7.0]))),
        ("decimal", Arc::new(decimal.unwrap())),
        ("large string", Arc::new(LargeStringArray::from(vec!["1001", " 7\u{200f}"]))),
        ("binary", Arc::new(BinaryArray::from(vec![&b"1001"[..], b"7"]))),
    ];
    for (kind, codes) in columns {
        let read = read_bytes("v.parquet", &parquet_file(codes)).unwrap();
        let found: Vec<_> = read.vendors.iter().map(|vendor| vendor.code.as_str()).collect();
        assert_eq!(found, ["1001", "7"], "{kind}");
    }
    let wrong: [(ArrayRef, &str); 3] = [
        (Arc::new(Float64Array::from(vec![1.0, 7.5])), "row 2: column `vendor_code` contains 7.5"),
        (Arc::new(BinaryArray::from(vec![&b"a"[..], b"\xff"])), "row 2"),
        (Arc::new(BooleanArray::from(vec![true, false])), "contains flags"),
    ];
    for (codes, part) in wrong {
        let error = read_bytes("v.parquet", &parquet_file(codes)).unwrap_err().to_string();
        assert!(error.contains(part), "{part}: {error}");
    }
}

/// A Parquet file of two good vendors with these codes.
fn parquet_file(codes: ArrayRef) -> Bytes {
    let floats = |value: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![value; 2])) };
    let batch = RecordBatch::try_from_iter([
        ("vendor_code", codes),
        ("city_id", floats(2.0)),
        ("business_line", Arc::new(StringArray::from(vec!["Cafe"; 2])) as ArrayRef),
        ("latitude", floats(35.7)),
        ("longitude", floats(51.4)),
        ("radius", floats(1.5)),
        ("status_id", floats(5.0)),
        ("visible", Arc::new(StringArray::from(vec!["True"; 2]))),
    ])
    .unwrap();
    let mut file = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file.into()
}
