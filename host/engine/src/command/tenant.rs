//! What can be asked about tenants, and the answers.

/// Create a tenant. The answer is the tenant as it is now.
#[derive(Clone, Debug)]
pub struct CreateTenant {
    /// The identifier that requests name it by.
    pub name: String,
    /// What people see.
    pub display_name: String,
    /// A longer text for people.
    pub description: Option<String>,
}

/// Give a tenant another display name and description. The answer is the tenant as it is now.
#[derive(Clone, Debug)]
pub struct UpdateTenant {
    /// Its identifier, which stays.
    pub name: String,
    /// What people see from now on.
    pub display_name: String,
    /// A longer text for people; none removes the old one.
    pub description: Option<String>,
}

/// Delete a tenant in which nothing is left. The answer is the tenant as it was.
#[derive(Clone, Debug)]
pub struct DeleteTenant {
    /// Its identifier.
    pub name: String,
}
