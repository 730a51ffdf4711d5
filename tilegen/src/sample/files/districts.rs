//! Tehran's 22 regions and its 349 neighbourhoods with their population, as shapefiles.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;

use geo::{ChamberlainDuquetteArea, Coord, MultiPolygon, Polygon, unary_union};
use jiff::civil::Date;
use shapefile::dbase::{FieldName, FieldValue, Record, TableWriterBuilder};
use shapefile::{Point, PolygonRing, ShapeWriter, Writer};

use super::writer;
use crate::sample::city::{BuiltUpArea, CITIES, nearest};
use crate::sample::places::TEHRAN_REGIONS;
use crate::sample::random::{Rng, Stream, split};
use crate::sample::{SampleError, partition};

const NEIGHBOURHOODS: usize = 349;
/// Number of names that two neighbourhoods share, because names are not unique.
const SHARED_NAMES: usize = 12;
const INHABITANTS: u64 = 8_700_000;
/// Number of candidates for the centre of each neighbourhood. The most isolated one is used.
const CANDIDATES: usize = 10;
const FAMILY_SIZE: f64 = 3.1;
const M2_PER_HECTARE: f64 = 10_000.0;
/// Maximum length of a name in bytes of UTF-8.
const NAME_BYTES: u8 = 80;
const WGS_84: &str = concat!(
    r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],"#,
    r#"PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#
);

/// A neighbourhood (mahalle).
struct Neighbourhood {
    name: String,
    code: u32,
    /// 1 to 22.
    region: usize,
    polygon: Polygon,
    hectares: f64,
    inhabitants: u64,
    men: u64,
}

/// Writes `regions/regions.*` and `neighbourhoods/neighbourhoods.*`. A region is the union of its
/// neighbourhoods, so they nest exactly.
pub(in crate::sample) fn write(
    seed: u64,
    written_on: Date,
    dir: &Path,
) -> Result<u64, SampleError> {
    let neighbourhoods = neighbourhoods(seed);
    let regions: Vec<_> = (1..=TEHRAN_REGIONS.len())
        .map(|region| (region_polygons(&neighbourhoods, region), region_record(region)))
        .collect();
    let records: Vec<_> = neighbourhoods
        .iter()
        .map(|one| (MultiPolygon::from(one.polygon.clone()), neighbourhood_record(one)))
        .collect();
    let regions =
        write_shapes(&dir.join("regions"), "regions", region_table(), &regions, written_on)?;
    let neighbourhoods = write_shapes(
        &dir.join("neighbourhoods"),
        "neighbourhoods",
        neighbourhood_table(),
        &records,
        written_on,
    )?;
    Ok(regions + neighbourhoods)
}

fn neighbourhoods(seed: u64) -> Vec<Neighbourhood> {
    let built_up_area = BuiltUpArea::of(CITIES[0].places);
    let centres = centres(&built_up_area, seed);
    let polygons = partition::areas(&centres, &built_up_area.outline, seed);
    let regions: Vec<usize> = centres.iter().map(|&at| region_of(at)).collect();
    let hectares: Vec<f64> = polygons.iter().map(hectares).collect();
    let mut rng = Rng::of(seed, Stream::Neighbourhood, 1);
    let weights: Vec<f64> =
        hectares.iter().map(|hectares| hectares * rng.between(0.3, 1.0).powi(2)).collect();
    let inhabitants = split(INHABITANTS, &weights);
    let names = names(&built_up_area, &centres);
    let mut counted = [0; TEHRAN_REGIONS.len() + 1];
    names
        .into_iter()
        .zip(polygons)
        .enumerate()
        .map(|(index, (name, polygon))| {
            let region = regions[index];
            counted[region] += 1;
            let code = region as u32 * 100 + counted[region];
            let men = (inhabitants[index] as f64 * rng.between(0.485, 0.515)).round() as u64;
            let (hectares, inhabitants) = (hectares[index], inhabitants[index]);
            Neighbourhood { name, code, region, polygon, hectares, inhabitants, men }
        })
        .collect()
}

