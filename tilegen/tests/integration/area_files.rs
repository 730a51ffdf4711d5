//! The import of area files: repairs are counted, and each error is one sentence.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use shapefile::dbase::{FieldName, FieldValue, Record, TableWriterBuilder};
use shapefile::{Point, PolygonRing, Writer};
use tempfile::TempDir;
use tilecore::LngLat;
use tilegen::config::Config;
use tilegen::polygons::{Area, AreaFolders, AreaIndex, AreaKind, ImportReport, read_areas};

const VANAK: &str = "POLYGON ((51.4 35.7, 51.5 35.7, 51.5 35.8, 51.4 35.8, 51.4 35.7))";

fn folder(file: &str, content: impl AsRef<[u8]>) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(file), content).unwrap();
    folder
}

fn read(folders: &AreaFolders) -> Result<(Vec<Area>, ImportReport), String> {
    let cities = Config::load(None).unwrap().cities;
    read_areas(folders, &cities, Timestamp::now()).map_err(|error| {
        let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
        format!("{error}{}", source.unwrap_or_default())
    })
}

fn marketing(folder: &Path) -> AreaFolders {
    AreaFolders { marketing: Some(folder.to_owned()), ..AreaFolders::default() }
}

fn neighbourhoods(folder: &Path) -> AreaFolders {
    AreaFolders { neighbourhoods: Some(folder.to_owned()), ..AreaFolders::default() }
}

fn areas_of(csv: &str) -> Result<(Vec<Area>, ImportReport), String> {
    read(&marketing(folder("tehran.csv", csv).path()))
}

fn expect_error(csv: &str, parts: &[&str]) {
    let sentence = areas_of(csv).expect_err("it was read");
    for part in parts {
        assert!(sentence.contains(part), "`{part}` is not in: {sentence}");
    }
}

#[test]
fn a_csv_file_with_invisible_characters_and_line_breaks_is_read() {
    let csv = format!(
        "\u{feff}WKT,name\r\n\"{VANAK}\",\u{200e}ونك\u{a0}\r\n\"{}\",\"شهرک\nغربی\"\r\n",
        VANAK.replace("51.", "51.1").replace(", ", ",\n")
    );
    let (areas, report) = areas_of(&csv).unwrap();
    let mut names: Vec<_> = areas.iter().map(|area| area.normalised.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["شهرک غربی", "ونک"]);
    assert!(areas.iter().any(|area| area.name == "\u{200e}ونك\u{a0}"), "the original is kept");
    assert_eq!((report.files, report.names_normalised, report.names_cleaned), (1, 1, 1));
}

#[test]
fn ids_do_not_depend_on_the_order_of_rows() {
    let rows = [format!("\"{VANAK}\",الف\n"), format!("\"{VANAK}\",ب\n")];
    let (forward, _) = areas_of(&format!("WKT,name\n{}{}", rows[0], rows[1])).unwrap();
    let (backward, _) = areas_of(&format!("name,WKT\nب,\"{VANAK}\"\nالف,\"{VANAK}\"\n")).unwrap();
    assert_eq!(forward, backward);
    assert!(forward[0].id < forward[1].id);
}

#[test]
fn rows_with_the_same_name_are_one_area() {
    let apart = VANAK.replace("51.", "51.1");
    let over = VANAK.replace("35.7", "35.75");
    let csv = format!("WKT,name\n\"{VANAK}\",ونک\n\"{apart}\",ونك\n\"{over}\",ونک\n\"\",خالی\n");
    let (areas, report) = areas_of(&csv).unwrap();
    assert_eq!((areas.len(), areas[0].polygons.0.len()), (1, 2));
    assert_eq!((report.rows_joined, report.rows_without_polygon), (2, 1));
}

