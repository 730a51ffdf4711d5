//! The import: reads folders of area files, and returns valid areas and a report of every change.

mod area_row;
mod dbf;
mod geojson;
mod named_rows;
mod report;
mod rings;
mod shapes;
mod text;
mod wkt;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use geo::{BoundingRect, ChamberlainDuquetteArea, MultiPolygon, Rect};
use jiff::Timestamp;
use tilecore::manifest::City;

use super::{Area, AreaError, AreaFault, AreaId, AreaKind, normalise_name};
use crate::files::{
    FolderFiles, MAX_NAME_CHARS, check_modified, city_of_file, clean_name, companion, extension,
    is_too_long, modified_at,
};
use area_row::{AreaRow, key_columns, name_columns};
use named_rows::{NamedRows, check_files_apart};
pub use report::ImportReport;

/// The folders of area files. A kind without a folder has no areas.
#[derive(Clone, Debug, Default)]
pub struct AreaFolders {
    /// Marketing areas: one file for each city, named after the key of the city.
    pub marketing: Option<PathBuf>,
    /// Regions.
    pub regions: Option<PathBuf>,
    /// Neighbourhoods.
    pub neighbourhoods: Option<PathBuf>,
}

impl fmt::Display for AreaFolders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths = self.paths().map(|path| path.display().to_string());
        f.write_str(&paths.collect::<Vec<_>>().join(", "))
    }
}

/// Reads the areas of every folder, sorted by id. A region without a population gets the sums of its
/// neighbourhoods' population and surface. A file that was modified after `now` is rejected.
pub fn read_areas(
    folders: &AreaFolders,
    cities: &[City],
    now: Timestamp,
) -> Result<(Vec<Area>, ImportReport), AreaError> {
    for path in folders.files()? {
        let modified = modified_at(&path).map_err(|source| AreaError::read(&path, source))?;
        check_modified(&path.display().to_string(), modified, now)?;
    }
    let mut importer = Importer { cities, areas: BTreeMap::new(), report: ImportReport::default() };
    let folders_by_kind = [&folders.marketing, &folders.regions, &folders.neighbourhoods];
    for (kind, folder) in AreaKind::ALL.into_iter().zip(folders_by_kind) {
        let Some(folder) = folder else { continue };
        let listed = area_files(folder)?;
        listed.report_unread(AREA_FILES, &mut importer.report.files_not_read);
        let cities = importer.cities_of_files(kind, &listed.files)?;
        for (path, city) in listed.files.iter().zip(cities) {
            importer.read_file(kind, city, path)?;
        }
    }
    let Importer { areas: by_id, mut report, .. } = importer;
    check_files_apart(by_id.values())?;
    let areas = by_id.into_values().map(NamedRows::join);
    let mut areas = areas.collect::<Result<Vec<Area>, AreaError>>()?;
    report.unreadable.warn();
    report.regions_unknown = fill_regions_from_neighbourhoods(&mut areas);
    for area in &areas {
        *report.areas.entry(area.kind).or_default() += 1;
        report.names_normalised += u64::from(area.name != area.normalised);
    }
    Ok((areas, report))
}

impl AreaFolders {
    fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.marketing, &self.regions, &self.neighbourhoods].into_iter().flatten()
    }

    /// Every file that is read, including the `.dbf`, `.prj` and `.cpg` of a shapefile.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, AreaError> {
        let mut files = Vec::new();
        for folder in self.paths() {
            for path in area_files(folder)?.files {
                let sidecars = match extension(&path).as_str() {
                    "shp" => ["dbf", "prj", "cpg"].map(|end| companion(&path, end)).to_vec(),
                    _ => Vec::new(),
                };
                files.push(path);
                files.extend(sidecars.into_iter().filter(|path| path.exists()));
            }
        }
        Ok(files)
    }

    /// The newest modification time of the files.
    pub(crate) fn modified_at(&self) -> Result<Option<Timestamp>, AreaError> {
        self.files()?.iter().try_fold(None, |newest, path| {
            let modified = modified_at(path).map_err(|source| AreaError::read(path, source))?;
            Ok(Some(modified).max(newest))
        })
    }
}

/// The kinds of area files.
const AREA_FILES: &str = ".csv, .shp, .geojson or .json";

/// The area files of a folder.
fn area_files(folder: &Path) -> Result<FolderFiles, AreaError> {
    let listed = FolderFiles::list(folder, &["csv", "shp", "geojson", "json"])
        .map_err(|source| AreaError::read(folder, source))?;
    if listed.files.is_empty() {
        return Err(AreaError::NoFiles { path: folder.to_owned() });
    }
    Ok(listed)
}

