//! Grants: what a request may see in addition to public layers, and whose request it is.

use std::sync::Arc;

use tilecore::manifest::City;

use super::role::{Limits, Role, Subject};

/// What a request may see in addition to public layers. Without credentials it is empty, and costs no
/// allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    pub(super) scope: Scope,
    pub(super) holder: Option<Arc<Holder>>,
    pub(super) signed: Option<SignedQuery>,
}

/// How much a grant opens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Scope {
    #[default]
    Nothing,
    Everything,
    Roles(Vec<Arc<Role>>),
}

/// Whose request it is: a person, or the name of a token or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The name, as the identity provider or the file has it.
    pub name: String,
    /// Whether it is a person who logged in.
    pub is_person: bool,
}

/// The query of a signed URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedQuery {
    /// The query, which URLs in the response need too.
    pub query: String,
    /// Seconds until the signature expires. The response may live no longer.
    pub seconds_left: u64,
}

/// Whether something internal may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It may.
    Granted,
    /// The request has no valid credentials: 401.
    Unknown,
    /// Its holder is known, and has no role for this: 403.
    Denied,
}

impl Grant {
    /// Whether a request with this grant may read something internal.
    #[must_use]
    pub fn permission(&self, subject: Subject<'_>, cities: &[City]) -> Permission {
        match (&self.scope, &self.holder) {
            (Scope::Everything, _) => Permission::Granted,
            (Scope::Roles(roles), _) if roles.iter().any(|role| role.may_read(subject, cities)) => {
                Permission::Granted
            }
            (Scope::Nothing | Scope::Roles(_), Some(_)) => Permission::Denied,
            (Scope::Nothing | Scope::Roles(_), None) => Permission::Unknown,
        }
    }

    /// The limits of a layer with these zooms for the holder; `None` if all of it may be read.
    #[must_use]
    pub fn limits(&self, layer: &str, zooms: (u8, u8), cities: &[City]) -> Option<Limits> {
        let Scope::Roles(roles) = &self.scope else { return None };
        let subject = Subject::Description { layer };
        let of_layer = roles.iter().filter(|role| role.may_read(subject, cities));
        let limits = of_layer.map(|role| role.limits(zooms, cities));
        limits.reduce(|one, other| Some(one?.or(other?))).flatten()
    }

    /// Whether a layer's figures of a whole city are open to the holder.
    #[must_use]
    pub fn opens_city(&self, layer: &str, key: &str, cities: &[City]) -> bool {
        let Scope::Roles(roles) = &self.scope else { return self.scope == Scope::Everything };
        let subject = Subject::Description { layer };
        roles.iter().any(|role| role.opens_city(key) && role.may_read(subject, cities))
    }

    /// Whose request it is, if it has valid credentials.
    #[must_use]
    pub const fn holder(&self) -> Option<&Arc<Holder>> {
        self.holder.as_ref()
    }

    /// The names of the holder's roles.
    pub fn role_names(&self) -> impl Iterator<Item = &str> {
        let roles = match &self.scope {
            Scope::Roles(roles) => roles.as_slice(),
            Scope::Nothing | Scope::Everything => &[],
        };
        roles.iter().map(|role| role.name.as_str())
    }

    /// Whether it opens everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.scope == Scope::Everything && self.signed.is_none()
    }

    /// Whether it is limited to roles, which decide what the catalog lists.
    #[must_use]
    pub fn is_by_roles(&self) -> bool {
        matches!(self.scope, Scope::Roles(_)) && self.signed.is_none()
    }

    /// The signed query, if the grant comes from one.
    #[must_use]
    pub const fn signed(&self) -> Option<&SignedQuery> {
        self.signed.as_ref()
    }

    /// The longest lifetime of a response in seconds, if the grant limits it.
    #[must_use]
    pub fn seconds_left(&self) -> Option<u64> {
        Some(self.signed.as_ref()?.seconds_left)
    }
}
