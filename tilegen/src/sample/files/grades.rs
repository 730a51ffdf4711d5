//! Grades of vendors in both existing layouts, with duplicates and contradictions.

use std::path::Path;

use tilecore::text::BOM;

use super::writer;
use crate::sample::SampleError;
use crate::sample::city::CITIES;
use crate::sample::lines::LINES;
use crate::sample::random::{Rng, Stream};
use crate::sample::vendors::Vendor;

const GRADES: [&str; 13] =
    ["A+", "A", "A-", "B", "B-", "C", "C-", "D", "D-", "E", "E-", "F", "Not Enough Rate"];
const GRADE_WEIGHTS: [f64; 13] =
    [0.07, 0.12, 0.12, 0.13, 0.11, 0.1, 0.08, 0.06, 0.04, 0.03, 0.02, 0.02, 0.1];
/// Share of vendors without a grade.
const UNGRADED: f64 = 0.08;
/// Shares of vendors that are listed twice: with the same grade, and with two different ones.
const REPEATED: f64 = 0.008;
const CONTRADICTED: f64 = 0.008;

/// Writes layout A: Tapsifood vendors, with a byte order mark.
pub(in crate::sample) fn write_layout_a(
    vendors: &[Vendor],
    seed: u64,
    path: &Path,
) -> Result<u64, SampleError> {
    let mut rows =
        vec![["vendor_code", "vendor_name", "city_id", "business_line", "grade"].map(String::from)];
    for (index, vendor) in vendors.iter().enumerate().filter(|(_, vendor)| vendor.is_tapsifood) {
        let [code, name, city, line] = common(vendor);
        let row =
            |grade: &str| [code.clone(), name.clone(), city.clone(), line.clone(), grade.into()];
        rows.extend(grades(seed, index).into_iter().map(row));
    }
    writer::write_csv(path, BOM, &rows)
}

/// Writes layout B: Snappfood vendors, and the Tapsifood vendor of those that are on both platforms.
pub(in crate::sample) fn write_layout_b(
    vendors: &[Vendor],
    seed: u64,
    path: &Path,
) -> Result<u64, SampleError> {
    let header = [
        "sf_vendor_code",
        "sf_vendor_name",
        "city_id",
        "business_line",
        "grade",
        "is_dual",
        "tf_vendor_code",
        "tf_vendor_name",
    ];
    let mut rows = vec![header.map(String::from)];
    for (index, vendor) in vendors.iter().enumerate().filter(|(_, vendor)| !vendor.is_tapsifood) {
        let twin = vendor.twin.map(|twin| &vendors[twin]);
        let (is_dual, tf_code, tf_name) = match twin {
            Some(twin) => ("1", twin.code.as_str(), twin.name.as_str()),
            None => ("0", "", ""),
        };
        for grade in grades(seed, index) {
            let [code, name, city, line] = common(vendor);
            let dual = [is_dual, tf_code, tf_name].map(String::from);
            let [is_dual, tf_code, tf_name] = dual;
            rows.push([code, name, city, line, grade.into(), is_dual, tf_code, tf_name]);
        }
    }
    writer::write_csv(path, "", &rows)
}

fn common(vendor: &Vendor) -> [String; 4] {
    let city = CITIES[vendor.city].id.to_string();
    [vendor.code.clone(), vendor.name.clone(), city, LINES[vendor.line].name.into()]
}

/// The grades of a vendor in a file: usually one, sometimes none or two.
fn grades(seed: u64, index: usize) -> Vec<&'static str> {
    let mut rng = Rng::of(seed, Stream::Grade, index as u64);
    let grade = rng.weighted(&GRADE_WEIGHTS);
    let other = (grade + 1 + rng.below(GRADES.len() - 1)) % GRADES.len();
    let once = 1.0 - UNGRADED - REPEATED - CONTRADICTED;
    match rng.weighted(&[once, UNGRADED, REPEATED, CONTRADICTED]) {
        0 => vec![GRADES[grade]],
        1 => Vec::new(),
        2 => vec![GRADES[grade]; 2],
        _ => vec![GRADES[grade], GRADES[other]],
    }
}