#[test]
fn holes_and_parts_are_kept_and_overlapping_areas_are_both_found() {
    let csv = "WKT,name\n\
        \"MULTIPOLYGON (((51.4 35.7, 51.5 35.7, 51.5 35.8, 51.4 35.8, 51.4 35.7), \
        (51.44 35.74, 51.46 35.74, 51.46 35.76, 51.44 35.76, 51.44 35.74)), \
        ((51.1 35.5, 51.2 35.5, 51.2 35.6, 51.1 35.5)))\",a\n\
        \"POLYGON ((51.48 35.7, 51.6 35.7, 51.6 35.8, 51.48 35.7))\",b\n";
    let (areas, _) = areas_of(csv).unwrap();
    let index = AreaIndex::new(&areas);
    let names = |lng, lat| {
        let mut names: Vec<_> =
            index.containing(LngLat { lng, lat }).map(|area| areas[area].name.as_str()).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names(51.45, 35.75), Vec::<&str>::new(), "in the hole");
    assert_eq!(names(51.19, 35.55), ["a"], "in the second part");
    assert_eq!(names(51.49, 35.705), ["a", "b"], "in both");
}

#[test]
fn the_error_for_an_invalid_polygon_names_file_row_and_area() {
    let good = format!("WKT,name\n\"{VANAK}\",ونک\n");
    for (wkt, fault) in [
        ("POLYGON ((51.4 35.7, 51.5 35.7, 51.5 35.8, 51.4 35.8))", "a ring is not closed"),
        ("POLYGON ((51.4 35.7, 51.5 35.8, 51.5 35.7, 51.4 35.8, 51.4 35.7))", "self-intersection"),
        ("POLYGON ((51.4 35.7, 51.5 35.7, 51.4 35.7))", "at least 3 distinct points"),
        ("POLYGON ((51.4 35.7, 51.5 35.7, 51.5", "cannot be parsed"),
        ("POINT (51.4 35.7)", "it is not a polygon"),
        ("LINESTRING (51.4 35.7, 51.5 35.7)", "it is not a polygon"),
        (
            "POLYGON ((35.7 51.4, 35.7 51.5, 35.8 51.5, 35.7 51.4))",
            "that longitude and latitude are not swapped",
        ),
        ("POLYGON ((538000 3950000, 538100 3950000, 538100 3950100, 538000 3950000))", "degrees"),
    ] {
        expect_error(&format!("{good}\"{wkt}\",تجریش\n"), &["tehran.csv, row 2, `تجریش`", fault]);
    }
    expect_error(&format!("WKT,name\n\"{VANAK}\",\u{200e}\n"), &["row 1", "its name is blank"]);
}

#[test]
fn invalid_files_are_rejected() {
    expect_error(
        "polygon,name\n",
        &["tehran.csv has the columns polygon, name", "needs WKT, name"],
    );
    expect_error(
        "WKT,name\nx\n",
        &["tehran.csv, line 2: the number of fields is 1, but 2 in the header"],
    );
    let elsewhere = folder("qom.csv", format!("WKT,name\n\"{VANAK}\",a\n"));
    let sentence = read(&marketing(elsewhere.path())).unwrap_err();
    assert!(
        sentence.contains("does not begin with the key of a city; the keys are mashhad, tehran")
    );
    let empty = TempDir::new().unwrap();
    assert!(read(&marketing(empty.path())).unwrap_err().contains("contains no area files"));
}

