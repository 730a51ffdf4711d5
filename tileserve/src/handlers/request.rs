//! Questions: what a request for something of the map asks, and who answers it.

use std::sync::Arc;

use http::header::HeaderMap;
use tilecore::{ArchiveDigest, Visibility};

use super::pending::{PendingReply, Routed, ready};
use super::state::AppState;
use crate::http::access::Grant;
use crate::http::data_headers::UrlForm;
use crate::http::policy::Policy;
use crate::http::response::{self, Reply};
use crate::map::slots::{ArchiveLookup, ServedSlot};
use crate::map::version::MapVersion;
use crate::storage::archive::Archive;
use crate::telemetry::metrics::RouteKind;

/// What a request says beside its path, what it may see, and all that its answer may need.
#[derive(Clone, Copy)]
pub(super) struct ApiRequest<'a> {
    pub(super) state: &'a Arc<AppState>,
    pub(super) policy: &'a Arc<Policy>,
    pub(super) headers: &'a HeaderMap,
    pub(super) grant: &'a Grant,
}

/// An archive that a path names.
pub(super) struct RequestedArchive<'a> {
    pub(super) slot: &'a ServedSlot,
    pub(super) archive: &'a Arc<Archive>,
    pub(super) form: UrlForm,
}

/// The answer for a slot that the map does not have: one that names an archive may be news.
pub(super) fn not_found_unless_pinned(digest: Option<ArchiveDigest>) -> Option<Reply> {
    digest.is_none().then(response::not_found)
}

impl ApiRequest<'_> {
    /// Without a map nothing is known about any layer, so there is no 404 either.
    pub(super) fn with_version(&self, respond: impl FnOnce(&MapVersion) -> Reply) -> Reply {
        match &*self.state.map.version() {
            Some(version) => respond(version),
            None => response::unavailable(),
        }
    }

    /// The archive that a path names, or why it is not served; nothing to say if this server does not
    /// know of it.
    pub(super) fn lookup<'a>(
        &self,
        version: &'a MapVersion,
        slot: &str,
        digest: Option<ArchiveDigest>,
    ) -> Result<RequestedArchive<'a>, Option<Reply>> {
        let Some(slot) = version.slot(slot) else { return Err(not_found_unless_pinned(digest)) };
        if !self.can_see(slot.visibility) {
            return Err(Some(response::unauthorized()));
        }
        let Some(digest) = digest else {
            let latest = slot.latest.as_ref().ok_or_else(|| Some(response::not_found()))?;
            return Ok(RequestedArchive { slot, archive: &latest.archive, form: UrlForm::Latest });
        };
        match slot.lookup(digest) {
            ArchiveLookup::Served(archive) => {
                Ok(RequestedArchive { slot, archive, form: UrlForm::Pinned })
            }
            ArchiveLookup::Gone => Err(Some(response::gone())),
            ArchiveLookup::Unknown => Err(None),
        }
    }

    /// Whether what has this visibility may be shown.
    pub(super) fn can_see(&self, visibility: Visibility) -> bool {
        visibility == Visibility::Public
            || self.state.serve_internal
            || *self.grant != Grant::Nothing
    }

    pub(super) fn routed(&self, kind: RouteKind, reply: Reply) -> Routed {
        self.routed_pending(kind, ready(reply))
    }

    pub(super) fn routed_pending(&self, kind: RouteKind, respond: PendingReply) -> Routed {
        self.state.routed(kind, respond)
    }
}
