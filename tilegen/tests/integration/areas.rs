//! Builds of area layers: every area is complete at every zoom, borders are shared, labels are inside.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::PathBuf;

use crate::support::{errors, failure, tilegen};
use geo::{Area as _, BooleanOps, Contains, Coord, Intersects, LineString, Polygon, Rect};
use jiff::Timestamp;
use serde_json::Value as Json;
use tempfile::TempDir;
use tilecore::archive::gunzip;
use tilecore::mvt::{GeometryKind, Value, decode};
use tilecore::{ArchiveDigest, TileCoord, TileHash, mercator};
use tilegen::config::Config;
use tilegen::polygons::{Area, AreaFolders, read_areas};
use tilegen::publish::verify::{VerifyError, verify};

const EXTENT: f64 = 4096.0;

/// A temporary folder with the demo files and stores.
struct Fixture {
    folder: TempDir,
}

/// A feature of a tile.
struct Feature {
    layer: String,
    tags: BTreeMap<String, String>,
    kind: GeometryKind,
    parts: Vec<Vec<(i64, i64)>>,
}

impl Fixture {
    fn sample() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let demo = folder.path().join("demo");
        let sample = tilegen()
            .args(["sample", "--orders", "100", "--days", "1", "--out"])
            .arg(demo)
            .output()
            .unwrap();
        assert!(sample.status.success(), "{}", errors(&sample));
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, store: &str) -> std::process::Command {
        self.job("areas", store)
    }

    fn job(&self, job: &str, store: &str) -> std::process::Command {
        let mut command = tilegen();
        command.arg(job).arg("--areas").arg(self.path("demo/areas"));
        command.arg("--regions").arg(self.path("demo/regions"));
        command.arg("--neighbourhoods").arg(self.path("demo/neighbourhoods"));
        command.arg("--report").arg(self.path("report.json"));
        command.arg("--store").arg(self.path(store));
        command
    }

    fn build(&self, store: &str) -> Json {
        let output = self.command(store).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        serde_json::from_slice(&fs::read(self.path("report.json")).unwrap()).unwrap()
    }

    fn areas(&self) -> Vec<Area> {
        let folders = AreaFolders {
            marketing: Some(self.path("demo/areas")),
            regions: Some(self.path("demo/regions")),
            neighbourhoods: Some(self.path("demo/neighbourhoods")),
        };
        read_areas(&folders, &Config::load(None).unwrap().cities, Timestamp::now()).unwrap().0
    }

    fn archive(&self, store: &str, layer: &str) -> Vec<u8> {
        let folder = self.path(store).join(format!("archives/{layer}/now"));
        let files: Vec<_> =
            fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        let archive = files.iter().find(|path| path.extension().unwrap() == "pmtiles");
        fs::read(archive.unwrap()).unwrap()
    }
}

/// The features of every tile of an archive.
fn tiles(archive: &[u8]) -> BTreeMap<(u8, u32, u32), Vec<Feature>> {
    let header = tilecore::archive::Header::parse(archive, archive.len() as u64).unwrap();
    let part = |range: &std::ops::Range<u64>| &archive[range.start as usize..range.end as usize];
    let (root, leaves) = (part(&header.root), part(&header.leaves));
    let index = tilecore::archive::ArchiveIndex::parse(header.clone(), root, leaves).unwrap();
    let mut tiles = BTreeMap::new();
    for entry in index.entries() {
        for id in entry.tile_id..entry.tile_id + u64::from(entry.run_length) {
            let coord = tilecore::TileCoord::from_id(id).unwrap();
            let plain = gunzip(part(&index.file_range(entry)), 1 << 26).unwrap();
            tiles.insert((coord.z(), coord.x(), coord.y()), features(&plain));
        }
    }
    tiles
}

fn features(plain: &[u8]) -> Vec<Feature> {
    let mut features = Vec::new();
    for layer in decode(plain).unwrap() {
        for feature in layer.features() {
            let feature = feature.unwrap();
            let tags = layer.tags(feature).map(|tag| {
                let (key, value) = tag.unwrap();
                let value = match layer.values[value] {
                    Value::Text(text) => text.to_owned(),
                    Value::Uint(number) => number.to_string(),
                    Value::Int(number) => number.to_string(),
                    other => panic!("{other:?} is not a value of an area"),
                };
                (layer.keys[key].to_owned(), value)
            });
            features.push(Feature {
                layer: layer.name.to_owned(),
                tags: tags.collect(),
                kind: feature.kind,
                parts: feature.parts().unwrap(),
            });
        }
    }
    features
}

fn ring(part: &[(i64, i64)]) -> LineString {
    part.iter().map(|&(x, y)| Coord { x: x as f64, y: y as f64 }).collect()
}

