//! The tables of a snapshot, from which the page filters, counts and computes coverage.
//!
//! A table contains no build time, so the same data gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tilecore::manifest::City;

use super::area_lookup::ContainingAreas;
use super::content::SnapshotContent;
use super::coverage_layer::CoveredCells;
use crate::config::VendorColumn;
use crate::polygons::{AreaId, AreaKind};
use crate::vendors::coverage::Grid;
use crate::vendors::vendor::{Platform, Vendor};

/// The table `vendors/{city}`: each column is a list with a value for each vendor.
#[derive(Serialize)]
struct VendorTable<'a> {
    city: &'a str,
    lines: &'a [String],
    grades: &'a [String],
    platforms: [Platform; 2],
    /// Ids of the areas; the columns `marketing`, `region` and `neighbourhood` contain indices into this
    /// list.
    areas: Vec<AreaId>,
    count: usize,
    columns: VendorColumns<'a>,
}

#[derive(Serialize)]
struct VendorColumns<'a> {
    code: Vec<&'a str>,
    platform: Vec<u8>,
    line: Vec<u8>,
    grade: Vec<usize>,
    lng_e7: Vec<i32>,
    lat_e7: Vec<i32>,
    radius_m: Vec<u32>,
    radius_assumed: Vec<u8>,
    status: Vec<Option<i32>>,
    visible: Vec<Option<u8>>,
    marketing: Vec<Vec<usize>>,
    region: Vec<Vec<usize>>,
    neighbourhood: Vec<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_status: Option<Vec<Option<i32>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<Vec<Option<u8>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    availability: Option<Vec<Option<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    own_delivery: Option<Vec<Option<u8>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ofood_delivery: Option<Vec<Option<u8>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_express: Option<Vec<Option<u8>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_dual: Option<Vec<Option<u8>>>,
}

/// The table `coverage-grid/{city}`.
#[derive(Serialize)]
struct GridTable<'a> {
    city: &'a str,
    lines: &'a [String],
    level: u8,
    first_column: u32,
    first_row: u32,
    columns: usize,
    rows: usize,
    /// Ids of the areas; `runs` and `targets` use indices into this list.
    areas: Vec<AreaId>,
    /// Run-length encoding of the areas of cells, row by row from the north-west: index of an area or -1,
    /// number of cells, and so on.
    runs: Vec<i32>,
    /// For each area its targets by line; `None` for an area without targets.
    targets: Vec<Option<&'a [Option<u32>]>>,
}

/// The table `area-stats/vendors`.
#[derive(Serialize)]
struct AreaStatsTable<'a> {
    lines: &'a [String],
    grades: &'a [String],
    platforms: [Platform; 2],
    areas: Vec<AreaStats<'a>>,
}

#[derive(Serialize)]
struct AreaStats<'a> {
    id: AreaId,
    kind: AreaKind,
    city: i64,
    name: &'a str,
    population: Option<u64>,
    /// All vendors in the area.
    all: VendorStats,
    /// The vendors that the page shows with its default filter.
    default: VendorStats,
}

#[derive(Serialize)]
struct VendorStats {
    total: u64,
    by_grade: Vec<u64>,
    by_platform: [u64; 2],
    by_line: Vec<u64>,
    /// Vendors per 10,000 inhabitants; `None` if the population is unknown.
    per_10k: Option<f64>,
}

/// The table `options`.
#[derive(Serialize)]
struct OptionsTable<'a> {
    cities: &'a [City],
    lines: &'a [String],
    grades: &'a [String],
    /// The delivery radius that is assumed for a grade, in kilometres.
    grade_radius_km: &'a BTreeMap<String, f64>,
    platforms: [Platform; 2],
    statuses: BTreeSet<i32>,
    vendor_statuses: BTreeSet<i32>,
    area_kinds: [AreaKind; 3],
}