/// The centres of neighbourhoods: one at the centre of each region, so that none is empty, and the
/// others spread out.
fn centres(built_up_area: &BuiltUpArea, seed: u64) -> Vec<Coord> {
    let mut rng = Rng::of(seed, Stream::Neighbourhood, 0);
    let mut centres: Vec<Coord> = TEHRAN_REGIONS.iter().map(|&(x, y)| Coord { x, y }).collect();
    while centres.len() < NEIGHBOURHOODS {
        let isolation = |at: &Coord| {
            let near = centres[nearest(&centres, *at).expect("there is at least one region")] - *at;
            near.x * near.x + near.y * near.y
        };
        let most_isolated = (0..CANDIDATES)
            .map(|_| built_up_area.draw(&mut rng))
            .max_by(|a, b| isolation(a).total_cmp(&isolation(b)));
        centres.extend(most_isolated);
    }
    centres
}

fn region_of(at: Coord) -> usize {
    let centres = TEHRAN_REGIONS.map(|(x, y)| Coord { x, y });
    nearest(&centres, at).expect("there is at least one region") + 1
}

fn hectares(polygon: &Polygon) -> f64 {
    (polygon.chamberlain_duquette_unsigned_area() / M2_PER_HECTARE * 100.0).round() / 100.0
}

/// Names after the nearest place. All are unique at first; then some are used a second time.
fn names(built_up_area: &BuiltUpArea, centres: &[Coord]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut names: Vec<String> = centres
        .iter()
        .map(|&at| {
            let site = built_up_area.nearest_site(at);
            let name = candidates(CITIES[0].places[site].0, at - built_up_area.sites[site])
                .find(|name| !taken.contains(name))
                .expect("the candidates are infinite");
            taken.insert(name.clone());
            name
        })
        .collect();
    let stride = NEIGHBOURHOODS / SHARED_NAMES;
    for again in 0..SHARED_NAMES {
        let elsewhere = names[again * stride + stride / 2].clone();
        names[again * stride] = elsewhere;
    }
    names
}

/// The name of a place, then the names of its northern, eastern and other parts, starting with the part
/// in the given direction.
fn candidates(place: &'static str, off: Coord) -> impl Iterator<Item = String> {
    let directions = ["شرقی", "شمالی", "غربی", "جنوبی"];
    let quarter = (off.y.atan2(off.x).to_degrees() / 90.0).round() as i32;
    let first = quarter.rem_euclid(4) as usize;
    let parts = (0..4).map(move |turn| directions[(first + turn) % 4]);
    let parts = parts.filter(move |part| !place.ends_with(part)).map(String::from);
    let others = ["مرکزی", "بالا", "پایین", "نو", "قدیم"].map(String::from);
    let numbered = (2_usize..).map(|number| format!("فاز {}", persian_digits(number)));
    let plain = std::iter::once(place.to_owned());
    plain.chain(parts.chain(others).chain(numbered).map(move |part| format!("{place} {part}")))
}

fn persian_digits(number: usize) -> String {
    let zero = '۰' as u32;
    let persian = |digit: char| {
        digit.to_digit(10).and_then(|digit| char::from_u32(zero + digit)).unwrap_or(digit)
    };
    number.to_string().chars().map(persian).collect()
}

fn region_polygons(neighbourhoods: &[Neighbourhood], region: usize) -> MultiPolygon {
    unary_union(neighbourhoods.iter().filter(|one| one.region == region).map(|one| &one.polygon))
}

fn field(name: &str) -> FieldName {
    FieldName::try_from(name).expect("field names have at most ten characters")
}

fn region_table() -> TableWriterBuilder {
    TableWriterBuilder::new()
        .add_numeric_field(field("OBJECTID_1"), 10, 0)
        .add_character_field(field("Name"), NAME_BYTES)
        .add_numeric_field(field("Region"), 4, 0)
}

fn region_record(region: usize) -> Record {
    record([
        ("OBJECTID_1", number(region as f64)),
        ("Name", text(format!("منطقه {}", persian_digits(region)))),
        ("Region", number(region as f64)),
    ])
}

