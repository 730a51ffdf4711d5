//! The documents that describe the map: the catalog, and TileJSON for each slot.

use serde_json::{Map, Value, json};
use tilecore::Visibility;
use tilecore::archive::Header;
use tilecore::layer::LAYERS;
use tilecore::lineage::{Build, InputSource};
use tilecore::manifest::{Hold, Job, LayerEntry, Manifest, TableEntry};

use crate::map::slots::LatestArchive;
use crate::storage::archive::Archive;
use crate::values::content_encoding::Encoding;
use crate::values::document::Document;

/// The metadata of archives that have a value for each city, by its key.
const CITY_FIELDS: [&str; 2] = ["city_quantiles", "city_totals"];

/// The metadata of archives that TileJSON repeats. All else stays private: metadata may have paths
/// and command lines of the build.
const REPEATED: [&str; 16] = [
    "name",
    "description",
    "vector_layers",
    "lines",
    "grades",
    "people_per_dot",
    "from",
    "to",
    "time_zone",
    "probabilities",
    "quantiles",
    CITY_FIELDS[0],
    CITY_FIELDS[1],
    "min_users",
    "floor_lines",
    "users_step",
];

/// TileJSON 3.0 of a slot. The URLs of its tiles are pinned to the archive, so a page that has read
/// it keeps seeing one archive. They begin with `public_url`, or with a slash if that is empty.
#[must_use]
pub fn tilejson(entry: &LayerEntry, archive: &Archive, holds: &[Hold], public_url: &str) -> Value {
    let LayerEntry { layer, slot, digest, .. } = entry;
    let tiles = format!("{public_url}/v1/tiles/{layer}/{slot}@{digest}/{{z}}/{{x}}/{{y}}.mvt");
    let header = archive.header();
    let [lng, lat] = header.center;
    let mut tilejson: Map<String, Value> = REPEATED
        .into_iter()
        .filter_map(|field| Some((field.to_owned(), archive.metadata().get(field)?.clone())))
        .collect();
    let Value::Object(own) = json!({
        "tilejson": "3.0.0",
        "tiles": [tiles],
        "scheme": "xyz",
        "minzoom": header.minzoom,
        "maxzoom": header.maxzoom,
        "bounds": header.bounds,
        "center": [lng, lat, f64::from(header.center_zoom)],
        "digest": digest,
    }) else {
        unreachable!("the literal above is an object")
    };
    tilejson.extend(own);
    let job = Job::of(layer);
    if let Some(hold) = holds.iter().find(|hold| job.is_some_and(|job| hold.job == job.as_str())) {
        let Hold { since, until, .. } = hold;
        tilejson.insert("hold".to_owned(), json!({ "since": since, "until": until }));
    }
    Value::Object(tilejson)
}

/// TileJSON of several slots, named as in paths, whose tiles are merged.
#[must_use]
pub fn composed(parts: &[(&str, &LatestArchive)], public_url: &str) -> Document {
    let headers: Vec<&Header> = parts.iter().map(|(_, latest)| latest.archive.header()).collect();
    let names: Vec<String> =
        parts.iter().map(|(slot, latest)| format!("{slot}@{}", latest.archive.digest())).collect();
    let layers: Vec<&Value> = parts
        .iter()
        .filter_map(|(_, latest)| latest.archive.metadata().get("vector_layers")?.as_array())
        .flatten()
        .collect();
    let edge = |at: usize, better: fn(f64, f64) -> f64| {
        headers.iter().map(|header| header.bounds[at]).reduce(better).unwrap_or_default()
    };
    let bounds = [edge(0, f64::min), edge(1, f64::min), edge(2, f64::max), edge(3, f64::max)];
    let center = headers.first().map(|header| {
        let [lng, lat] = header.center;
        [lng, lat, f64::from(header.center_zoom)]
    });
    let slots: Vec<&str> = parts.iter().map(|(slot, _)| *slot).collect();
    Document::json(&json!({
        "tilejson": "3.0.0",
        "name": slots.join(" + "),
        "tiles": [format!("{public_url}/v1/tiles/{}/{{z}}/{{x}}/{{y}}.mvt", names.join("+"))],
        "scheme": "xyz",
        "minzoom": headers.iter().map(|header| header.minzoom).min(),
        "maxzoom": headers.iter().map(|header| header.maxzoom).max(),
        "bounds": bounds,
        "center": center,
        "vector_layers": layers,
    }))
}

/// TileJSON with the signed query of its own request in the URLs of its tiles.
#[must_use]
pub fn signed(tilejson: &Document, query: &str) -> Document {
    let mut value = read(tilejson);
    if let Some(Value::String(url)) = value.pointer_mut("/tiles/0") {
        *url = format!("{url}?{query}");
    }
    Document::json(&value)
}