impl SnapshotContent<'_> {
    fn of_city(&self, city: usize) -> impl Iterator<Item = (&Vendor, &ContainingAreas)> {
        self.vendors.iter().zip(self.containing).filter(move |(vendor, _)| vendor.city == city)
    }

    /// The table `vendors/{city}`, and its number of rows.
    pub(super) fn vendor_table(&self, city: usize) -> (impl Serialize, u64) {
        let (vendors, containing): (Vec<_>, Vec<_>) = self.of_city(city).unzip();
        let mut numbers: BTreeMap<u32, usize> = BTreeMap::new();
        for containing in &containing {
            let areas = AreaKind::ALL.into_iter().flat_map(|kind| containing.of(kind));
            numbers.extend(areas.map(|&area| (area, 0)));
        }
        numbers.values_mut().enumerate().for_each(|(number, place)| *place = number);
        let areas = |kind| -> Vec<Vec<usize>> {
            let numbered = |containing: &&ContainingAreas| {
                containing.of(kind).iter().map(|area| numbers[area]).collect()
            };
            containing.iter().map(numbered).collect()
        };
        let flags = |of: fn(&Vendor) -> Option<bool>| -> Vec<Option<u8>> {
            vendors.iter().map(|&vendor| of(vendor).map(u8::from)).collect()
        };
        let publishes = |column| self.columns.contains(&column);
        let optional = |column, of| publishes(column).then(|| flags(of));
        let columns = VendorColumns {
            code: vendors.iter().map(|vendor| vendor.code.as_str()).collect(),
            platform: vendors.iter().map(|vendor| vendor.platform as u8).collect(),
            line: vendors.iter().map(|vendor| vendor.line).collect(),
            grade: vendors.iter().map(|vendor| vendor.grade.index()).collect(),
            lng_e7: vendors.iter().map(|vendor| vendor.lng_e7).collect(),
            lat_e7: vendors.iter().map(|vendor| vendor.lat_e7).collect(),
            radius_m: vendors.iter().map(|vendor| vendor.radius_m).collect(),
            radius_assumed: vendors.iter().map(|vendor| vendor.is_radius_assumed.into()).collect(),
            status: vendors.iter().map(|vendor| vendor.status).collect(),
            visible: flags(|vendor| vendor.visible),
            marketing: areas(AreaKind::Marketing),
            region: areas(AreaKind::Region),
            neighbourhood: areas(AreaKind::Neighbourhood),
            name: publishes(VendorColumn::Name)
                .then(|| vendors.iter().map(|vendor| vendor.name.as_str()).collect()),
            vendor_status: publishes(VendorColumn::VendorStatus)
                .then(|| vendors.iter().map(|vendor| vendor.vendor_status).collect()),
            open: optional(VendorColumn::Open, |vendor| vendor.open),
            availability: publishes(VendorColumn::Availability)
                .then(|| vendors.iter().map(|vendor| vendor.availability).collect()),
            own_delivery: optional(VendorColumn::OwnDelivery, |vendor| vendor.own_delivery),
            ofood_delivery: optional(VendorColumn::OfoodDelivery, |vendor| vendor.ofood_delivery),
            is_express: optional(VendorColumn::IsExpress, |vendor| vendor.is_express),
            is_dual: optional(VendorColumn::IsDual, |vendor| vendor.is_dual),
        };
        let table = VendorTable {
            city: &self.cities[city].key,
            lines: self.lines,
            grades: self.grades.names(),
            platforms: Platform::ALL,
            areas: self.ids(numbers.keys().copied()),
            count: vendors.len(),
            columns,
        };
        (table, vendors.len() as u64)
    }

    fn ids(&self, areas: impl Iterator<Item = u32>) -> Vec<AreaId> {
        areas.map(|area| self.area_lookup.areas[area as usize].id).collect()
    }

    /// The table `coverage-grid/{city}` of a grid, and its number of cells.
    pub(super) fn grid_table(&self, city: usize, grid: &Grid) -> (impl Serialize, u64) {
        let (mut areas, mut runs): (Vec<u32>, Vec<i32>) = (Vec::new(), Vec::new());
        for row in grid.rows() {
            for column in grid.columns() {
                let area = self.area_lookup.marketing_area_at(grid.centre(column, row));
                let number = area.map_or(-1, |area| {
                    let known = areas.iter().rposition(|&known| known == area);
                    let number = known.unwrap_or_else(|| {
                        areas.push(area);
                        areas.len() - 1
                    });
                    number.cast_signed() as i32
                });
                match runs.as_mut_slice() {
                    [.., last, count] if *last == number => *count += 1,
                    _ => runs.extend([number, 1]),
                }
            }
        }
        let table = GridTable {
            city: &self.cities[city].key,
            lines: self.lines,
            level: grid.level(),
            first_column: grid.columns().start,
            first_row: grid.rows().start,
            columns: grid.columns().len(),
            rows: grid.rows().len(),
            targets: areas.iter().map(|&area| self.targets.of(area as usize)).collect(),
            areas: self.ids(areas.into_iter()),
            runs,
        };
        (table, grid.cells() as u64)
    }

    /// The table `area-stats/vendors`, and its number of areas. A vendor in overlapping areas counts in
    /// each.
    pub(super) fn area_stats_table(&self) -> (impl Serialize, u64) {
        let mut inside: Vec<Vec<&Vendor>> = vec![Vec::new(); self.area_lookup.areas.len()];
        for (vendor, containing) in self.vendors.iter().zip(self.containing) {
            for &area in AreaKind::ALL.into_iter().flat_map(|kind| containing.of(kind)) {
                inside[area as usize].push(vendor);
            }
        }
        let stats = self.area_lookup.areas.iter().zip(&inside).map(|(area, vendors)| {
            let population = area.attributes.population;
            let default = vendors.iter().filter(|vendor| vendor.is_shown_by_default());
            AreaStats {
                id: area.id,
                kind: area.kind,
                city: area.city,
                name: &area.name,
                population,
                all: self.count(vendors.iter().copied(), population),
                default: self.count(default.copied(), population),
            }
        });
        let areas: Vec<_> = stats.collect();
        let rows = areas.len() as u64;
        let platforms = Platform::ALL;
        (AreaStatsTable { lines: self.lines, grades: self.grades.names(), platforms, areas }, rows)
    }

    fn count<'v>(
        &self,
        vendors: impl Iterator<Item = &'v Vendor>,
        population: Option<u64>,
    ) -> VendorStats {
        let mut stats = VendorStats {
            total: 0,
            by_grade: vec![0; self.grades.count()],
            by_platform: [0; 2],
            by_line: vec![0; self.lines.len()],
            per_10k: None,
        };
        for vendor in vendors {
            stats.total += 1;
            stats.by_grade[vendor.grade.index()] += 1;
            stats.by_platform[vendor.platform as usize] += 1;
            stats.by_line[usize::from(vendor.line)] += 1;
        }
        let people = population.filter(|&people| people > 0);
        stats.per_10k = people.map(|people| stats.total as f64 * 10_000.0 / people as f64);
        stats
    }

    /// The table `options`.
    pub(super) fn options_table(&self) -> impl Serialize {
        OptionsTable {
            cities: self.cities,
            lines: self.lines,
            grades: self.grades.names(),
            grade_radius_km: self.grade_radius_km,
            platforms: Platform::ALL,
            statuses: self.vendors.iter().filter_map(|vendor| vendor.status).collect(),
            vendor_statuses: self
                .vendors
                .iter()
                .filter_map(|vendor| vendor.vendor_status)
                .collect(),
            area_kinds: AreaKind::ALL,
        }
    }
}

/// The number of cells that the map shows, and the number of them that no vendor covers.
pub(super) fn count_shown_cells(cells: &CoveredCells<'_>) -> (u64, u64) {
    let shown = (0..cells.cells.len()).filter(|&index| cells.is_shown(index));
    shown.fold((0, 0), |(shown, uncovered), index| {
        (shown + 1, uncovered + u64::from(cells.counts(index)[0] == 0))
    })
}