#[test]
fn geojson_gives_the_same_areas_as_csv() {
    let ring = "[[[51.4,35.7],[51.5,35.7],[51.5,35.8],[51.4,35.8],[51.4,35.7]]]";
    let feature = format!(
        r#"{{"type":"Feature","properties":{{"name":"ونک"}},"geometry":{{"type":"Polygon","coordinates":{ring}}}}}"#
    );
    let collection = |crs: &str, feature: &str| {
        format!(r#"{{"type":"FeatureCollection",{crs}"features":[{feature}]}}"#)
    };
    let read = |text: String| read(&marketing(folder("tehran.geojson", text).path()));
    let (areas, _) = read(collection("", &feature)).unwrap();
    let (same, _) = areas_of(&format!("WKT,name\n\"{VANAK}\",ونک\n")).unwrap();
    assert_eq!(areas, same);
    let crs = r#""crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::32639"}},"#;
    assert!(read(collection(crs, &feature)).unwrap_err().contains("EPSG::32639"));
    let open = feature.replace(",[51.4,35.7]]]", "]]");
    let sentence = read(collection("", &open)).unwrap_err();
    assert!(sentence.contains("row 1, `ونک`: a ring is not closed"), "{sentence}");
    assert!(read("{".to_owned()).unwrap_err().contains("is not valid GeoJSON"));
}

/// Writes neighbourhoods `(name, code, inhabitants)` side by side.
fn write_shapes(folder: &Path, rows: &[(&str, f64, f64)]) {
    let field = |name| FieldName::try_from(name).unwrap();
    let table = TableWriterBuilder::new()
        .add_character_field(field("NAME_MAHAL"), 40)
        .add_numeric_field(field("CODE"), 10, 0)
        .add_numeric_field(field("Region"), 4, 0)
        .add_numeric_field(field("Pop"), 10, 0)
        .add_numeric_field(field("Area"), 12, 2);
    let path = folder.join("neighbourhoods.shp");
    let mut writer = Writer::from_path(&path, table).unwrap();
    for (index, &(name, code, inhabitants)) in rows.iter().enumerate() {
        let west = 51.2 + 0.1 * index as f64;
        let corners = [(0.0, 0.0), (0.0, 0.1), (0.1, 0.1), (0.1, 0.0), (0.0, 0.0)]
            .map(|(x, y)| Point::new(west + x, 35.6 + y));
        let mut record = Record::default();
        record.insert("NAME_MAHAL".into(), FieldValue::Character(Some(name.into())));
        for (column, value) in
            [("CODE", code), ("Region", 3.0), ("Pop", inhabitants), ("Area", 10_000.0)]
        {
            record.insert(column.into(), FieldValue::Numeric(Some(value)));
        }
        let polygon = shapefile::Polygon::new(PolygonRing::Outer(corners.to_vec()));
        writer.write_shape_and_record(&polygon, &record).unwrap();
    }
    drop(writer);
    fs::remove_file(path.with_extension("cpg")).ok();
}

#[test]
fn a_shapefile_without_a_cpg_file_is_read_as_utf_8() {
    let folder = TempDir::new().unwrap();
    write_shapes(folder.path(), &[("ونک", 301.0, 20_000.0), ("ونک", 302.0, 1_000.0)]);
    let (areas, report) = read(&neighbourhoods(folder.path())).unwrap();
    assert_eq!(areas.len(), 2, "names are not unique");
    assert_ne!(areas[0].id, areas[1].id);
    for area in &areas {
        assert_eq!((area.name.as_str(), area.kind), ("ونک", AreaKind::Neighbourhood));
        let density = area.density_per_km2().unwrap();
        assert!((density - area.attributes.population.unwrap() as f64 / 100.0).abs() < 1e-9);
    }
    assert_eq!(report.repairs.texts_repaired, 0);
}

/// Replaces bytes in the attributes of the shapefile.
fn patch_attributes(folder: &Path, from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    let path = folder.join("neighbourhoods.dbf");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_deleted_record_and_its_shape_are_skipped() {
    let folder = TempDir::new().unwrap();
    write_shapes(folder.path(), &[("a", 301.0, 1.0), ("b", 302.0, 2.0), ("c", 303.0, 3.0)]);
    patch_attributes(folder.path(), b" b", b"*b");
    let (mut areas, _) = read(&neighbourhoods(folder.path())).unwrap();
    areas.sort_by(|a, b| a.name.cmp(&b.name));
    let found: Vec<_> = areas
        .iter()
        .map(|area| {
            let west = area.polygons.0[0].exterior().0.iter().map(|at| at.x);
            (area.name.as_str(), (west.fold(f64::INFINITY, f64::min) * 10.0).round() / 10.0)
        })
        .collect();
    assert_eq!(found, [("a", 51.2), ("c", 51.4)]);
}

#[test]
fn windows_1252_text_is_not_read_as_latin_1() {
    let folder = TempDir::new().unwrap();
    write_shapes(folder.path(), &[("<Caf_>", 301.0, 1.0)]);
    patch_attributes(folder.path(), b"<Caf_>", b"\x93Caf\xe9\x94");
    let error = read(&neighbourhoods(folder.path())).unwrap_err();
    assert!(error.contains("neither UTF-8 nor"), "{error}");
    fs::write(folder.path().join("neighbourhoods.cpg"), "1252").unwrap();
    let (areas, _) = read(&neighbourhoods(folder.path())).unwrap();
    assert_eq!(areas[0].name, "“Café”");
}

#[test]
fn a_shapefile_without_a_valid_date_is_read() {
    let folder = TempDir::new().unwrap();
    write_shapes(folder.path(), &[("ونک", 301.0, 1.0)]);
    let path = folder.path().join("neighbourhoods.dbf");
    let mut bytes = fs::read(&path).unwrap();
    bytes[1..4].fill(0);
    fs::write(path, bytes).unwrap();
    assert_eq!(read(&neighbourhoods(folder.path())).unwrap().0[0].name, "ونک");
}

#[test]
fn text_that_was_encoded_twice_is_repaired_and_counted() {
    let folder = TempDir::new().unwrap();
    write_shapes(folder.path(), &[("ÙˆÙ†Ú©", 301.0, 1.0)]);
    let (areas, report) = read(&neighbourhoods(folder.path())).unwrap();
    assert_eq!((areas[0].name.as_str(), report.repairs.texts_repaired), ("ونک", 1));
}

#[test]
fn invalid_shapefiles_are_rejected() {
    let error_after = |damage: &dyn Fn(&Path)| {
        let folder = TempDir::new().unwrap();
        write_shapes(folder.path(), &[("ونک", 301.0, 1.0), ("تجریش", 302.0, 1.0)]);
        damage(&folder.path().join("neighbourhoods"));
        read(&neighbourhoods(folder.path())).unwrap_err()
    };
    let utm = r#"PROJCS["WGS_1984_UTM_Zone_39N",GEOGCS["GCS_WGS_1984"]]"#;
    let sentence = error_after(&|path| fs::write(path.with_extension("prj"), utm).unwrap());
    assert!(sentence.contains("uses the coordinate system `WGS_1984_UTM_Zone_39N`"), "{sentence}");
    let sentence = error_after(&|path| fs::write(path.with_extension("cpg"), "Klingon").unwrap());
    assert!(sentence.contains("add a .cpg file next to it"), "{sentence}");
    let sentence = error_after(&|path| fs::remove_file(path.with_extension("dbf")).unwrap());
    assert!(sentence.contains("could not read"), "{sentence}");
    let shorten = |path: &Path, extension| {
        let path = path.with_extension(extension);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() * 3 / 4]).unwrap();
    };
    let sentence = error_after(&|path| shorten(path, "dbf"));
    assert!(sentence.contains("is truncated"), "{sentence}");
    let sentence = error_after(&|path| shorten(path, "shp"));
    assert!(sentence.contains("is not a valid shapefile"), "{sentence}");
    let folder = TempDir::new().unwrap();
    write_shapes(folder.path(), &[("ونک", 301.0, 1.0), ("تجریش", 301.0, 1.0)]);
    let sentence = read(&neighbourhoods(folder.path())).unwrap_err();
    assert!(
        sentence.contains("row 2, `تجریش`: its key 301 is also the key of row 1"),
        "{sentence}"
    );
}

