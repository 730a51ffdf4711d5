use super::*;

const DIGEST: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn a_tile_has_one_path_in_each_form() {
    let coord = TileCoord::new(5, 20, 12).unwrap();
    let latest = Route::Tile { slot: "density/30d", digest: None, coord };
    assert_eq!(Route::parse("/v1/tiles/density/30d/5/20/12.mvt"), Ok(latest));
    let digest = Some(DIGEST.parse().unwrap());
    let path = format!("/v1/tiles/density/30d%40{DIGEST}/5/20/12.mvt");
    let path = plain(&path);
    assert_eq!(Route::parse(&path), Ok(Route::Tile { slot: "density/30d", digest, coord }));
}

#[test]
fn a_composition_names_its_parts_in_order() {
    let coord = TileCoord::new(5, 20, 12).unwrap();
    let digest = Some(DIGEST.parse().unwrap());
    let areas = Part { slot: "areas/now", digest: None };
    let coverage = Part { slot: "coverage/now", digest };
    let path = format!("/v1/tiles/areas%2Fnow%2Bcoverage%2fnow%40{DIGEST}/5/20/12.mvt");
    let path = plain(&path);
    let parts = vec![areas, coverage];
    assert_eq!(Route::parse(&path), Ok(Route::Composition { parts, coord }));
    let parts = vec![areas, Part { digest: None, ..coverage }];
    assert_eq!(
        Route::parse("/v1/tiles/areas/now+coverage/now/tilejson.json"),
        Ok(Route::CompositionJson { parts })
    );
}

#[test]
fn a_composition_has_one_order() {
    let canonical = |rest: &str| canonical(&plain(&format!("/v1/tiles/{rest}")));
    for (rest, expected) in [
        ("areas/now+coverage/now/5/20/12.mvt", None),
        ("coverage/now+areas/now/5/20/12.mvt", Some("areas/now+coverage/now/5/20/12.mvt")),
        ("coverage/now%2Bareas%2fnow/tilejson.json", Some("areas/now+coverage/now/tilejson.json")),
        ("a/2+a/10/tilejson.json", Some("a/10+a/2/tilejson.json")),
        ("areas/now/5/20/12.mvt", None),
        ("b/now+a/now/5/20/x.mvt", None),
        ("b/now+b/now/5/20/12.mvt", None),
    ] {
        let expected = expected.map(|rest| format!("/v1/tiles/{rest}"));
        assert_eq!(canonical(rest), expected, "{rest}");
    }
    let pinned = canonical(&format!("b/now@{DIGEST}+a/now/tilejson.json"));
    assert_eq!(pinned.unwrap(), format!("/v1/tiles/a/now+b/now@{DIGEST}/tilejson.json"));
}

#[test]
fn a_table_has_one_path_in_each_form() {
    let digest = Some(DIGEST.parse().unwrap());
    let named = format!("/v1/tables/vendors/tehran/now@{DIGEST}.json");
    for (path, route) in [
        ("/v1/tables/options/now.json", Ok(Route::Table { table: "options/now", digest: None })),
        (&named, Ok(Route::Table { table: "vendors/tehran/now", digest })),
        ("/v1/tables/vendors/tehran/now@x.json", Err(RouteError::Malformed(PathPart::Digest))),
        ("/v1/tables/options.json", Err(RouteError::Unknown)),
        ("/v1/tables//now.json", Err(RouteError::Unknown)),
        ("/v1/tables/a/b/c/now.json", Err(RouteError::Unknown)),
        ("/v1/tables/options/now", Err(RouteError::Unknown)),
    ] {
        assert_eq!(Route::parse(path), route, "{path}");
    }
}

#[test]
fn private_reports_have_no_path() {
    for (path, route) in [
        // A file of the page, which has none of this name.
        (format!("/private/{DIGEST}.json"), Ok(Route::Page)),
        (format!("/v1/private/{DIGEST}.json"), Err(RouteError::Unknown)),
    ] {
        let path = &path;
        assert_eq!(Route::parse(path), route, "{path}");
    }
}

#[test]
fn the_other_paths_are_known_by_name() {
    for (path, route) in [
        ("/v1/catalog.json", Route::Catalog),
        ("/v1/tiles/density/30d/tilejson.json", Route::TileJson { slot: "density/30d" }),
        ("/v1/styles/density-day.json", Route::Style { name: "density-day.json" }),
        ("/health/live", Route::Live),
        ("/health/ready", Route::Ready),
        ("/", Route::Page),
        ("/assets/index.js", Route::Page),
        ("/v1", Route::Page),
    ] {
        assert_eq!(Route::parse(path), Ok(route), "{path}");
    }
}

#[test]
fn malformed_unknown_and_outside_are_distinct() {
    use PathPart::{Coord, Digest, Slots};
    use RouteError::{Malformed, Outside, Unknown};
    for (rest, error) in [
        ("density/30d/5/20/twelve.mvt", Malformed(Coord)),
        ("density/30d/5/-1/12.mvt", Malformed(Coord)),
        ("density/30d/5/+1/12.mvt", Malformed(Coord)),
        ("density/30d/5/1.5/12.mvt", Malformed(Coord)),
        ("density/30d/05/20/12.mvt", Malformed(Coord)),
        ("density/30d/5//12.mvt", Malformed(Coord)),
        ("density/30d/5/20/%31.mvt", Malformed(Coord)),
        ("density/30d@/5/20/12.mvt", Malformed(Digest)),
        ("density/30d@xyz/5/20/12.mvt", Malformed(Digest)),
        ("density/30d@0123456789ABCDEF0123456789ABCDEF/5/20/12.mvt", Malformed(Digest)),
        ("a/now+a/now/5/20/12.mvt", Malformed(Slots)),
        ("a/now+/5/20/12/1.mvt", Malformed(Slots)),
        ("a/now+b+c/5/20/12.mvt", Malformed(Slots)),
        ("a/now+b/now/5/32/12.mvt", Outside),
        ("a/now+b/now@x/5/20/12.mvt", Malformed(Digest)),
        ("a/1+a/2+a/3+a/4+a/5+a/6+a/7+a/8+a/9/5/20/12.mvt", Malformed(Slots)),
        ("density/30d/5/32/12.mvt", Outside),
        ("density/30d/5/20/32.mvt", Outside),
        ("density/30d/27/0/0.mvt", Outside),
        ("density/30d/256/0/0.mvt", Outside),
        ("density/30d/5/4294967296/12.mvt", Outside),
        ("density/30d/5/99999999999/12.mvt", Outside),
        ("density/30d/5/20/1+2.mvt", Malformed(Coord)),
        ("", Unknown),
        ("density", Unknown),
        ("density/30d", Unknown),
        ("density/30d/", Unknown),
        ("/30d/5/20/12.mvt", Unknown),
        ("density/30d/5/20/12", Unknown),
        ("density/30d/5/20/12.pbf", Unknown),
        ("density/30d/5/20.mvt", Unknown),
        ("density/30d/5/20/12/1.mvt", Unknown),
    ] {
        assert_eq!(Route::parse(&format!("/v1/tiles/{rest}")), Err(error), "{rest}");
    }
}

#[test]
fn no_path_makes_the_parser_panic() {
    let pieces = ["", "/", "v1", "tiles", "@", "%40", "%", ".mvt", "9", "٣", "\u{0}"];
    for a in pieces {
        for b in pieces {
            for c in pieces {
                let _ = Route::parse(&plain(&format!("/v1/tiles/{a}{b}/{c}{a}/{b}{c}.mvt")));
            }
        }
    }
}