/// A position in tile units of a zoom, counted from the north-west corner of the world.
fn unit(at: Coord, zoom: u8) -> Coord {
    let side = f64::from(1u32 << zoom) * EXTENT;
    Coord { x: (at.x + 180.0) / 360.0 * side, y: mercator::share(at.y) * side }
}

#[test]
fn every_area_is_complete_at_every_zoom() {
    use geo::MapCoords;
    let fixture = Fixture::sample();
    let report = fixture.build("store");
    assert_eq!(report["import"]["areas"]["neighbourhood"], 349);
    let areas = fixture.areas();
    let drawn = tiles(&fixture.archive("store", "areas"));
    let tile = Rect::new(Coord { x: 0.0, y: 0.0 }, Coord { x: EXTENT, y: EXTENT }).to_polygon();
    for zoom in [4u8, 7, 9, 11] {
        let mut sizes: HashMap<String, f64> = HashMap::new();
        for (_, features) in drawn.range((zoom, 0, 0)..(zoom + 1, 0, 0)) {
            for feature in features.iter().filter(|feature| feature.layer == "areas") {
                assert_eq!(feature.kind, GeometryKind::Polygon);
                // The polygons of the demo have no holes.
                let size: f64 = feature
                    .parts
                    .iter()
                    .map(|part| tile.intersection(&Polygon::new(ring(part), Vec::new())))
                    .map(|inside| inside.unsigned_area())
                    .sum();
                *sizes.entry(feature.tags["id"].clone()).or_default() += size;
            }
        }
        for area in &areas {
            let exact = area.polygons.map_coords(|at| unit(at, zoom));
            let exact_size = exact.unsigned_area();
            let length: f64 = exact
                .iter()
                .flat_map(|part| part.exterior().lines())
                .map(|line| {
                    let (dx, dy) = (line.dx(), line.dy());
                    dx.hypot(dy)
                })
                .sum();
            let size = sizes.get(&area.id.get().to_string()).copied().unwrap_or(0.0);
            assert!(size > 0.0, "{} vanished at zoom {zoom}", area.name);
            // Simplification moves a border by up to four units, and rounding by up to one.
            let most = 5.0 * length + 16.0;
            assert!((size - exact_size).abs() <= most, "{} at {zoom}: {size}", area.name);
        }
    }
}

#[test]
fn there_are_no_gaps_between_neighbours() {
    let fixture = Fixture::sample();
    fixture.build("store");
    let drawn = tiles(&fixture.archive("store", "areas"));
    let mut shared = 0;
    for zoom in [8u8, 10, 12] {
        for (place, features) in drawn.range((zoom, 0, 0)..(zoom + 1, 0, 0)) {
            for kind in ["neighbourhood", "region"] {
                let rings: Vec<_> = features
                    .iter()
                    .filter(|feature| feature.layer == "areas" && feature.tags["kind"] == kind)
                    .flat_map(|feature| &feature.parts)
                    .collect();
                shared += check_borders(&rings, &format!("{kind} in {place:?}"));
            }
        }
    }
    assert!(shared > 1000, "only {shared} shared edges were checked");
}

/// Checks that every edge is shared with a neighbour, or has no neighbour close to its outer side. The
/// distance is larger than the gap between two borders that were simplified separately. Returns the
/// number of shared edges.
fn check_borders(rings: &[&Vec<(i64, i64)>], place: &str) -> usize {
    let mut owners: HashMap<[(i64, i64); 2], Vec<usize>> = HashMap::new();
    for (owner, ring) in rings.iter().enumerate() {
        for (at, &from) in ring.iter().enumerate() {
            let to = ring[(at + 1) % ring.len()];
            owners.entry([from.min(to), from.max(to)]).or_default().push(owner);
        }
    }
    let polygons: Vec<_> = rings.iter().map(|one| Polygon::new(ring(one), Vec::new())).collect();
    for ([from, to], owners) in &owners {
        let inside = |(x, y): (i64, i64)| (0..4096).contains(&x) && (0..4096).contains(&y);
        let (dx, dy) = ((to.0 - from.0) as f64, (to.1 - from.1) as f64);
        let length = dx.hypot(dy);
        // A shorter edge may end at a corner of the city with a neighbour behind it.
        if owners.len() > 1 || length < 40.0 || !inside(*from) || !inside(*to) {
            continue;
        }
        let middle = Coord { x: (from.0 + to.0) as f64 / 2.0, y: (from.1 + to.1) as f64 / 2.0 };
        let off =
            |way: f64| Coord { x: middle.x - way * dy / length, y: middle.y + way * dx / length };
        let owner = &polygons[owners[0]];
        let outwards = if owner.contains(&off(0.01)) { -1.0 } else { 1.0 };
        let beyond = off(outwards * 6.0);
        let is_gap = polygons.iter().any(|other| other.contains(&beyond) && other != owner);
        assert!(!is_gap, "a gap along {from:?} to {to:?}, {place}");
    }
    owners.values().filter(|owners| owners.len() == 2).count()
}

