//! Routes: what a path addresses, decided by its text alone.

use std::borrow::Cow;

use tilecore::{ArchiveDigest, TileCoord};

/// What a path addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// A tile.
    Tile {
        /// Layer and slot as the path has them: `density/30d`.
        slot: &'a str,
        /// The digest of the archive, if the path is pinned to one.
        digest: Option<ArchiveDigest>,
        /// The tile.
        coord: TileCoord,
    },
    /// The TileJSON of a slot.
    TileJson {
        /// Layer and slot: `density/30d`.
        slot: &'a str,
    },
    /// The tiles of several slots, merged.
    Composition {
        /// The slots: at least two, all different.
        parts: Vec<Part<'a>>,
        /// The tile.
        coord: TileCoord,
    },
    /// The TileJSON of several slots, merged.
    CompositionJson {
        /// The slots: at least two, all different.
        parts: Vec<Part<'a>>,
    },
    /// A table.
    Table {
        /// Name and slot as the path has them: `vendors/tehran/now`.
        table: &'a str,
        /// The digest of the table, if the path is pinned to one.
        digest: Option<ArchiveDigest>,
    },
    /// An archive, or a part of it, as it is stored.
    Archive {
        /// Layer and slot: `density/30d`.
        slot: &'a str,
        /// The archive.
        digest: ArchiveDigest,
    },
    /// The catalog of what is published.
    Catalog,
    /// A style document, or a font.
    Style {
        /// Its name: `density-day.json`.
        name: &'a str,
    },
    /// The OpenAPI description.
    OpenApi,
    /// Who the client is, and what it may see.
    Session,
    /// Where pages report figures of themselves.
    Beacon,
    /// Whether the process is alive.
    Live,
    /// Whether there is a map to serve.
    Ready,
    /// Anything else: a file of the page.
    Page,
}

/// A slot of a composition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Layer and slot: `areas/now`.
    pub slot: &'a str,
    /// The archive, if the path names one.
    pub digest: Option<ArchiveDigest>,
}

/// The path of a composition whose parts have another order than the canonical one: by the names of
/// their slots.
#[must_use]
pub fn canonical(path: &str) -> Option<String> {
    if !path.contains('+') {
        return None;
    }
    let Ok(Route::Composition { mut parts, .. } | Route::CompositionJson { mut parts }) =
        Route::parse(path)
    else {
        return None;
    };
    if parts.is_sorted_by_key(|part| part.slot) {
        return None;
    }
    let (_, address, _) = split_name(path.strip_prefix("/v1/tiles/")?)?;
    parts.sort_unstable_by_key(|part| part.slot);
    let names: Vec<String> = parts.iter().map(Part::name).collect();
    Some(format!("/v1/tiles/{}/{address}", names.join("+")))
}

impl Part<'_> {
    /// The part as a path has it.
    fn name(&self) -> String {
        match self.digest {
            Some(digest) => format!("{}@{digest}", self.slot),
            None => self.slot.to_owned(),
        }
    }
}

/// Most slots of a composition.
const MAX_PARTS: usize = 8;

/// Why a path addresses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// It has the form of a route, but a part of it is malformed: 400.
    Malformed(PathPart),
    /// No route has this form: 404.
    Unknown,
    /// The column or row lies outside the zoom, or the zoom is too high: 404.
    Outside,
}

/// A part of a path that can be malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathPart {
    /// Zoom, column or row of a tile.
    Coord,
    /// The digest of an archive or a table.
    Digest,
    /// The slots of a composition.
    Slots,
}

/// The path with `%40`, `%2B` and `%2F` decoded to `@`, `+` and `/`: clients use both forms.
#[must_use]
pub fn plain(path: &str) -> Cow<'_, str> {
    // Without an early exit the compiler vectorises this, which is faster for paths.
    if path.bytes().fold(0, |found, byte| found | u8::from(byte == b'%')) != 0 {
        let written = [("%40", "@"), ("%2B", "+"), ("%2b", "+"), ("%2F", "/"), ("%2f", "/")];
        let plain =
            written.iter().fold(path.to_owned(), |path, (coded, sign)| path.replace(coded, sign));
        plain.into()
    } else {
        path.into()
    }
}

impl<'a> Route<'a> {
    /// Reads a path.
    pub fn parse(path: &'a str) -> Result<Self, RouteError> {
        if let Some(rest) = path.strip_prefix("/v1/tiles/") {
            return Self::parse_tiles(rest);
        }
        if let Some(rest) = path.strip_prefix("/v1/tables/") {
            return Self::parse_table(rest);
        }
        if let Some(rest) = path.strip_prefix("/v1/archives/") {
            return Self::parse_archive(rest);
        }
        if let Some(name) = path.strip_prefix("/v1/styles/") {
            return Ok(Self::Style { name });
        }
        match path {
            "/v1/catalog.json" => Ok(Self::Catalog),
            "/v1/openapi.json" => Ok(Self::OpenApi),
            "/v1/beacon" => Ok(Self::Beacon),
            "/v1/session" => Ok(Self::Session),
            "/health/live" => Ok(Self::Live),
            "/health/ready" => Ok(Self::Ready),
            _ if path.starts_with("/v1/") || path.starts_with("/health/") => {
                Err(RouteError::Unknown)
            }
            _ => Ok(Self::Page),
        }
    }

