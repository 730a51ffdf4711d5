//! A request to the API: what its handlers read, and the lookups that they share.

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

/// Everything of a request except its path, what it may see, and the shared state.
#[derive(Clone, Copy)]
pub(super) struct ApiRequest<'a> {
    pub(super) state: &'a Arc<AppState>,
    pub(super) policy: &'a Arc<Policy>,
    pub(super) headers: &'a HeaderMap,
    pub(super) grant: &'a Grant,
}

/// The archive that a path names.
pub(super) struct RequestedArchive<'a> {
    pub(super) slot: &'a ServedSlot,
    pub(super) archive: &'a Arc<Archive>,
    pub(super) form: UrlForm,
}

/// 404 for a slot that the map does not have; `None` if the path names an archive, which may be in
/// a newer map.
pub(super) fn not_found_unless_pinned(digest: Option<ArchiveDigest>) -> Option<Reply> {
    digest.is_none().then(response::not_found)
}

impl ApiRequest<'_> {
    /// The handler's response, or 503 without a map: then no layer is known, so 404 would be wrong.
    pub(super) fn with_version(&self, respond: impl FnOnce(&MapVersion) -> Reply) -> Reply {
        match &*self.state.map.version() {
            Some(version) => respond(version),
            None => response::unavailable(),
        }
    }

    /// The archive that a path names, or the response if it is not served; `Err(None)` if this server
    /// does not know the archive.
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

    /// Whether the client may see what has this visibility.
    pub(super) fn can_see(&self, visibility: Visibility) -> bool {
        visibility == Visibility::Public
            || self.state.serve_internal
            || *self.grant != Grant::Nothing
    }

    pub(super) fn routed(&self, kind: RouteKind, reply: Reply) -> Routed {
        self.routed_pending(kind, ready(reply))
    }

    pub(super) fn routed_pending(&self, kind: RouteKind, reply: PendingReply) -> Routed {
        self.state.routed(kind, reply)
    }
}