struct Importer<'a> {
    cities: &'a [City],
    areas: BTreeMap<AreaId, NamedRows>,
    report: ImportReport,
}

impl<'a> Importer<'a> {
    /// The city of each file. Only files of marketing areas belong to a city, and each city has one.
    fn cities_of_files(
        &self,
        kind: AreaKind,
        files: &[PathBuf],
    ) -> Result<Vec<Option<&'a City>>, AreaError> {
        if kind != AreaKind::Marketing {
            return Ok(vec![None; files.len()]);
        }
        let mut first: HashMap<i64, &PathBuf> = HashMap::new();
        let city_of = |path: &PathBuf| -> Result<&'a City, AreaError> {
            city_of_file(self.cities, path).ok_or_else(|| {
                let known: Vec<_> = self.cities.iter().map(|city| city.key.as_str()).collect();
                AreaError::UnknownCity { path: path.clone(), known: known.join(", ") }
            })
        };
        let mut cities = Vec::with_capacity(files.len());
        for path in files {
            let city = city_of(path)?;
            if let Some(first) = first.insert(city.id, path) {
                let (first, second, city) = (first.clone(), path.clone(), city.key.clone());
                return Err(AreaError::TwoFiles { first, second, city });
            }
            cities.push(Some(city));
        }
        Ok(cities)
    }

    fn read_file(
        &mut self,
        kind: AreaKind,
        city: Option<&'a City>,
        path: &Path,
    ) -> Result<(), AreaError> {
        self.report.files += 1;
        let rows = match extension(path).as_str() {
            "csv" => wkt::read(path)?,
            "shp" => shapes::read(path, &mut self.report.repairs)?,
            _ => geojson::read(path)?,
        };
        check_columns(kind, path, &rows)?;
        for row in rows {
            self.add_row(kind, city, path, row)?;
        }
        Ok(())
    }

    fn add_row(
        &mut self,
        kind: AreaKind,
        city: Option<&'a City>,
        path: &Path,
        mut row: AreaRow,
    ) -> Result<(), AreaError> {
        let Some(rings) = row.rings.take().filter(|rings| !rings.polygons.is_empty()) else {
            self.report.rows_without_polygon += 1;
            return Ok(());
        };
        let columns = name_columns(kind);
        let written = columns
            .iter()
            .find_map(|column| row.text(column))
            .ok_or_else(|| row.error(path, AreaFault::NoName { column: columns.join(" or ") }))?;
        let name = clean_name(written);
        self.report.names_cleaned += u64::from(name != written);
        if is_too_long(&name) {
            let fault = AreaFault::LongName { length: name.chars().count(), limit: MAX_NAME_CHARS };
            return Err(row.error(path, fault));
        }
        let polygons = rings.into_valid_polygons().map_err(|fault| row.error(path, fault))?;
        let city = self.city_of(city, &polygons).map_err(|fault| row.error(path, fault))?;
        let normalised = normalise_name(&name);
        let attributes = row.attributes(path, &polygons, &mut self.report);
        let number = row.numeric_key(kind, &attributes, path, &mut self.report);
        let key = number.map_or_else(|| normalised.clone(), |number| number.to_string());
        let id = AreaId::of(kind, &city.key, &key);
        let area = Area {
            id,
            kind,
            city: city.id,
            name: name.into_owned(),
            normalised,
            polygons,
            attributes,
        };
        let new = NamedRows::new(area, path, row.number, number.is_some());
        match self.areas.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(new);
            }
            Entry::Occupied(mut entry) => {
                entry.get_mut().add(new, &key).map_err(|fault| row.error(path, fault))?;
                self.report.rows_joined += 1;
            }
        }
        Ok(())
    }

    /// The city of the file, or the city whose bounds contain the middle of the area.
    fn city_of(
        &self,
        of_file: Option<&'a City>,
        polygons: &MultiPolygon,
    ) -> Result<&'a City, AreaFault> {
        let bounds = polygons.bounding_rect().ok_or(AreaFault::Empty)?;
        let middle = bounds.center();
        let contains_middle = |city: &City| {
            let [west, south, east, north] = city.bounds;
            (west..=east).contains(&middle.x) && (south..=north).contains(&middle.y)
        };
        let city = match of_file {
            Some(city) if contains_middle(city) => city,
            Some(city) => return Err(AreaFault::OutsideCity(city.key.clone())),
            None => {
                let within = self.cities.iter().find(|city| contains_middle(city));
                within.ok_or_else(|| AreaFault::OutsideCity("every city".to_owned()))?
            }
        };
        check_extent(bounds, city)?;
        Ok(city)
    }
}