#[test]
fn each_area_has_one_label_inside_it_at_each_zoom() {
    let fixture = Fixture::sample();
    fixture.build("store");
    let areas = fixture.areas();
    let by_id: HashMap<_, _> = areas.iter().map(|area| (area.id.get().to_string(), area)).collect();
    let mut seen: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
    for ((zoom, x, y), features) in tiles(&fixture.archive("store", "areas")) {
        for feature in features.iter().filter(|feature| feature.layer == "area-labels") {
            let area = by_id[&feature.tags["id"]];
            assert_eq!(feature.tags["name"], area.name);
            assert_eq!(feature.tags["name_norm"], area.normalised);
            assert_eq!(feature.tags["kind"], area.kind.as_str());
            assert_eq!(feature.tags["city"], area.city.to_string());
            let population = area.attributes.population.map(|people| people.to_string());
            assert_eq!(feature.tags.get("population"), population.as_ref());
            let is_new = seen.entry(zoom).or_default().insert(feature.tags["id"].clone());
            assert!(is_new, "{} has two labels at zoom {zoom}", area.name);
            let (column, row) = feature.parts[0][0];
            assert!((0..4096).contains(&column) && (0..4096).contains(&row));
            if zoom >= 10 {
                let side = f64::from(1u32 << zoom) * EXTENT;
                let lng = (f64::from(x) * EXTENT + column as f64 + 0.5) / side * 360.0 - 180.0;
                let turn = 1.0 - 2.0 * (f64::from(y) * EXTENT + row as f64 + 0.5) / side;
                let lat = (std::f64::consts::PI * turn).sinh().atan().to_degrees();
                assert!(area.polygons.intersects(&Coord { x: lng, y: lat }), "{}", area.name);
            }
        }
    }
    assert!(seen.keys().copied().eq(4..=14));
    assert!(seen.values().all(|ids| ids.len() == areas.len()));
}

#[test]
fn tiny_and_narrow_areas_do_not_vanish() {
    let fixture = Fixture::sample();
    let tiny = "POLYGON ((51.4 35.7, 51.40001 35.7, 51.40001 35.70001, 51.4 35.7))";
    let narrow = "POLYGON ((51.5 35.7, 51.52 35.70001, 51.54 35.7, 51.52 35.69999, 51.5 35.7))";
    let table = format!("WKT,name\n\"{tiny}\",a\n\"{narrow}\",b\n");
    fs::write(fixture.path("demo/areas/tehran.csv"), table).unwrap();
    fixture.build("store");
    let drawn = tiles(&fixture.archive("store", "areas"));
    for zoom in 4..=14u8 {
        for name in ["a", "b"] {
            let visible = drawn
                .range((zoom, 0, 0)..(zoom + 1, 0, 0))
                .flat_map(|(_, features)| features)
                .filter(|feature| feature.layer == "areas" && feature.tags["name"] == name)
                .flat_map(|feature| &feature.parts)
                .any(|part| Polygon::new(ring(part), Vec::new()).unsigned_area() > 0.0);
            assert!(visible, "{name} vanished at zoom {zoom}");
        }
    }
}

#[test]
fn the_number_of_dots_follows_the_population() {
    let fixture = Fixture::sample();
    fixture.build("store");
    let people: u64 = fixture
        .areas()
        .iter()
        .filter(|area| area.kind.as_str() == "neighbourhood")
        .filter_map(|area| area.attributes.population)
        .sum();
    let mut dots: BTreeMap<u8, u64> = BTreeMap::new();
    for ((zoom, ..), features) in tiles(&fixture.archive("store", "population")) {
        *dots.entry(zoom).or_default() += features.len() as u64;
    }
    assert!(dots.keys().copied().eq(8..=14));
    for (zoom, dots) in dots {
        let shown = dots * (50 << (14 - zoom));
        // Each of the 349 areas rounds its number of dots down.
        let most = 349 * (50 << (14 - zoom));
        assert!(
            shown.abs_diff(people) <= most,
            "zoom {zoom} has dots for {shown} of {people} people"
        );
    }
}

#[test]
fn the_number_of_threads_and_the_time_do_not_change_the_archives() {
    let fixture = Fixture::sample();
    fixture.build("one");
    let output = fixture.command("other").env("RAYON_NUM_THREADS", "1").output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    for layer in ["areas", "population"] {
        let (one, other) = (fixture.archive("one", layer), fixture.archive("other", layer));
        assert_eq!(ArchiveDigest::of(&one), ArchiveDigest::of(&other), "{layer}");
    }
}