    fn parse_tiles(rest: &'a str) -> Result<Self, RouteError> {
        let (name, address, is_composed) = split_name(rest).ok_or(RouteError::Unknown)?;
        if name.starts_with('/') {
            return Err(RouteError::Unknown);
        }
        if address == "tilejson.json" {
            if is_composed {
                return Ok(Self::CompositionJson { parts: parts(name)? });
            }
            return Ok(Self::TileJson { slot: name });
        }
        let numbers = address.strip_suffix(".mvt").ok_or(RouteError::Unknown)?;
        if is_composed {
            return Ok(Self::Composition { parts: parts(name)?, coord: parse_coord(numbers)? });
        }
        let (slot, digest) = split_digest(name)?;
        Ok(Self::Tile { slot, digest, coord: parse_coord(numbers)? })
    }

    fn parse_table(rest: &'a str) -> Result<Self, RouteError> {
        let name = rest.strip_suffix(".json").ok_or(RouteError::Unknown)?;
        // A name of one or two parts, and the slot.
        let parts = name.split('/');
        if !(2..=3).contains(&parts.clone().count()) || parts.clone().any(str::is_empty) {
            return Err(RouteError::Unknown);
        }
        let (table, digest) = split_digest(name)?;
        Ok(Self::Table { table, digest })
    }

    fn parse_archive(rest: &'a str) -> Result<Self, RouteError> {
        let name = rest.strip_suffix(".pmtiles").ok_or(RouteError::Unknown)?;
        let (slot, digest) = split_digest(name)?;
        let parts = slot.split('/');
        match digest {
            Some(digest)
                if parts.clone().count() == 2 && parts.clone().all(|part| !part.is_empty()) =>
            {
                Ok(Self::Archive { slot, digest })
            }
            _ => Err(RouteError::Unknown),
        }
    }
}

/// A name, what comes after it, and whether it has several parts, joined by `+`. Each part has one
/// slash; the one after them ends the name.
fn split_name(rest: &str) -> Option<(&str, &str, bool)> {
    let (mut slashes, mut parts) = (0, 1);
    for (at, byte) in rest.bytes().enumerate() {
        parts += u32::from(byte == b'+');
        slashes += u32::from(byte == b'/');
        if slashes > parts {
            return Some((&rest[..at], &rest[at + 1..], parts > 1));
        }
    }
    None
}

/// The parts of a composition.
fn parts(name: &str) -> Result<Vec<Part<'_>>, RouteError> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for part in name.split('+') {
        let (slot, digest) = split_digest(part)?;
        let is_slot = slot.split('/').count() == 2 && slot.split('/').all(|word| !word.is_empty());
        if !is_slot || parts.iter().any(|known| known.slot == slot) || parts.len() == MAX_PARTS {
            return Err(RouteError::Malformed(PathPart::Slots));
        }
        parts.push(Part { slot, digest });
    }
    Ok(parts)
}

fn parse_coord(numbers: &str) -> Result<TileCoord, RouteError> {
    let mut numbers = numbers.as_bytes().split(|&byte| byte == b'/');
    let (Some(z), Some(x), Some(y), None) =
        (numbers.next(), numbers.next(), numbers.next(), numbers.next())
    else {
        return Err(RouteError::Unknown);
    };
    let (z, x, y) = (number(z)?, number(x)?, number(y)?);
    // All three are numbers, so any error from here on is their size.
    let fits = |value: Option<u32>| value.ok_or(RouteError::Outside);
    let z = u8::try_from(fits(z)?).map_err(|_| RouteError::Outside)?;
    TileCoord::new(z, fits(x)?, fits(y)?).map_err(|_| RouteError::Outside)
}

/// A name, and the digest after it if there is one.
fn split_digest(name: &str) -> Result<(&str, Option<ArchiveDigest>), RouteError> {
    match name.bytes().position(|byte| byte == b'@') {
        Some(at) => {
            let digest =
                name[at + 1..].parse().map_err(|_| RouteError::Malformed(PathPart::Digest))?;
            Ok((&name[..at], Some(digest)))
        }
        None => Ok((name, None)),
    }
}

/// A decimal number without sign or leading zeros, so that each tile has one address; `Ok(None)` if
/// it does not fit in 32 bits.
fn number(text: &[u8]) -> Result<Option<u32>, RouteError> {
    match text {
        [b'0'] => Ok(Some(0)),
        [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => {
            let add = |all: u32, digit| all.checked_mul(10)?.checked_add(u32::from(digit - b'0'));
            Ok(text.iter().try_fold(0, |all, &digit| add(all, digit)))
        }
        _ => Err(RouteError::Malformed(PathPart::Coord)),
    }
}

#[cfg(test)]
mod tests;
