//! Which version of a component runs a job: the latest, the one that was there when the diagram
//! was deployed, or the one that a version names.

use gardesh_engine::command::{
    CancelInstance, Deploy, Deployed, FailJob, RegisterComponent, ResolveIncident, Retries,
};
use gardesh_engine::definition::compile;
use gardesh_engine::entities::component::{ComponentRole, ComponentRow};
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::entities::job::Job;
use gardesh_engine::key::*;
use gardesh_engine::rejection::{Rejection, RejectionKind};

use crate::support::*;

/// A version of a component for a job type.
pub fn step(name: &str, version: &str) -> ComponentRow {
    ComponentRow {
        name: name.into(),
        version: version.into(),
        title: name.into(),
        digest: format!("digest-{version}").into(),
        role: ComponentRole::Step,
        pure: true,
        size: 1,
        details: "{}".into(),
        configuration: Vec::new(),
        registered_at_ms: 0,
    }
}

/// Registers version `version` of the component of the job type `work`.
pub fn upload(m: &mut Machine, version: &str) {
    register(m, version, &format!("digest-{version}"), false).unwrap();
}

fn register(m: &mut Machine, version: &str, digest: &str, replace: bool) -> Result<(), Rejection> {
    let component = Box::new(ComponentRow {
        digest: digest.into(),
        ..step("work", version)
    });
    m.run(RegisterComponent { component, replace })
}

fn linked(binding: &str) -> String {
    let more = format!(
        r#"<zeebe:linkedResources><zeebe:linkedResource resourceId="work" resourceType="component" {binding} /></zeebe:linkedResources>"#
    );
    diagram(&(start_and_end() + &service("work", &more) + &flows(&["start>work", "work>end"])))
}

fn jobs(m: &Machine) -> Vec<Job> {
    let all = m
        .engine
        .state()
        .jobs
        .range(&(TENANT, JobKey(0)), &(TENANT, JobKey(u64::MAX)), 100);
    all.into_iter().map(|(_, job)| (*job).clone()).collect()
}

fn digest(m: &Machine) -> Option<String> {
    jobs(m)[0].component.as_deref().map(str::to_owned)
}

#[test]
fn a_binding_chooses_the_component_and_retries_keep_it() {
    for (binding, expected, after_retry) in [
        ("", "digest-3", "digest-4"),
        (r#"bindingType="latest""#, "digest-3", "digest-4"),
        (r#"bindingType="deployment""#, "digest-2", "digest-2"),
        (
            r#"bindingType="versionTag" versionTag="1""#,
            "digest-1",
            "digest-1",
        ),
    ] {
        let mut m = Machine::new();
        upload(&mut m, "1");
        upload(&mut m, "2");
        m.deploy(&linked(binding)).unwrap();
        upload(&mut m, "3");
        m.start("{}");
        assert_eq!(digest(&m).as_deref(), Some(expected), "{binding}");
        upload(&mut m, "4");
        let job = jobs(&m)[0].key;
        m.run(FailJob {
            job,
            attempt: None,
            retries: Retries::Decrement,
            backoff_ms: Some(1_000),
            message: "later".into(),
            variables: json("{}"),
        })
        .unwrap();
        m.tick(1_000);
        assert_eq!(digest(&m).as_deref(), Some(after_retry), "{binding}");
    }
}

#[test]
fn a_version_stands_for_its_bytes() {
    let mut m = Machine::new();
    register(&mut m, "1", "mine", false).unwrap();
    register(&mut m, "1", "mine", false).unwrap();
    register(&mut m, "2", "newer", false).unwrap();
    // Known versions are protected whether they serve or not; going back to one is fine.
    for version in ["1", "2"] {
        let refused = register(&mut m, version, "foreign", false).unwrap_err();
        assert_eq!(refused.kind, RejectionKind::AlreadyExists);
        for part in ["Expected", version, "work", "foreign"] {
            assert!(refused.message.contains(part), "{refused}");
        }
    }
    register(&mut m, "1", "mine", false).unwrap();
    register(&mut m, "1", "mended", true).unwrap();
    m.deploy(&linked("")).unwrap();
    m.start("{}");
    assert_eq!(digest(&m).as_deref(), Some("mended"));
}

#[test]
fn a_version_that_is_missing_is_an_incident_that_its_upload_mends() {
    let mut m = Machine::new();
    upload(&mut m, "1");
    m.deploy(&linked(r#"bindingType="versionTag" versionTag="2""#))
        .unwrap();
    let case = m.start("{}");
    let incident = m.incidents()[0].clone();
    assert_eq!(incident.kind, IncidentKind::ResourceNotFound);
    assert_eq!(incident.kind.name(), "RESOURCE_NOT_FOUND");
    assert!(
        incident.message.contains("version '2'"),
        "{}",
        incident.message
    );
    upload(&mut m, "2");
    m.run(ResolveIncident {
        incident: incident.key,
    })
    .unwrap();
    assert_eq!(digest(&m).as_deref(), Some("digest-2"));
    m.run(CancelInstance { instance: case }).unwrap();
    assert!(jobs(&m).is_empty());
}

#[test]
fn what_is_bound_to_its_deployment_is_uploaded_before_and_renewed_with_the_diagram() {
    let mut m = Machine::new();
    let bound = linked(r#"bindingType="deployment""#);
    let deploy = |m: &mut Machine| {
        let resources = vec![compile("p.bpmn", &bound).unwrap()];
        m.run(Deploy { resources })
    };
    let rejection = deploy(&mut m).unwrap_err();
    assert_eq!(rejection.kind, RejectionKind::InvalidArgument);
    assert!(rejection.message.contains("'work'"), "{rejection}");
    let mut versions = Vec::new();
    for version in ["1", "1", "2"] {
        upload(&mut m, version);
        let Ok(Deployed { processes, .. }) = deploy(&mut m) else {
            panic!("a good deployment")
        };
        let row = m.engine.state().definitions.get(&(TENANT, processes[0]));
        versions.push(row.unwrap().version);
    }
    assert_eq!(
        versions,
        [1, 1, 2],
        "the same diagram with another component"
    );
}

#[test]
fn a_link_that_cannot_be_meant_is_refused() {
    for (job_type, resource, code) in [
        ("work", "rest", "other-component"),
        ("=kind", "work", "other-component"),
        ("=kind", "=kind", "computed-component"),
    ] {
        let diagram = linked(r#"bindingType="deployment""#)
            .replace(r#" type="work""#, &format!(r#" type="{job_type}""#))
            .replace(
                r#"resourceId="work""#,
                &format!(r#"resourceId="{resource}""#),
            );
        let problems = compile("p.bpmn", &diagram).unwrap_err();
        assert!(
            problems.iter().any(|problem| problem.code == code),
            "{code}: {problems:?}"
        );
    }
}