fn neighbourhood_table() -> TableWriterBuilder {
    TableWriterBuilder::new()
        .add_character_field(field("NAME_MAHAL"), NAME_BYTES)
        .add_numeric_field(field("CODE"), 10, 0)
        .add_numeric_field(field("Region"), 4, 0)
        .add_numeric_field(field("Pop"), 10, 0)
        .add_numeric_field(field("Male"), 10, 0)
        .add_numeric_field(field("Female"), 10, 0)
        .add_numeric_field(field("Family"), 10, 0)
        .add_numeric_field(field("Area"), 12, 2)
        .add_numeric_field(field("PopDensity"), 12, 2)
}

fn neighbourhood_record(one: &Neighbourhood) -> Record {
    let density = (one.inhabitants as f64 / one.hectares * 100.0).round() / 100.0;
    record([
        ("NAME_MAHAL", text(one.name.clone())),
        ("CODE", number(f64::from(one.code))),
        ("Region", number(one.region as f64)),
        ("Pop", number(one.inhabitants as f64)),
        ("Male", number(one.men as f64)),
        ("Female", number((one.inhabitants - one.men) as f64)),
        ("Family", number((one.inhabitants as f64 / FAMILY_SIZE).round())),
        ("Area", number(one.hectares)),
        ("PopDensity", number(density)),
    ])
}

fn record<const N: usize>(values: [(&str, FieldValue); N]) -> Record {
    let mut record = Record::default();
    for (name, value) in values {
        record.insert(name.to_owned(), value);
    }
    record
}

fn number(value: f64) -> FieldValue {
    FieldValue::Numeric(Some(value))
}

fn text(value: String) -> FieldValue {
    FieldValue::Character(Some(value))
}

/// Writes the `.shp`, `.shx`, `.dbf` and `.prj` of one shapefile, without a `.cpg`.
fn write_shapes(
    dir: &Path,
    name: &str,
    table: TableWriterBuilder,
    shapes: &[(MultiPolygon, Record)],
    written_on: Date,
) -> Result<u64, SampleError> {
    writer::create_dir(dir)?;
    let path = dir.join(name);
    let (mut shp, mut shx, mut dbf) =
        (Cursor::new(Vec::new()), Cursor::new(Vec::new()), Cursor::new(Vec::new()));
    {
        let shape_writer = ShapeWriter::with_shx(&mut shp, &mut shx);
        let mut writer = Writer::new(shape_writer, table.build_with_dest(&mut dbf));
        for (polygons, record) in shapes {
            let source = writer.write_shape_and_record(&shape(polygons), record);
            source.map_err(|source| SampleError::shapefile(&path, source))?;
        }
    }
    let mut dbf = dbf.into_inner();
    set_header(&mut dbf, written_on);
    let files = [("shp", shp.into_inner()), ("shx", shx.into_inner()), ("dbf", dbf)];
    let mut bytes = writer::write_bytes(&path.with_extension("prj"), WGS_84.as_bytes())?;
    for (extension, content) in files {
        bytes += writer::write_bytes(&path.with_extension(extension), &content)?;
    }
    Ok(bytes)
}

/// Replaces the date in the header, which would be today's, and the encoding mark: real files contain
/// UTF-8 without declaring it.
fn set_header(dbf: &mut [u8], written_on: Date) {
    let since_1900 = (written_on.year() - 1900).rem_euclid(256) as u8;
    dbf[1..4].copy_from_slice(&[since_1900, written_on.month() as u8, written_on.day() as u8]);
    dbf[29] = 0;
}

fn shape(polygons: &MultiPolygon) -> shapefile::Polygon {
    let points =
        |ring: &geo::LineString| ring.coords().map(|at| round_vertex(*at)).collect::<Vec<Point>>();
    let rings = polygons.iter().flat_map(|polygon| {
        let holes = polygon.interiors().iter().map(|ring| PolygonRing::Inner(points(ring)));
        [PolygonRing::Outer(points(polygon.exterior()))].into_iter().chain(holes)
    });
    shapefile::Polygon::with_rings(rings.collect())
}

/// Rounds a vertex, because the union of polygons moves vertices by less than a millimetre.
fn round_vertex(at: Coord) -> Point {
    Point::new((at.x * 1e7).round() / 1e7, (at.y * 1e7).round() / 1e7)
}
