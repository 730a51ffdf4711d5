//! The session: who the client is, and what it may see.

use serde_json::json;

use super::request::ApiRequest;
use crate::http::response::{self, Reply};

impl ApiRequest<'_> {
    /// Who the client is. The page shows it, and deletes stored internal tiles of another person.
    pub(super) fn session(&self) -> Reply {
        let access = &self.state.access;
        let person = self.grant.holder().filter(|holder| holder.is_person);
        let session = json!({
            "person": person.map(|person| &person.name),
            "roles": self.grant.role_names().collect::<Vec<_>>(),
            "sees_internal": self.state.serve_internal || self.grant.is_everything() || self.grant.is_by_roles(),
            "sign_out": access.sign_out(),
            "contact": access.contact(),
            "internal_max_age_seconds": self.policy.internal_max_age.as_secs(),
            "beacon": self.state.beacon.is_some(),
        });
        response::without_cors(response::state(http::StatusCode::OK, &session))
    }
}