/// TileJSON of the part of an archive that a client may read: within these bounds (degrees, if there are any)
/// and zooms, with the figures of the cities that `keeps_city` names.
#[must_use]
pub fn limited(
    tilejson: &Document,
    bounds: Option<[f64; 4]>,
    (minzoom, maxzoom): (u8, u8),
    keeps_city: impl Fn(&str) -> bool,
) -> Document {
    let mut value = read(tilejson);
    value["minzoom"] = minzoom.into();
    value["maxzoom"] = maxzoom.into();
    if let Some([west, south, east, north]) = bounds {
        value["bounds"] = json!([west, south, east, north]);
        value["center"] =
            json!([f64::midpoint(west, east), f64::midpoint(south, north), f64::from(minzoom)]);
    }
    for field in CITY_FIELDS {
        if let Some(cities) = value.get_mut(field).and_then(Value::as_object_mut) {
            cities.retain(|key, _| keeps_city(key));
        }
    }
    Document::json(&value)
}

/// The part of the full catalog that a client may read.
#[must_use]
pub fn filtered(
    full: &Document,
    keeps_layer: impl Fn(&Value) -> bool,
    keeps_table: impl Fn(&Value) -> bool,
) -> Document {
    let mut value = read(full);
    if let Some(layers) = value["layers"].as_array_mut() {
        layers.retain(keeps_layer);
    }
    if let Some(tables) = value["tables"].as_array_mut() {
        tables.retain(keeps_table);
    }
    Document::json(&value)
}

fn read(document: &Document) -> Value {
    serde_json::from_slice(&document.body(Encoding::Identity)).unwrap_or_default()
}

/// The holds of jobs, for clients that may see what is internal.
#[must_use]
pub fn full_holds(holds: &[Hold]) -> Vec<Value> {
    let full = |hold: &Hold| {
        let Hold { job, since, until, author, reason, .. } = hold;
        json!({ "job": job, "since": since, "until": until, "author": author, "reason": reason })
    };
    holds.iter().map(full).collect()
}

/// The holds of jobs without their authors and reasons, which only clients of internal layers may see.
#[must_use]
pub fn public_holds(holds: &[Hold]) -> Vec<Value> {
    let public = |Hold { job, since, until, .. }: &Hold| json!({ "job": job, "since": since, "until": until });
    holds.iter().map(public).collect()
}

/// The catalog: the manifest, without what is not visible.
#[must_use]
pub fn catalog(
    manifest: &Manifest,
    visible: &[&LayerEntry],
    tables: &[&TableEntry],
    holds: &[Value],
) -> Value {
    let layers: Vec<Value> = visible
        .iter()
        .map(|entry| {
            json!({
                "layer": entry.layer,
                "slot": entry.slot,
                "job": Job::of(&entry.layer),
                "visibility": entry.visibility,
                "from": entry.from,
                "to": entry.to,
                "built_at": entry.built_at,
                "data_at": entry.data_at,
                "next_due": next_due(entry.build.as_ref()),
                "sources": sources(entry),
                "minzoom": entry.minzoom,
                "maxzoom": entry.maxzoom,
                "bounds": entry.bounds,
                "orders": entry.orders,
                "lines": entry.lines,
                "offline": may_be_kept(&entry.layer),
                "tilejson": format!("/v1/tiles/{}/{}/tilejson.json", entry.layer, entry.slot),
            })
        })
        .collect();
    let tables: Vec<Value> = tables
        .iter()
        .map(|entry| {
            let TableEntry { name, slot, digest, .. } = entry;
            json!({
                "name": name,
                "slot": slot,
                "job": Job::of(name.as_str()),
                "visibility": entry.visibility,
                "built_at": entry.built_at,
                "data_at": entry.data_at,
                "next_due": next_due(entry.build.as_ref()),
                "rows": entry.rows,
                "bytes": entry.bytes,
                "url": format!("/v1/tables/{name}/{slot}@{digest}.json"),
            })
        })
        .collect();
    let cities: Vec<Value> = manifest
        .cities
        .iter()
        .map(|city| {
            json!({
                "id": city.id,
                "key": city.key,
                "name_fa": city.name_fa,
                "name_en": city.name_en,
                "center": city.center,
                "zoom": city.zoom,
                "bounds": city.bounds,
            })
        })
        .collect();
    json!({
        "number": manifest.number,
        "built_at": manifest.built_at,
        "cities": cities,
        "layers": layers,
        "tables": tables,
        "holds": holds,
        "holidays": manifest.holidays,
    })
}

/// Whether the page may keep tiles of a layer for use without a network.
fn may_be_kept(layer: &str) -> bool {
    LAYERS.iter().find(|known| known.id == layer).is_none_or(|known| known.offline)
}

/// The sources whose rows an internal layer joins, and how old they are. Those of a public layer are not shown.
fn sources(entry: &LayerEntry) -> Vec<Value> {
    let build = entry.build.as_ref().filter(|_| entry.visibility == Visibility::Internal);
    let sources = build.into_iter().flat_map(|build| &build.sources);
    let shown = sources.map(|InputSource { name, data_at, max_age_seconds, .. }| {
        json!({ "name": name, "data_at": data_at, "max_age_seconds": max_age_seconds })
    });
    shown.collect()
}

/// When the next build is due. Nothing else of a build is public: what it read and rejected is
/// internal.
fn next_due(build: Option<&Build>) -> Option<String> {
    build.and_then(|build| build.next_due.as_ref()).map(ToString::to_string)
}
