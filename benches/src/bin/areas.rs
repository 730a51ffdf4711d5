//! Compares the area index with testing every polygon, for as many positions as there are orders.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Parser;
use geo::{BoundingRect, Coord, Intersects, Point};
use serde_json::json;
use tile_benches::cpu_seconds;
use tilecore::LngLat;
use tilegen::config::Config;
use tilegen::polygons::{AreaFolders, AreaIndex, read_areas};

/// Look up positions in the areas of a `tilegen sample` directory, on one thread
#[derive(Parser)]
struct Args {
    /// Directory with areas, regions and neighbourhoods
    #[arg(long)]
    demo: PathBuf,
    /// Number of positions to look up
    #[arg(long, default_value_t = 3_000_000)]
    positions: u64,
    /// Check every Nth position against every polygon; the result must be the same
    #[arg(long, default_value_t = 100)]
    check_every: u64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let config = Config::load(None)?;
    let folders = AreaFolders {
        marketing: Some(args.demo.join("areas")),
        regions: Some(args.demo.join("regions")),
        neighbourhoods: Some(args.demo.join("neighbourhoods")),
    };
    let (areas, _) =
        read_areas(&folders, &config.cities, std::time::SystemTime::now().try_into()?)?;
    ensure!(!areas.is_empty(), "there are no areas");
    let since = cpu_seconds();
    let index = AreaIndex::new(&areas);
    let build_seconds = cpu_seconds() - since;

    // Orders are inside areas. Positions outside would make the index look faster than it is.
    let positions: Vec<LngLat> = (0..)
        .map(|number: u64| {
            let [west, south, east, north] =
                config.cities[(number % config.cities.len() as u64) as usize].bounds;
            // Multiples of two irrational numbers fill a rectangle evenly (Roberts, 2018).
            let (x, y) = (number as f64 * 0.754_877_666, number as f64 * 0.569_840_290);
            LngLat {
                lng: west + (east - west) * x.fract(),
                lat: south + (north - south) * y.fract(),
            }
        })
        .filter(|&at| index.containing(at).next().is_some())
        .take(args.positions as usize)
        .collect();
    let since = cpu_seconds();
    let found: u64 = positions.iter().map(|&at| index.containing(at).count() as u64).sum();
    let lookup_seconds = cpu_seconds() - since;

    let frames: Vec<_> = areas.iter().map(|area| area.polygons.bounding_rect()).collect();
    let checked: Vec<_> = positions.iter().step_by(args.check_every.max(1) as usize).collect();
    let since = cpu_seconds();
    for &&at in &checked {
        let point = Coord { x: at.lng, y: at.lat };
        let holds = |&area: &usize| {
            frames[area].is_some_and(|frame| frame.intersects(&point))
                && areas[area].polygons.intersects(&Point::from(point))
        };
        let exhaustive: Vec<_> = (0..areas.len()).filter(holds).collect();
        let by_index: Vec<_> = index.containing(at).collect();
        ensure!(
            exhaustive == by_index,
            "{at:?} is in areas {exhaustive:?}, but the index found {by_index:?}"
        );
    }
    let exhaustive_seconds = (cpu_seconds() - since) * args.positions as f64 / checked.len() as f64;
    println!(
        "{:#}",
        json!({
            "areas": areas.len(),
            "positions": args.positions,
            "memberships": found,
            "checked": checked.len(),
            "index_build_cpu_seconds": build_seconds,
            "index_lookup_cpu_seconds": lookup_seconds,
            "every_polygon_cpu_seconds_projected": exhaustive_seconds,
        })
    );
    Ok(())
}
