//! The whole state of the engine: every table with its key, and the batch that takes
//! changes to the store. Only appliers change it.

mod variables;
pub(crate) mod versions;
pub mod waiting;

use std::sync::Arc;

use crate::entities::deployment::ResourceKind;
use crate::entities::due::Due;
use crate::entities::{
    batch_operation, compensation, component, continuation, decision, element_instance, experience,
    form, incident, job, message, process_definition, process_instance, retention, signal,
    subscription, tenant, trigger, user_task, variable,
};
use crate::event::Entry;
use crate::file_bytes::FileBytes;
use crate::key::*;
use crate::table::backing::Backing;
use crate::table::layout::TableKey;
use crate::table::{DumpedRow, FrozenTable, Table};

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident: $key:ty => $row:ty),+ $(,)?) => {
        /// All tables. The doc comment of each gives its key.
        pub struct State {
            $($(#[$doc])* pub $name: Table<$key, $row>,)+
            /// The next free key.
            pub(crate) next_key: u64,
            /// The position of the last entry.
            pub(crate) position: u64,
            kept: (u64, u64),
        }

        /// The names of the tables, as the store knows them.
        pub const TABLES: &[&str] = &[$(stringify!($name)),+];

        impl State {
            fn open(backing: &Arc<dyn Backing>, partition: Partition) -> Self {
                Self {
                    $($name: Table::new(stringify!($name), Arc::clone(backing)),)+
                    next_key: partition.first_key(),
                    position: 0,
                    kept: (partition.first_key(), 0),
                }
            }

            /// Makes what the last command changed part of the batch.
            pub(crate) fn keep(&mut self) {
                self.kept = (self.next_key, self.position);
                $(self.$name.keep();)+
            }

            /// Takes back what the last command changed.
            pub(crate) fn roll_back(&mut self) {
                (self.next_key, self.position) = self.kept;
                $(self.$name.roll_back();)+
            }

            fn freeze_tables(&mut self) -> Vec<Arc<dyn FrozenTable>> {
                vec![$(self.$name.freeze()),+]
            }

            /// The oldest frozen batch is in the backing store now.
            pub fn written(&mut self) {
                $(self.$name.written();)+
            }

            /// Every row as bytes, table by table in key order.
            pub fn dump(&self, out: &mut DumpedRow<'_>) {
                $(self.$name.dump(out);)+
            }
        }
    };
}

tables! {
    /// counter number: 0 the next free key, 1 the last position, 2 the next free tenant number.
    counters: u8 => u64,
    /// tenant.
    tenants: TenantId => tenant::Tenant,
    /// the id of a tenant in the API.
    tenants_by_name: Arc<str> => TenantId,
    /// tenant, idempotency key: what it started.
    start_keys: (TenantId, Arc<str>) => process_instance::StartKey,
    /// tenant, process instance: the idempotency key that its start was marked with.
    start_keys_by_instance: (TenantId, ProcessInstanceKey) => Arc<str>,
    /// tenant, definition.
    definitions: (TenantId, ProcessDefinitionKey) => process_definition::DefinitionRow,
    /// tenant, definition: the source of the diagram.
    sources: (TenantId, ProcessDefinitionKey) => FileBytes,
    /// tenant, kind, id, version: the key of each version of what is deployed; 0 for one that was
    /// deleted, whose number is not given again.
    definition_versions: (TenantId, ResourceKind, Arc<str>, u32) => u64,
    /// tenant, process id: its latest version.
    latest_definitions: (TenantId, Arc<str>) => ProcessDefinitionKey,
    /// tenant, form.
    forms: (TenantId, FormKey) => form::FormRow,
    /// tenant, form id: its latest version.
    latest_forms: (TenantId, Arc<str>) => FormKey,
    /// tenant, decision requirements graph.
    decision_requirements: (TenantId, DecisionRequirementsKey) => decision::DecisionRequirementsRow,
    /// tenant, decision requirements graph: its source.
    decision_sources: (TenantId, DecisionRequirementsKey) => FileBytes,
    /// tenant, id of a decision requirements graph: its latest version.
    latest_decision_requirements: (TenantId, Arc<str>) => DecisionRequirementsKey,
    /// tenant, namespace, id of a decision requirements graph: its latest version, under the
    /// namespace that this has.
    decision_namespaces: (TenantId, Arc<str>, Arc<str>) => DecisionRequirementsKey,
    /// tenant, decision.
    decisions: (TenantId, DecisionKey) => decision::DecisionRow,
    /// tenant, decision requirements graph, decision id. Ids are unique within a graph only.
    decisions_by_graph: (TenantId, DecisionRequirementsKey, Arc<str>) => DecisionKey,
    /// tenant, decision id: its latest version.
    latest_decisions: (TenantId, Arc<str>) => DecisionKey,
    /// tenant, deployment, kind, id: the key of what the deployment brought.
    definitions_by_deployment: (TenantId, DeploymentKey, ResourceKind, Arc<str>) => u64,
    /// tenant, kind, id, version tag: the key of the newest version with that tag.
    definitions_by_tag: (TenantId, ResourceKind, Arc<str>, Arc<str>) => u64,
    /// tenant, case.
    instances: (TenantId, ProcessInstanceKey) => process_instance::Instance,
    /// tenant, case, element instance.
    elements: (TenantId, ProcessInstanceKey, ElementInstanceKey) => element_instance::ElementInstance,
    /// tenant, case, flow scope, child.
    children: (TenantId, ProcessInstanceKey, ElementInstanceKey, ElementInstanceKey) => (),
    /// tenant, element instance: the items of an element that repeats, as a list.
    items: (TenantId, ElementInstanceKey) => gardesh_feel::Value,
    /// tenant, case, flow scope, sequence flow: tokens that wait at the flow's target.
    tokens: (TenantId, ProcessInstanceKey, ElementInstanceKey, u32) => u32,
    /// tenant, case, scope, name.
    variables: (TenantId, ProcessInstanceKey, ElementInstanceKey, Arc<str>) => variable::Variable,
    /// tenant, job.
    jobs: (TenantId, JobKey) => job::Job,
    /// tenant, job type, rank of the priority, place: those that an outside worker may take.
    jobs_ready: (TenantId, Arc<str>, u32, u64) => JobKey,
    /// tenant, job: those that a component is to run.
    jobs_bound: (TenantId, JobKey) => (),
    /// time, what is due; the value is the tenant. Time comes first because one clock
    /// serves all tenants.
    due: (u64, Due) => TenantId,
    /// tenant, task.
    user_tasks: (TenantId, UserTaskKey) => user_task::UserTask,
    /// tenant, incident.
    incidents: (TenantId, IncidentKey) => incident::Incident,
    /// tenant, case, element, incident.
    incidents_by_element: (TenantId, ProcessInstanceKey, ElementInstanceKey, IncidentKey) => (),
    /// tenant, subscription.
    subscriptions: (TenantId, SubscriptionKey) => subscription::Subscription,
    /// tenant, case, element, subscription.
    subscriptions_by_element: (TenantId, ProcessInstanceKey, ElementInstanceKey, SubscriptionKey) => (),
    /// tenant, definition, subscription: those of start events.
    subscriptions_by_definition: (TenantId, ProcessDefinitionKey, SubscriptionKey) => (),
    /// tenant, message name, correlation key, process id, subscription. A message reaches one
    /// case of each process, so the process comes before the subscription. Those of start
    /// events have an empty key.
    message_subscriptions: (TenantId, Arc<str>, Arc<str>, Arc<str>, SubscriptionKey) => (),
    /// tenant, signal name, subscription.
    signal_subscriptions: (TenantId, Arc<str>, SubscriptionKey) => (),
    /// tenant, case, subscription: those that wait for a condition.
    condition_subscriptions: (TenantId, ProcessInstanceKey, SubscriptionKey) => (),
    /// tenant, case, part, chain, order: steps that a case has before it, because it is
    /// suspended or they were too much for one command.
    kept_steps: (TenantId, ProcessInstanceKey, u8, u64, u64) => continuation::Continuation,
    /// tenant, chain: what follows from one command, which is known by the position of its entry.
    chains: (TenantId, u64) => continuation::Chain,
    /// tenant, number: the cases in line to go on with their steps.
    turns: (TenantId, u64) => ProcessInstanceKey,
    /// tenant, definition: those of which no cases are started.
    suspended_definitions: (TenantId, ProcessDefinitionKey) => (),
    /// tenant, case, flow scope, compensation: completed activities that can be undone.
    compensations: (TenantId, ProcessInstanceKey, ElementInstanceKey, CompensationKey) => compensation::Compensation,
    /// tenant, case, event that throws compensation, place in line: what is to be undone.
    undoing: (TenantId, ProcessInstanceKey, ElementInstanceKey, u64) => compensation::Compensation,
    /// tenant, case, event that throws compensation, completed scope: where that was done.
    undoing_inside: (TenantId, ProcessInstanceKey, ElementInstanceKey, ElementInstanceKey) => compensation::Compensation,
    /// tenant, process id, subscription: conditional start events of the latest version.
    condition_starts: (TenantId, Arc<str>, SubscriptionKey) => (),
    /// tenant, batch operation.
    batches: (TenantId, BatchOperationKey) => batch_operation::Batch,
    /// tenant, batch operation, number of the first item: chunks of items to come.
    batch_items: (TenantId, BatchOperationKey, u64) => Vec<batch_operation::BatchItem>,
    /// tenant, broadcast.
    broadcasts: (TenantId, BroadcastKey) => signal::Broadcast,
    /// tenant, message: those that live or are on their way.
    messages: (TenantId, MessageKey) => message::Message,
    /// tenant, name, correlation key, message: those that wait for somebody to take them.
    buffered_messages: (TenantId, Arc<str>, Arc<str>, MessageKey) => (),
    /// tenant, name, correlation key, message id: so that one is published once.
    message_ids: (TenantId, Arc<str>, Arc<str>, Arc<str>) => MessageKey,
    /// tenant, name, correlation key, process id: the last buffered message that the process
    /// took. It takes them in the order of publication, so it has had all before.
    taken_messages: (TenantId, Arc<str>, Arc<str>, Arc<str>) => MessageKey,
    /// tenant, process id, correlation key: the case that a message of this key started.
    /// While it runs, no other is started.
    message_locks: (TenantId, Arc<str>, Arc<str>) => ProcessInstanceKey,
    /// tenant, name: the component that serves it now.
    components: (TenantId, Arc<str>) => component::ComponentRow,
    /// tenant, job type: those that a component has ever been uploaded for, or that a worker has
    /// ever asked for.
    served_job_types: (TenantId, Arc<str>) => (),
    /// tenant, digest: every component that was ever registered, by its bytes.
    component_digests: (TenantId, Arc<str>) => component::ComponentRow,
    /// tenant, name, version: the digest of the component that was registered last as such.
    component_versions: (TenantId, Arc<str>, Arc<str>) => Arc<str>,
    /// tenant: the components that are triggers, by name. Whatever happens in a case asks
    /// them all, so they are in one row.
    triggers: TenantId => Vec<trigger::Trigger>,
    /// tenant, name: triggers that are disabled.
    disabled_triggers: (TenantId, Arc<str>) => trigger::Disabled,
    /// tenant, name: triggers that are busy.
    trigger_loads: (TenantId, Arc<str>) => trigger::TriggerLoad,
    /// tenant, survey id, version.
    surveys: (TenantId, Arc<str>, u32) => experience::SurveyRow,
    /// tenant, survey id: its latest version.
    latest_surveys: (TenantId, Arc<str>) => u32,
    /// tenant, firing: triggers that have not decided yet.
    firings: (TenantId, FiringKey) => trigger::Firing,
    /// tenant, trigger, firing: the same by their trigger.
    firings_by_trigger: (TenantId, Arc<str>, FiringKey) => (),
    /// tenant, case, firing: the same by their case.
    firings_by_case: (TenantId, ProcessInstanceKey, FiringKey) => (),
    /// tenant, invitation.
    invitations: (TenantId, InvitationKey) => experience::Invitation,
    /// tenant, case, survey id: at most one invitation each.
    invitations_by_case: (TenantId, ProcessInstanceKey, Arc<str>) => InvitationKey,
    /// token: who holds one needs no tenant; the value names it.
    invitations_by_token: Arc<str> => (TenantId, InvitationKey),
    /// tenant, customer id.
    customers: (TenantId, Arc<str>) => experience::CustomerRow,
    /// tenant.
    retention: TenantId => retention::Retention,
    /// tenant, definition, time: the ended cases whose history is still there.
    ended_by_definition: (TenantId, ProcessDefinitionKey, u64, ProcessInstanceKey) => (),
    /// tenant, case: the definition of an ended case, and when it ended.
    definitions_of_ended: (TenantId, ProcessInstanceKey) => (ProcessDefinitionKey, u64),
    /// tenant, definition: when the history of its cases is looked at next.
    history_due: (TenantId, ProcessDefinitionKey) => u64,
    /// tenant, time: the ended batch operations that have not expired.
    ended_batches: (TenantId, u64, BatchOperationKey) => (),
    /// tenant: when its ended batch operations are looked at next.
    batch_history_due: TenantId => u64,
}

const COUNTER_KEY: u8 = 0;
const COUNTER_POSITION: u8 = 1;
const COUNTER_TENANT: u8 = 2;

impl State {
    /// The state that a store holds of a partition.
    pub fn new(backing: Arc<dyn Backing>, partition: Partition) -> Self {
        let mut state = Self::open(&backing, partition);
        let next_key = state.counters.get(&COUNTER_KEY);
        state.next_key = next_key.map_or(partition.first_key(), |next| *next);
        state.position = state.counters.get(&COUNTER_POSITION).map_or(0, |n| *n);
        state.kept = (state.next_key, state.position);
        state
    }

    /// The position of the last entry in it.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The number of the next tenant.
    pub(crate) fn next_tenant(&self) -> TenantId {
        let next = self.counters.get(&COUNTER_TENANT);
        TenantId(next.map_or(TenantId::DEFAULT.0 + 1, |next| *next as u32))
    }

    pub(crate) fn put_next_tenant(&mut self, number: u32) {
        self.counters.put(COUNTER_TENANT, u64::from(number));
    }

    /// The id of a tenant in the API. One that was deleted has none.
    pub fn tenant_name(&self, tenant: TenantId) -> Option<Arc<str>> {
        if tenant == TenantId::DEFAULT {
            return Some(TenantId::DEFAULT_NAME.into());
        }
        Some(Arc::clone(&self.tenants.get(&tenant)?.name))
    }

    /// Sets the changes since the last call aside, together with the entries that made them.
    pub fn freeze(&mut self, entries: Vec<Arc<Entry>>) -> WriteBatch {
        self.counters.put(COUNTER_KEY, self.next_key);
        self.counters.put(COUNTER_POSITION, self.position);
        self.keep();
        WriteBatch {
            entries,
            tables: self.freeze_tables(),
        }
    }

    /// The least due time, and whose it is.
    pub fn next_due(&self) -> Option<(u64, TenantId)> {
        let first = <(u64, Due)>::from_bytes(&[]);
        self.due
            .range(&first, &TableKey::last(), 1)
            .first()
            .map(|(key, tenant)| (key.0, **tenant))
    }
}

/// What one commit writes: entries of the journal and changed rows. It can be encoded on
/// another thread while the engine goes on.
pub struct WriteBatch {
    /// The entries, in order.
    pub entries: Vec<Arc<Entry>>,
    tables: Vec<Arc<dyn FrozenTable>>,
}

impl WriteBatch {
    /// The rows, table by table, so that a store opens each table once. Empty tables are
    /// left out.
    pub fn tables(&self) -> impl Iterator<Item = &dyn FrozenTable> {
        self.tables
            .iter()
            .map(|table| &**table)
            .filter(|table| !table.is_empty())
    }
}
