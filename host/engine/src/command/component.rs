//! What can be asked about components, steps and triggers alike.

use crate::entities::component::ComponentRow;

/// Make a component the one that serves its name from now on.
#[derive(Clone, Debug)]
pub struct RegisterComponent {
    /// What is known of it.
    pub component: Box<ComponentRow>,
    /// It may take the place of other bytes with the same name and version.
    pub replace: bool,
}

/// Let a component serve its name no more.
#[derive(Clone, Debug)]
pub struct RemoveComponent {
    /// Its name.
    pub name: String,
}

/// Let a trigger look at no events until it is enabled. What it has not decided ends.
#[derive(Clone, Debug)]
pub struct DisableTrigger {
    /// Its name.
    pub name: String,
}

/// Let a disabled trigger look at events again.
#[derive(Clone, Debug)]
pub struct EnableTrigger {
    /// Its name.
    pub name: String,
}

/// Give the component of a job type the jobs that wait for an outside worker.
#[derive(Clone, Debug)]
pub struct BindJobs {
    /// The type of the jobs.
    pub job_type: String,
}
