//! Tenants: what they are, that none sees the others, and starts that are asked for twice.

use std::sync::Arc;

use gardesh_engine::OpenEffects;
use gardesh_engine::command::{
    ActivateJobs, BroadcastSignal, CancelInstance, CreateInstance, CreateTenant, DeleteHistory,
    DeleteResource, DeleteTenant, InstanceCreated, Once, ProcessRef,
};
use gardesh_engine::effect::Effect;
use gardesh_engine::key::*;
use gardesh_engine::limits::START_KEY_KEPT_MS;
use gardesh_engine::rejection::RejectionKind;
use gardesh_engine::variables::Document;

use crate::components::upload;
use crate::support::*;

fn create(m: &mut Machine, name: &str) -> Result<TenantId, RejectionKind> {
    let command = CreateTenant {
        name: name.into(),
        display_name: name.to_uppercase(),
        description: None,
    };
    match m.run(command) {
        Ok(tenant) => Ok(tenant.id),
        Err(rejection) => Err(rejection.kind),
    }
}

fn delete(m: &mut Machine, name: &str) -> Result<(), RejectionKind> {
    let command = DeleteTenant { name: name.into() };
    m.run(command)
        .map(|_| ())
        .map_err(|rejection| rejection.kind)
}

const WAITING: &str = r#"<bpmn:startEvent id="start"/>
  <bpmn:serviceTask id="work"><bpmn:extensionElements><zeebe:taskDefinition type="work"/></bpmn:extensionElements></bpmn:serviceTask>
  <bpmn:endEvent id="end"/>"#;

fn waiting() -> String {
    diagram(&format!("{WAITING}{}", flows(&["start>work", "work>end"])))
}

#[test]
fn tenants_are_created_once_and_numbers_are_not_given_again() {
    let mut m = Machine::new();
    let first = create(&mut m, "claims").unwrap();
    assert_eq!(create(&mut m, "claims"), Err(RejectionKind::AlreadyExists));
    assert_eq!(
        create(&mut m, "<default>"),
        Err(RejectionKind::InvalidArgument)
    );
    for wrong in ["", "a b", "a/b", "ادعا", &"x".repeat(32)] {
        assert_eq!(
            create(&mut m, wrong),
            Err(RejectionKind::InvalidArgument),
            "{wrong}"
        );
    }
    delete(&mut m, "claims").unwrap();
    assert_eq!(delete(&mut m, "claims"), Err(RejectionKind::NotFound));
    assert_eq!(delete(&mut m, "<default>"), Err(RejectionKind::NotFound));
    let second = create(&mut m, "claims").unwrap();
    assert!(second > first, "{second:?}");
}

#[test]
fn a_tenant_with_something_in_it_is_not_deleted() {
    let mut m = Machine::new();
    let tenant = create(&mut m, "claims").unwrap();
    m.tenant = tenant;
    let definition = m.deploy(&waiting()).unwrap();
    let case = m.start("{}");
    m.tenant = TenantId::DEFAULT;
    assert_eq!(delete(&mut m, "claims"), Err(RejectionKind::InvalidState));
    m.tenant = tenant;
    m.run(DeleteResource { key: definition.0 }).unwrap();
    m.tenant = TenantId::DEFAULT;
    assert_eq!(delete(&mut m, "claims"), Err(RejectionKind::InvalidState));
    m.tenant = tenant;
    m.run(CancelInstance { instance: case }).unwrap();
    m.tenant = TenantId::DEFAULT;
    delete(&mut m, "claims").unwrap();
    m.tenant = tenant;
    let late = m.run(BroadcastSignal {
        name: "s".into(),
        variables: Document::new(),
    });
    assert_eq!(late.unwrap_err().kind, RejectionKind::NotFound);
}

