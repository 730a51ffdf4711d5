//! Questions: what a request for something of the map asks, and who answers it.

use std::sync::Arc;

use http::header::HeaderMap;
use tilecore::{ArchiveDigest, Visibility};

use super::pending::{Answer, Counted, now};
use super::state::Shared;
use crate::http::access::Grant;
use crate::http::data_headers::Form;
use crate::http::policy::Policy;
use crate::http::response::{self, Reply};
use crate::map::slots::{NamedArchive, ServedSlot};
use crate::map::version::Generation;
use crate::storage::archive::Archive;
use crate::telemetry::metrics::Kind;

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
    digest.is_none().then(response::not_found)
}

impl Question<'_> {
    /// Without a map nothing is known about any layer, so there is no 404 either.
    pub(super) fn with_map(&self, answer: impl FnOnce(&Generation) -> Reply) -> Reply {
        match &*self.shared.map.generation() {
            Some(generation) => answer(generation),
            None => response::unavailable(),
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
            return Err(Some(response::unauthorized()));
        }
        let Some(digest) = digest else {
            let newest = slot.newest.as_ref().ok_or_else(|| Some(response::not_found()))?;
            return Ok(Named { slot, archive: &newest.archive, form: Form::Newest });
        };
        match slot.named(digest) {
            NamedArchive::Served(archive) => Ok(Named { slot, archive, form: Form::Immutable }),
            NamedArchive::Gone => Err(Some(response::gone())),
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
