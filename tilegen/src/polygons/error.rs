//! Why areas could not be read.

use std::path::{Path, PathBuf};

use geozero::error::GeozeroError;

/// Why areas could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AreaError {
    /// A file or folder could not be read.
    #[error("could not read {path}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// A folder has no file of areas.
    #[error("{path} has no file of areas (*.csv, *.shp, *.geojson)")]
    NoFiles {
        /// The folder.
        path: PathBuf,
    },
    /// A file of marketing areas is named after no city.
    #[error("{path} is named after no city; the cities are {known}")]
    City {
        /// The file.
        path: PathBuf,
        /// Keys of the cities.
        known: String,
    },
    /// A table is malformed.
    #[error("{path} is no comma-separated table")]
    Csv {
        /// The file.
        path: PathBuf,
        /// Cause, with line.
        #[source]
        source: csv::Error,
    },
    /// A table lacks a column.
    #[error("{path} has the columns {found}; areas need {expected}")]
    Columns {
        /// The file.
        path: PathBuf,
        /// Columns needed.
        expected: &'static str,
        /// Columns found.
        found: String,
    },
    /// A shapefile is malformed.
    #[error("{path} is no readable shapefile")]
    Shapes {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: shapefile::Error,
    },
    /// An attribute table is malformed.
    #[error("{path} is cut or no dBASE table")]
    Table {
        /// The file.
        path: PathBuf,
    },
    /// Shapes and attributes do not match.
    #[error("{path} has {shapes} shapes and {records} records of attributes")]
    Records {
        /// The file.
        path: PathBuf,
        /// Shapes.
        shapes: usize,
        /// Records.
        records: usize,
    },
    /// Positions are not degrees WGS 84.
    #[error("{path} is in `{found}`; areas must be in degrees WGS 84 (EPSG:4326)")]
    Crs {
        /// The file.
        path: PathBuf,
        /// Reference system named there.
        found: String,
    },
    /// Text in an unknown encoding.
    #[error(
        "the text in {path} is neither UTF-8 nor what its .cpg or mark says; put a .cpg beside it that names the encoding (UTF-8, 1256 or 1252)"
    )]
    Encoding {
        /// The file.
        path: PathBuf,
    },
    /// Malformed GeoJSON.
    #[error("{path} is no readable GeoJSON")]
    GeoJson {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: GeozeroError,
    },
    /// One area is not valid.
    #[error("{path}, row {row}, `{name}`: {fault}")]
    Area {
        /// The file.
        path: PathBuf,
        /// Row, the first below the header is 1.
        row: u64,
        /// Name, as far as it is known.
        name: String,
        /// What is wrong.
        fault: AreaFault,
    },
}

/// What is wrong with one area.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AreaFault {
    /// It has no name.
    #[error("it has no name ({columns})")]
    NoName {
        /// Where names are looked for.
        columns: String,
    },
    /// Its geometry cannot be read.
    #[error("its polygon cannot be read: {0}")]
    Geometry(String),
    /// There are no rings.
    #[error("its polygon is empty")]
    Empty,
    /// A ring does not end where it began.
    #[error("a ring is not closed: it ends at {lng} {lat}")]
    Unclosed {
        /// Longitude of the last vertex, degrees.
        lng: f64,
        /// Latitude of the last vertex, degrees.
        lat: f64,
    },
    /// Numbers that are no degrees.
    #[error("its positions are not longitude and latitude in degrees")]
    NotDegrees,
    /// Rings that cross themselves or each other.
    #[error("its polygon is not valid: {0}")]
    Invalid(String),
    /// It lies in no city, or outside its own.
    #[error("it lies outside the box of {0}; are longitude and latitude swapped?")]
    OutsideCity(String),
    /// Two rows with one key.
    #[error("its key {key} is that of row {first} too")]
    DuplicateKey {
        /// The key.
        key: String,
        /// The earlier row.
        first: u64,
    },
    /// Two areas whose ids are equal by chance.
    #[error("its id is that of another area, `{0}`; rename one of them")]
    IdCollision(String),
}

impl AreaError {
    pub(super) fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }
}