#[test]
fn nobody_reaches_what_another_tenant_has() {
    let mut m = Machine::new();
    let (one, two) = (
        create(&mut m, "one").unwrap(),
        create(&mut m, "two").unwrap(),
    );
    m.tenant = one;
    let definition = m.deploy(&waiting()).unwrap();
    let case = m.start(r#"{"secret": 1}"#);
    m.tenant = two;
    let by_id = ProcessRef::Id {
        id: "p".into(),
        version: None,
    };
    for process in [by_id, ProcessRef::Key(definition)] {
        let start = m.run(start_of(process, None));
        assert_eq!(start.unwrap_err().kind, RejectionKind::NotFound);
    }
    let cancel = m.run(CancelInstance { instance: case });
    assert_eq!(cancel.unwrap_err().kind, RejectionKind::NotFound);
    let jobs = m.run(ActivateJobs {
        job_type: "work".into(),
        worker: "w".into(),
        timeout_ms: 1_000,
        max_jobs: 10,
        fetch: Vec::new(),
    });
    assert!(matches!(jobs, Ok(jobs) if jobs.is_empty()));
    assert!(m.engine.state().instances.contains(&(one, case)));
}

#[test]
fn a_restart_takes_up_what_is_open_in_every_tenant() {
    let mut m = Machine::new();
    let tenants = [
        TenantId::DEFAULT,
        create(&mut m, "one").unwrap(),
        create(&mut m, "two").unwrap(),
    ];
    for tenant in tenants {
        m.tenant = tenant;
        upload(&mut m, "1.0.0");
        m.deploy(&waiting()).unwrap();
        m.start("{}");
    }
    let mut page = OpenEffects::default();
    let mut found = Vec::new();
    while let Some(effects) = m.engine.open_effects(&mut page) {
        found.extend(effects);
    }
    for tenant in tenants {
        let own = found.iter().filter(|(owner, _)| *owner == tenant);
        let own: Vec<&Effect> = own.map(|(_, effect)| effect).collect();
        assert!(
            matches!(
                own[..],
                [Effect::InvokeStep { .. }, Effect::BindJobs { .. }]
            ),
            "{own:?}"
        );
    }
}

fn start_of(process: ProcessRef, once: Option<Once>) -> CreateInstance {
    CreateInstance {
        process,
        variables: Document::new(),
        business_key: None,
        start_at: Vec::new(),
        stop_after: Vec::new(),
        once,
    }
}

fn start_once(
    m: &mut Machine,
    key: &str,
    digest: u8,
) -> Result<(ProcessInstanceKey, bool), RejectionKind> {
    let once = Once {
        key: Arc::from(key),
        digest: [digest; 32],
    };
    let process = ProcessRef::Id {
        id: "p".into(),
        version: None,
    };
    match m.run(start_of(process, Some(once))) {
        Ok(InstanceCreated {
            instance, again, ..
        }) => Ok((instance, again)),
        Err(rejection) => Err(rejection.kind),
    }
}

#[test]
fn a_start_that_is_sent_again_is_the_same_start() {
    let mut m = Machine::new();
    m.deploy(&waiting()).unwrap();
    let (first, again) = start_once(&mut m, "k", 1).unwrap();
    assert!(!again);
    assert_eq!(start_once(&mut m, "k", 1), Ok((first, true)));
    assert_eq!(
        start_once(&mut m, "k", 2),
        Err(RejectionKind::AlreadyExists)
    );
    assert_ne!(start_once(&mut m, "other", 1).unwrap().0, first);
    for wrong in ["", &"k".repeat(256)] {
        assert_eq!(
            start_once(&mut m, wrong, 1),
            Err(RejectionKind::InvalidArgument)
        );
    }
    // It is known when the instance has ended, too, and forgotten a day after the start.
    m.run(CancelInstance { instance: first }).unwrap();
    assert_eq!(start_once(&mut m, "k", 1), Ok((first, true)));
    m.tick(START_KEY_KEPT_MS);
    let (second, again) = start_once(&mut m, "k", 1).unwrap();
    assert!(!again && second != first);
}

#[test]
fn an_idempotency_key_goes_with_the_history_of_its_instance() {
    let mut m = Machine::new();
    m.deploy(&waiting()).unwrap();
    let (first, _) = start_once(&mut m, "k", 1).unwrap();
    m.run(CancelInstance { instance: first }).unwrap();
    m.run(DeleteHistory { instance: first }).unwrap();
    assert_nothing_is_left(&m);
    assert!(!start_once(&mut m, "k", 1).unwrap().1);
}
