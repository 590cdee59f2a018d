//! A second tenant on the same server, with the same diagrams and messages of the same names. Whatever
//! happens in one of the two changes nothing in the other.

use fastrand::Rng;
use gardesh_engine::Engine;
use gardesh_engine::command::{
    CancelInstance, Command, CreateTenant, DeleteTenant, Tick, UpdateTenant,
};
use gardesh_engine::key::TenantId;
use gardesh_engine::state::State;
use gardesh_tests::dump;

use super::{news, one, text, work};

/// The tenant beside [`super::TENANT`]: the first one that is created.
pub const NEIGHBOUR: TenantId = TenantId(1);

/// Process instances of the neighbour, past which it starts none: nobody helps them to their end.
const MAX_INSTANCES: usize = 4;

/// The rows of the server as a whole.
const OF_THE_SERVER: &[&str] = &[
    "counters",
    "tenants",
    "tenants_by_name",
    "invitations_by_token",
];

/// The tenant comes before anything is in it.
pub fn creation() -> Command {
    create("neighbour")
}

fn create(name: &str) -> Command {
    Command::CreateTenant(CreateTenant {
        name: name.into(),
        display_name: name.into(),
        description: None,
    })
}

/// Something random that the neighbour does.
pub fn command(rng: &mut Rng, engine: &mut Engine) -> Command {
    let instances = engine
        .state()
        .instances
        .first_under(NEIGHBOUR, MAX_INSTANCES);
    match rng.u32(..8) {
        0..3 if instances.len() < MAX_INSTANCES => news::start(rng, engine),
        3..5 => work::activation(rng),
        5 => match one(
            rng,
            &instances.iter().map(|(key, _)| key.1).collect::<Vec<_>>(),
        ) {
            Some(instance) => Command::CancelInstance(CancelInstance { instance }),
            None => Command::Tick(Tick),
        },
        _ => news::command(rng),
    }
}

/// Something that is done to tenants; much of it is refused.
pub fn administration(rng: &mut Rng) -> Command {
    let name = text(rng, &["neighbour", "a", "b"]);
    match rng.u32(..4) {
        0 | 1 => create(name),
        2 => Command::UpdateTenant(UpdateTenant {
            name: name.into(),
            display_name: text(rng, &["one", "other"]).into(),
            description: None,
        }),
        _ => Command::DeleteTenant(DeleteTenant { name: name.into() }),
    }
}

/// All rows of a tenant: those whose key begins with it, and what is due for it.
pub fn rows_of(state: &State, tenant: TenantId) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let number = tenant.0.to_be_bytes();
    let is_own = |table: &str, key: &[u8], row: &[u8]| match table {
        // The row is the tenant, a small number.
        "due" => row.last().copied().map(u32::from) == Some(tenant.0),
        table => !OF_THE_SERVER.contains(&table) && key.starts_with(&number),
    };
    let mut rows = dump(state);
    rows.retain(|(table, key, row)| is_own(table, key, row));
    rows
}
