//! A tenant: a part of the server that sees nothing of the others. What is stored of it, and what
//! happens to it. These events belong to the default tenant.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::*;

/// A tenant that somebody has created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its number, which is in front of every key. It is not given again.
    pub id: TenantId,
    /// Its id in the API.
    pub name: Arc<str>,
    /// What people call it.
    pub display_name: Arc<str>,
    /// What it is for.
    pub description: Option<Arc<str>>,
    /// When it was created, journal time.
    pub created_at_ms: u64,
}

/// What happens to a tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TenantEvent {
    /// There is one more.
    Created { tenant: Arc<Tenant> },
    /// It has another display name or description.
    Updated { tenant: Arc<Tenant> },
    /// Nobody reaches it any more; its id is free.
    Deleted { tenant: Arc<Tenant> },
}

impl TenantEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Created { .. } => About::tenant("TenantCreated"),
            Self::Updated { .. } => About::tenant("TenantUpdated"),
            Self::Deleted { .. } => About::tenant("TenantDeleted"),
        }
    }
}
