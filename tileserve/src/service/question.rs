//! Questions: what a request for something of the map asks, and who answers it.

use std::sync::Arc;

use http::header::HeaderMap;
use tilecore::{ArchiveDigest, Visibility};

use super::{Answer, Counted, Shared, now};
use crate::access::Grant;
use crate::archive::Archive;
use crate::generation::{Generation, NamedArchive, ServedSlot};
use crate::health::{self, Audience};
use crate::metrics::Kind;
use crate::policy::Policy;
use crate::reply::{self, Form, Reply};
use crate::route::{Route, RouteError};

/// What a request says beside its path, what it may see, and all that its answer may need.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) policy: &'a Arc<Policy>,
    pub(super) headers: &'a HeaderMap,
    pub(super) grant: &'a Grant,
}

/// An archive that a path names.
pub(super) struct Named<'a> {
    pub(super) slot: &'a ServedSlot,
    pub(super) archive: &'a Arc<Archive>,
    pub(super) form: Form,
}

/// The answer for a slot that the map does not have: one that names an archive may be news.
pub(super) fn unknown(digest: Option<ArchiveDigest>) -> Option<Reply> {
    digest.is_none().then(reply::not_found)
}

impl Question<'_> {
    /// The answer for a path; nothing if it names an archive or a table of which this server does
    /// not know.
    pub(super) fn answer(&self, path: &str) -> Option<Counted> {
        let (kind, reply) = match Route::parse(path) {
            Ok(Route::Tile { slot, digest, coord }) => {
                return self.tile(slot, digest, coord);
            }
            Ok(Route::Composition { parts, coord }) => {
                return self.composed_tile(&parts, coord);
            }
            Ok(Route::CompositionJson { parts }) => {
                return self.composed_tilejson(&parts);
            }
            Ok(Route::Archive { slot, digest }) => {
                return self.archive(slot, digest);
            }
            Ok(Route::Table { table, digest }) => (Kind::Table, self.table(table, digest)?),
            Ok(Route::TileJson { slot }) => return Some(self.tilejson(slot)),
            Ok(Route::Catalog) => {
                (Kind::Catalog, self.with_map(|generation| self.catalog(generation)))
            }
            Ok(Route::Style { name }) => match self.shared.styles.get(name) {
                Some(style) => (Kind::Style, self.document(style, Visibility::Public)),
                None => (Kind::Style, reply::not_found()),
            },
            Ok(Route::OpenApi) => {
                (Kind::Other, self.document(&self.shared.openapi, Visibility::Public))
            }
            Ok(Route::Live) => (Kind::Health, health::live()),
            Ok(Route::Ready) => (Kind::Health, health::ready(&self.shared.map, Audience::Anyone)),
            Ok(Route::Page) => match &self.shared.page {
                Some(page) => (Kind::Page, page.answer(path, self.headers)),
                None => (Kind::Other, reply::not_found()),
            },
            Err(RouteError::Malformed) => (Kind::Other, reply::malformed()),
            Err(RouteError::Unknown | RouteError::Outside) => (Kind::Other, reply::not_found()),
        };
        Some(self.counted(kind, reply))
    }

    /// Without a map nothing is known about any layer, so there is no 404 either.
    pub(super) fn with_map(&self, answer: impl FnOnce(&Generation) -> Reply) -> Reply {
        match &*self.shared.map.generation() {
            Some(generation) => answer(generation),
            None => reply::unavailable(),
        }
    }

    /// The archive that a path names, or why it is not served; nothing to say if this server does not
    /// know of it.
    pub(super) fn named<'a>(
        &self,
        generation: &'a Generation,
        slot: &str,
        digest: Option<ArchiveDigest>,
    ) -> Result<Named<'a>, Option<Reply>> {
        let Some(slot) = generation.slot(slot) else { return Err(unknown(digest)) };
        if !self.may_see(slot.visibility) {
            return Err(Some(reply::unauthorized()));
        }
        let Some(digest) = digest else {
            let newest = slot.newest.as_ref().ok_or_else(|| Some(reply::not_found()))?;
            return Ok(Named { slot, archive: &newest.archive, form: Form::Newest });
        };
        match slot.named(digest) {
            NamedArchive::Served(archive) => Ok(Named { slot, archive, form: Form::Immutable }),
            NamedArchive::Gone => Err(Some(reply::gone())),
            NamedArchive::Unknown => Err(None),
        }
    }

    /// Whether what has this visibility may be shown.
    pub(super) fn may_see(&self, visibility: Visibility) -> bool {
        visibility == Visibility::Public
            || self.shared.serve_internal
            || *self.grant != Grant::Nothing
    }

    pub(super) fn counted(&self, kind: Kind, reply: Reply) -> Counted {
        self.counted_later(kind, now(reply))
    }

    pub(super) fn counted_later(&self, kind: Kind, answer: Answer) -> Counted {
        self.shared.counted(kind, answer)
    }
}