const FEATURE: &str = r#"{"type":"Feature","properties":{"NAME_MAHAL":"NAME","Pop":PEOPLE},"geometry":{"type":"Polygon","coordinates":[[[51.4,35.7],[EAST,35.7],[EAST,35.8],[51.4,35.8],[51.4,35.7]]]}}"#;

/// Features with a name, people and an eastern end.
fn collection(features: &[(&str, &str, &str)]) -> String {
    let feature = |&(name, people, east): &(&str, &str, &str)| {
        FEATURE
            .replace("NAME\"", &format!("{name}\""))
            .replace("PEOPLE", people)
            .replace("EAST", east)
    };
    let features: Vec<_> = features.iter().map(feature).collect();
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

#[test]
fn two_files_with_the_same_areas_are_refused_and_both_are_named() {
    let wide = collection(&[("ونک", "5000", "51.5")]);
    for (other, parts) in [
        (wide.clone(), ["row 1 of", "has the same name"]),
        (
            collection(&[("ونک نو", "5000", "51.49")]),
            ["it overlaps `ونک` of", "remove the old file"],
        ),
    ] {
        let folder = folder("n.geojson", &wide);
        fs::write(folder.path().join("old.geojson"), other).unwrap();
        let sentence = read(&neighbourhoods(folder.path())).unwrap_err();
        for part in parts.into_iter().chain(["old.geojson, row 1", "n.geojson"]) {
            assert!(sentence.contains(part), "{part} is not in: {sentence}");
        }
    }
    let folder = folder("n.geojson", wide.replace("51.4,", "51.2,").replace("51.5,", "51.39,"));
    fs::write(folder.path().join("other.geojson"), collection(&[("تجریش", "1", "51.5")])).unwrap();
    assert_eq!(read(&neighbourhoods(folder.path())).unwrap().0.len(), 2);
}

#[test]
fn people_of_rows_with_the_same_name_add_up_only_if_the_polygons_do_not_overlap() {
    let people = |text: &str| {
        let folder = folder("n.geojson", text);
        let (areas, _) = read(&neighbourhoods(folder.path()))?;
        Ok::<_, String>(areas.iter().map(|area| area.attributes.population).collect::<Vec<_>>())
    };
    let apart = collection(&[("ونک", "5000", "51.45"), ("ونک", "3000", "51.45")])
        .replacen("[51.4,", "[51.2,", 3)
        .replacen("[51.45,", "[51.3,", 2);
    assert_eq!(people(&apart), Ok(vec![Some(8000)]));
    let touching = apart.replacen("[51.3,", "[51.4,", 2);
    assert_eq!(people(&touching), Ok(vec![Some(8000)]));
    let same = collection(&[("ونک", "5000", "51.5"), ("ونک", "5000", "51.5")]);
    let sentence = people(&same).unwrap_err();
    for part in ["row 2, `ونک`", "row 1 has the same name", "counted twice"] {
        assert!(sentence.contains(part), "{part} is not in: {sentence}");
    }
    assert_eq!(people(&same.replacen("5000", "null", 1)), Ok(vec![Some(5000)]));
}

#[test]
fn thousands_of_rows_of_one_name_are_joined_in_seconds() {
    use std::fmt::Write as _;
    let mut csv = "WKT,name\n".to_owned();
    for row in 0..3000 {
        let (west, south) =
            (51.2 + 0.001 * f64::from(row % 100), 35.6 + 0.001 * f64::from(row / 100));
        let (east, north) = (west + 0.001, south + 0.001);
        let ring = format!(
            "{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
        );
        writeln!(csv, "\"POLYGON (({ring}))\",ونک").unwrap();
    }
    let started = std::time::Instant::now();
    let (areas, report) = areas_of(&csv).unwrap();
    assert_eq!((areas.len(), report.rows_joined), (1, 2999));
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}

#[test]
fn people_are_whole_numbers() {
    for (written, people, unreadable) in [
        ("5000", Some(5000), 0),
        ("5000.0", Some(5000), 0),
        (r#""12,345""#, Some(12_345), 0),
        ("12.345", None, 1),
        (r#""۱۲٫۳۴۵""#, None, 1),
        (r#""0,500""#, None, 1),
        ("0.5", None, 1),
        ("99999999", None, 1),
    ] {
        let folder = folder("n.geojson", collection(&[("ونک", written, "51.5")]));
        let (areas, report) = read(&neighbourhoods(folder.path())).unwrap();
        let found = (areas[0].attributes.population, report.unreadable.values);
        assert_eq!(found, (people, unreadable), "{written}");
    }
}

#[test]
fn repeated_columns_other_reference_systems_and_huge_areas_are_refused() {
    let good = collection(&[("ونک", "5000", "51.5")]);
    let with_crs = |crs: &str| good.replacen('{', &format!("{{\"crs\":{crs},"), 1);
    for (text, part) in [
        (good.replace("\"Pop\":", "\"Pop\":1,\"Pop\":"), "its property `Pop` is repeated"),
        (with_crs(r#""EPSG:32639""#), "coordinate system"),
        (with_crs(r#"{"type":"link","properties":{"href":"x.prj"}}"#), "coordinate system"),
        (with_crs(r#"{"type":"EPSG","properties":{"code":4230}}"#), "coordinate system"),
        (collection(&[("ونک", "1", "54.9")]).replace("51.4,", "47.5,"), "times the box of tehran"),
    ] {
        let folder = folder("n.geojson", &text);
        let sentence = read(&neighbourhoods(folder.path())).expect_err(&text);
        assert!(sentence.contains(part), "{part} is not in: {sentence}");
    }
    for crs in ["null", r#"{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}"#]
    {
        let folder = folder("n.geojson", with_crs(crs));
        assert!(read(&neighbourhoods(folder.path())).is_ok(), "{crs}");
    }
    expect_error(&format!("WKT,name,Name\n\"{VANAK}\",a,b\n"), &["two columns named `name`"]);
    expect_error(
        &format!("WKT,name\n\"{VANAK}\",\"a\n\"{VANAK}\",b\n"),
        &["line 2, column `name`"],
    );
}

#[test]
fn devices_are_not_read() {
    let folder = TempDir::new().unwrap();
    for name in ["tehran.csv", "tehran.geojson"] {
        std::os::unix::fs::symlink("/dev/zero", folder.path().join(name)).unwrap();
        let sentence = read(&marketing(folder.path())).unwrap_err();
        assert!(sentence.contains(name) && sentence.contains("device"), "{sentence}");
        fs::remove_file(folder.path().join(name)).unwrap();
    }
}

#[test]
fn regions_get_the_sums_of_their_neighbourhoods() {
    let folder = TempDir::new().unwrap();
    write_shapes(folder.path(), &[("ونک", 301.0, 20_000.0), ("تجریش", 302.0, 1_000.0)]);
    let regions = self::folder(
        "regions.csv",
        "WKT,Name,Region\n\"POLYGON ((51.2 35.6, 51.4 35.6, 51.4 35.7, 51.2 35.7, 51.2 35.6))\",منطقه ۳,3\n",
    );
    let folders =
        AreaFolders { regions: Some(regions.path().to_owned()), ..neighbourhoods(folder.path()) };
    let (areas, report) = read(&folders).unwrap();
    let region = areas.iter().find(|area| area.kind == AreaKind::Region).unwrap();
    assert_eq!(region.attributes.population, Some(21_000));
    assert!((region.density_per_km2().unwrap() - 21_000.0 / 200.0).abs() < 1e-9);
    assert_eq!((report.areas[&AreaKind::Neighbourhood], report.regions_unknown), (2, 0));
}

#[test]
fn the_unit_of_a_surface_is_the_one_that_fits_the_polygon() {
    let own_km2 = 100.5;
    for (surface, density, computed) in [
        (own_km2 * 1e6, 1000.0 / own_km2, 0),
        (own_km2 * 100.0, 1000.0 / own_km2, 0),
        (own_km2, 1000.0 / own_km2, 0),
        (own_km2 * 180.0, 1000.0 / own_km2 / 1.8, 0),
        (own_km2 * 0.55, 1000.0 / own_km2 / 0.55, 0),
        (own_km2 * 7.0, 1000.0 / own_km2, 1),
        (own_km2 / 100.0, 1000.0 / own_km2, 1),
        (0.0, 1000.0 / own_km2, 0),
    ] {
        let csv = format!("WKT,Name,CODE,Pop,AREA\n\"{VANAK}\",a,1,1000,{surface}\n");
        let folder = folder("n.csv", csv);
        let (areas, report) = read(&neighbourhoods(folder.path())).unwrap();
        let found = areas[0].density_per_km2().unwrap();
        assert!((found - density).abs() < 0.01 * density, "{surface}: {found}, not {density}");
        assert_eq!(report.surfaces_computed, computed, "{surface}");
    }
}

#[test]
fn numbers_that_cannot_be_read_are_named() {
    for (text, population) in [
        ("\"12,345\"", Some(12_345)),
        ("۱۲٬۳۴۵", Some(12_345)),
        ("4 500", Some(4500)),
        ("2000.0", Some(2000)),
        ("about 3000", None),
        ("-5", None),
        ("\"1,2,3\"", None),
        ("1e12", None),
    ] {
        let csv = format!("WKT,Name,CODE,Pop\n\"{VANAK}\",a,1,{text}\n");
        let folder = folder("n.csv", csv);
        let (areas, report) = read(&neighbourhoods(folder.path())).unwrap();
        assert_eq!(areas[0].attributes.population, population, "{text}");
        assert_eq!(report.unreadable.values, u64::from(population.is_none()), "{text}");
        if population.is_none() {
            let value = text.trim_matches('"');
            let named = format!("n.csv, row 1, column `pop`: `{value}`");
            assert!(report.unreadable.examples[0].ends_with(&named), "{report:?}");
        }
    }
}

#[test]
fn each_number_of_an_area_that_cannot_be_read_is_counted_once() {
    for (column, text, kind) in [
        ("region", "abc", "region"),
        ("region", "5000000000", "region"),
        ("region", "-1", "region"),
        ("region", "1.5", "region"),
        ("area", "big", "region"),
        ("region", "abc", "neighbourhood"),
        ("region", "5000000000", "neighbourhood"),
        ("region", "-1", "neighbourhood"),
        ("objectid_1", "x", "neighbourhood"),
        ("code", "7 or 8", "neighbourhood"),
        ("area", "big", "neighbourhood"),
    ] {
        let mut fields = vec![("region", "3"), ("code", "1")];
        fields.truncate(if kind == "region" { 1 } else { 2 });
        fields.retain(|(name, _)| *name != column);
        fields.push((column, text));
        let (columns, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
        let (columns, values) = (columns.join(","), values.join(","));
        let csv = format!("WKT,Name,{columns}\n\"{VANAK}\",a,{values}\n");
        let folder = folder("n.csv", csv);
        let folders = match kind {
            "region" => {
                AreaFolders { regions: Some(folder.path().to_owned()), ..AreaFolders::default() }
            }
            _ => neighbourhoods(folder.path()),
        };
        let (areas, report) = read(&folders).unwrap();
        let region = (column != "region").then_some(3);
        assert_eq!(areas[0].attributes.region, region, "{kind}, {column} {text}");
        assert_eq!(report.unreadable.values, 1, "{kind}, {column} {text}: {report:?}");
        let named = format!("n.csv, row 1, column `{column}`: `{text}`");
        assert!(report.unreadable.examples[0].ends_with(&named), "{kind}: {report:?}");
    }
}

#[test]
fn areas_of_another_kind_are_rejected() {
    let regions = format!("WKT,Name,Region\n\"{VANAK}\",منطقه ۱,1\n");
    let regions = folder("regions.csv", regions);
    let sentence = read(&neighbourhoods(regions.path())).unwrap_err();
    assert!(sentence.contains("regions.csv contains regions"), "{sentence}");
    let csv = format!("WKT,Name,NAME_MAHAL,Region\n\"{VANAK}\",a,ونک,1\n");
    let districts = folder("mahal.csv", csv);
    let folders =
        AreaFolders { regions: Some(districts.path().to_owned()), ..AreaFolders::default() };
    let sentence = read(&folders).unwrap_err();
    assert!(sentence.contains("mahal.csv contains neighbourhoods"), "{sentence}");
    let csv = format!("WKT,Name,Region\n\"{VANAK}\",a,1\n\"{VANAK}\",b,1\n");
    let (areas, _) = read(&neighbourhoods(folder("n.csv", csv).path())).unwrap();
    assert_eq!(areas.len(), 2, "two neighbourhoods of one region");
}

#[test]
fn the_name_of_a_file_begins_with_the_key_of_its_city() {
    let csv = format!("WKT,name\n\"{VANAK}\",ونک\n");
    for name in ["tehran_polygons.csv", "TEHRAN.CSV", "tehran areas 2026.csv"] {
        let folder = folder(name, &csv);
        fs::write(folder.path().join("_tehran.csv"), "old").unwrap();
        fs::write(folder.path().join(".tehran.geojson"), "old").unwrap();
        assert_eq!(read(&marketing(folder.path())).unwrap().0.len(), 1, "{name}");
    }
    let folder = folder("tehran.csv", &csv);
    fs::write(folder.path().join("tehran.geojson"), "{}").unwrap();
    let sentence = read(&marketing(folder.path())).unwrap_err();
    for part in ["tehran.csv", "tehran.geojson", "two files"] {
        assert!(sentence.contains(part), "{sentence}");
    }
}

#[test]
fn files_that_are_not_read_are_in_the_report() {
    let folder = folder(
        "tehran.csv",
        "WKT,name\n\"POLYGON ((51.4 35.7, 51.5 35.7, 51.5 35.8, 51.4 35.7))\",a\n",
    );
    for name in ["tehran.xlsx", "_old.csv", "tehran.csv.gz", "readme.txt", "tehran.prj"] {
        fs::write(folder.path().join(name), "x").unwrap();
    }
    let (areas, report) = read(&marketing(folder.path())).unwrap();
    assert_eq!((areas.len(), report.files, report.files_not_read.files), (1, 1, 3));
    let names = report.files_not_read.names.join(" ");
    for name in ["/_old.csv", "/tehran.xlsx", "/tehran.csv.gz"] {
        assert!(names.contains(name), "{name} is not in: {names}");
    }
}

#[test]
fn names_are_cleaned_or_rejected() {
    let (areas, report) = areas_of(&format!("WKT,name\n\"{VANAK}\",پو\0نک\u{202e}\n")).unwrap();
    assert_eq!((areas[0].name.as_str(), report.names_cleaned), ("پونک", 1));
    let long = format!("WKT,name\n\"{VANAK}\",{}\n", "ن".repeat(500_000));
    expect_error(&long, &["tehran.csv, row 1", "500000 characters", "the limit is 200"]);
}

#[test]
fn deeply_nested_geometry_is_rejected() {
    let deep = 100_000;
    for wkt in [
        "GEOMETRYCOLLECTION(".repeat(deep),
        format!("POLYGON {}51.4 35.7{}", "(".repeat(deep), ")".repeat(deep)),
    ] {
        expect_error(&format!("WKT,name\n\"{wkt}\",ونک\n"), &["row 1, `ونک`", "nested brackets"]);
    }
    let nested = format!(
        "{{\"type\":\"Polygon\",\"coordinates\":{}{}}}",
        "[".repeat(deep),
        "]".repeat(deep)
    );
    let folder = folder("tehran.geojson", nested);
    let sentence = read(&marketing(folder.path())).unwrap_err();
    assert!(sentence.contains("tehran.geojson has more than 64 nested brackets"), "{sentence}");
}

#[test]
fn files_in_another_encoding_and_files_of_the_future_are_rejected() {
    let utf16: Vec<u8> = "WKT,name\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let sentence = read(&marketing(folder("tehran.csv", utf16).path())).unwrap_err();
    assert!(sentence.contains("tehran.csv is UTF-16 text"), "{sentence}");
    let folder = folder("tehran.csv", format!("WKT,name\n\"{VANAK}\",ونک\n"));
    let path = folder.path().join("tehran.csv");
    for (seconds, is_read) in [(30, true), (600, false)] {
        let time = std::time::SystemTime::now() + std::time::Duration::from_secs(seconds);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        let found = read(&marketing(folder.path()));
        assert_eq!(found.is_ok(), is_read, "{seconds}: {found:?}");
        assert!(is_read || found.unwrap_err().contains("touch the file"));
    }
}