/// An area may be at most this many times as wide and as high as the box of its city. Every tile that an area
/// touches is written, so one wrong point would make millions of tiles.
const MAX_EXTENT: f64 = 4.0;

fn check_extent(bounds: Rect, city: &City) -> Result<(), AreaFault> {
    let [west, south, east, north] = city.bounds;
    let (width, height) = (bounds.width(), bounds.height());
    if width <= MAX_EXTENT * (east - west) && height <= MAX_EXTENT * (north - south) {
        return Ok(());
    }
    Err(AreaFault::TooWide { width, height, limit: MAX_EXTENT, city: city.key.clone() })
}

/// Gives each region without a population or surface the sums of its neighbourhoods. Returns the
/// number of neighbourhoods whose region is missing.
fn fill_regions_from_neighbourhoods(areas: &mut [Area]) -> u64 {
    let mut sums: HashMap<(i64, u32), (u64, Option<f64>)> = HashMap::new();
    for area in areas.iter().filter(|area| area.kind == AreaKind::Neighbourhood) {
        let (Some(region), Some(population)) = (area.attributes.region, area.attributes.population)
        else {
            continue;
        };
        let sum = sums.entry((area.city, region)).or_insert((0, Some(0.0)));
        sum.0 += population;
        sum.1 = sum.1.zip(area.attributes.hectares).map(|(sum, hectares)| sum + hectares);
    }
    let mut known = Vec::new();
    for area in areas.iter_mut().filter(|area| area.kind == AreaKind::Region) {
        let Some(region) = area.attributes.region else { continue };
        known.push((area.city, region));
        if let Some(&(population, hectares)) = sums.get(&(area.city, region)) {
            area.attributes.population = area.attributes.population.or(Some(population));
            let own = area.polygons.chamberlain_duquette_unsigned_area() / 1e4;
            let is_whole = |sum: &f64| (0.5..=2.0).contains(&(sum / own));
            area.attributes.hectares = area.attributes.hectares.or(hectares.filter(is_whole));
        }
    }
    let of_region = |area: &&Area| area.kind == AreaKind::Neighbourhood && !known.is_empty();
    let unknown = areas.iter().filter(of_region).filter(|area| {
        area.attributes.region.is_some_and(|region| !known.contains(&(area.city, region)))
    });
    unknown.count() as u64
}

/// Checks that a file has rows, names, and areas of the kind of its folder.
fn check_columns(kind: AreaKind, path: &Path, rows: &[AreaRow]) -> Result<(), AreaError> {
    if rows.is_empty() {
        return Err(AreaError::NoRows { path: path.to_owned() });
    }
    let has = |column: &&str| rows.iter().any(|row| row.text(column).is_some());
    let found = match kind {
        AreaKind::Region if has(&"name_mahal") => Some(AreaKind::Neighbourhood),
        AreaKind::Neighbourhood if !has(&"name_mahal") && are_regions(rows) => {
            Some(AreaKind::Region)
        }
        _ => None,
    };
    if let Some(found) = found {
        return Err(AreaError::WrongKind { path: path.to_owned(), found, expected: kind });
    }
    let is_column = |column: &&str| rows.iter().any(|row| row.fields.contains_key(*column));
    if name_columns(kind).iter().any(is_column) {
        return Ok(());
    }
    let columns: BTreeSet<&str> =
        rows.iter().flat_map(|row| row.fields.keys()).map(String::as_str).collect();
    let found = if columns.is_empty() {
        "none".to_owned()
    } else {
        columns.into_iter().collect::<Vec<_>>().join(", ")
    };
    let expected = name_columns(kind).join(" or ");
    Err(AreaError::NoNameColumn { path: path.to_owned(), found, kind, expected })
}

/// Whether rows without a column `NAME_MAHAL` are regions: each has another number of a region. Several
/// neighbourhoods are in one region.
fn are_regions(rows: &[AreaRow]) -> bool {
    const MANY: usize = 5;
    let has_key = rows.iter().any(|row| {
        key_columns(AreaKind::Neighbourhood).iter().any(|column| row.text(column).is_some())
    });
    let numbers: Option<BTreeSet<&str>> = rows.iter().map(|row| row.text("region")).collect();
    numbers.is_some_and(|numbers| numbers.len() == rows.len() && (!has_key || rows.len() >= MANY))
}
