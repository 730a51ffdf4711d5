//! A request to the API: what its handlers read, and the lookups that they share.

use std::sync::Arc;

use http::header::HeaderMap;
use tilecore::{ArchiveDigest, TileCoord, Visibility};

use super::pending::{PendingReply, Routed, ready};
use super::state::AppState;
use crate::http::access::{Grant, Permission, Subject, city_of};
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

/// What a request reads of a slot.
#[derive(Clone, Copy, Debug)]
pub(super) enum ReadOf {
    Tile(TileCoord),
    Description,
    Archive,
}

impl ReadOf {
    const fn subject(self, layer: &str) -> Subject<'_> {
        match self {
            Self::Tile(coord) => Subject::Tile { layer, coord },
            Self::Description => Subject::Description { layer },
            Self::Archive => Subject::Archive { layer },
        }
    }
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
        name: &str,
        digest: Option<ArchiveDigest>,
        read: ReadOf,
    ) -> Result<RequestedArchive<'a>, Option<Reply>> {
        let Some(slot) = version.slot(name) else { return Err(not_found_unless_pinned(digest)) };
        if slot.visibility == Visibility::Internal {
            self.check(version, slot.visibility, read.subject(layer_of(name)))?;
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

    /// Records what a client reads, or refuses it: 401 without valid credentials, 403 without a role for it.
    pub(super) fn check(
        &self,
        version: &MapVersion,
        visibility: Visibility,
        subject: Subject<'_>,
    ) -> Result<(), Reply> {
        if visibility == Visibility::Public || self.state.serve_internal {
            return Ok(());
        }
        match self.grant.permission(subject, &version.cities) {
            Permission::Granted => {
                self.audit(version, subject);
                Ok(())
            }
            Permission::Unknown => Err(response::unauthorized()),
            Permission::Denied => {
                Err(response::forbidden(self.headers, self.state.access.contact()))
            }
        }
    }

    fn audit(&self, version: &MapVersion, subject: Subject<'_>) {
        if let (Some(audit), Some(holder)) = (&self.state.audit, self.grant.holder()) {
            let kind = if holder.is_person { "person" } else { "credential" };
            audit.record(kind, &holder.name, subject.name(), city_of(subject, &version.cities));
        }
    }

    pub(super) fn routed(&self, kind: RouteKind, reply: Reply) -> Routed {
        self.routed_pending(kind, ready(reply))
    }

    pub(super) fn routed_pending(&self, kind: RouteKind, reply: PendingReply) -> Routed {
        self.state.routed(kind, reply)
    }
}

/// The layer of a slot, written as in paths: `density` of `density/30d`.
pub(super) fn layer_of(slot: &str) -> &str {
    slot.split_once('/').map_or(slot, |(layer, _)| layer)
}