#[test]
fn nothing_is_published_if_a_ring_is_invalid() {
    let fixture = Fixture::sample();
    let open = "WKT,name\n\"POLYGON ((52.5 29.6, 52.6 29.6, 52.6 29.7, 52.5 29.7))\",معالی آباد\n";
    fs::write(fixture.path("demo/areas/shiraz.csv"), open).unwrap();
    let sentence = failure(&mut fixture.command("store"));
    for part in ["shiraz.csv, row 1, `معالی آباد`", "a ring is not closed"] {
        assert!(sentence.contains(part), "`{part}` is not in: {sentence}");
    }
    assert!(!fixture.path("store").exists(), "a store was created");
}

#[test]
fn verify_checks_the_metadata_of_an_area_archive_against_its_tiles() {
    let fixture = Fixture::sample();
    fixture.build("store");
    let archive = fixture.archive("store", "areas");
    let verified = verify(&archive, None).unwrap();
    assert!(verified.feature_totals.keys().copied().eq(4..=14));
    let header = tilecore::archive::Header::parse(&archive, archive.len() as u64).unwrap();
    let metadata = header
        .unpack_metadata(&archive[header.metadata.start as usize..header.metadata.end as usize]);
    let metadata: Json = serde_json::from_slice(&metadata.unwrap()).unwrap();
    let stored = |metadata: &Json| rewrite(&archive, metadata);
    assert!(verify(&stored(&metadata), None).is_ok(), "an unchanged rewritten archive is valid");
    let mut fewer = metadata.clone();
    fewer["totals"]["9"]["features"] = 1.into();
    let error = verify(&stored(&fewer), None).unwrap_err();
    assert!(matches!(error, VerifyError::FeatureTotals { zoom: 9, .. }), "{error}");
    let mut renamed = metadata.clone();
    renamed["vector_layers"][1]["id"] = "names".into();
    let error = verify(&stored(&renamed), None).unwrap_err();
    assert!(error.to_string().contains("its layer is not in the metadata"), "{error}");
    let mut nameless = metadata;
    nameless["vector_layers"][0]["fields"].as_object_mut().unwrap().remove("name");
    let error = verify(&stored(&nameless), None).unwrap_err();
    assert!(error.to_string().contains("one of its attributes is not in the metadata"), "{error}");
}

/// Writes the same tiles with other metadata.
fn rewrite(archive: &[u8], metadata: &Json) -> Vec<u8> {
    let header = tilecore::archive::Header::parse(archive, archive.len() as u64).unwrap();
    let part = |range: &std::ops::Range<u64>| &archive[range.start as usize..range.end as usize];
    let (root, leaves) = (part(&header.root), part(&header.leaves));
    let index = tilecore::archive::ArchiveIndex::parse(header.clone(), root, leaves).unwrap();
    let tiles: Vec<_> = index
        .entries()
        .iter()
        .flat_map(|entry| {
            let bytes = part(&index.file_range(entry)).to_vec();
            let ids = entry.tile_id..entry.tile_id + u64::from(entry.run_length);
            ids.map(move |id| tilecore::archive::StoredTile {
                coord: tilecore::TileCoord::from_id(id).unwrap_or_else(|| TileCoord::at(0, 0)),
                hash: TileHash::of(&bytes),
                bytes: bytes.clone(),
            })
        })
        .collect();
    let content = tilecore::archive::ArchiveContent {
        minzoom: header.minzoom,
        maxzoom: header.maxzoom,
        bounds: [51.0, 35.0, 52.0, 36.0],
        metadata: metadata.to_string(),
    };
    let mut file = std::io::Cursor::new(Vec::new());
    tilecore::archive::write(&mut file, &content, &tiles).unwrap();
    file.into_inner()
}

#[test]
fn population_can_be_published_separately() {
    let fixture = Fixture::sample();
    let newest = |store: &str| -> Json {
        let output =
            tilegen().arg("catalog").arg("--store").arg(fixture.path(store)).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let digests = |manifest: &Json| -> BTreeMap<String, String> {
        let entries = manifest["layers"].as_array().unwrap().iter();
        let text = |value: &Json| value.as_str().unwrap().to_owned();
        entries.map(|entry| (text(&entry["layer"]), text(&entry["digest"]))).collect()
    };
    assert!(fixture.command("store").output().unwrap().status.success());
    let before = digests(&newest("store"));
    let again =
        fixture.job("population", "store").args(["--people-per-dot", "200"]).output().unwrap();
    assert!(again.status.success(), "{}", errors(&again));
    let after = digests(&newest("store"));
    assert_eq!(before["areas"], after["areas"]);
    assert_ne!(before["population"], after["population"]);

    let mut too_many_people_per_dot = fixture.job("population", "store");
    let error = failure(too_many_people_per_dot.args(["--people-per-dot", "1000000000"]));
    assert!(error.contains("together have fewer than 1000000000 inhabitants"), "{error}");
    assert_eq!(digests(&newest("store")), after, "nothing is published");
}
