//! In which order outside workers get the jobs of a type: the most urgent first, those of one
//! priority in the order in which they could be taken.

use gardesh_engine::command::{
    ActivateJobs, CompleteJob, FailJob, ResolveIncident, ResumeInstance, Retries, SuspendInstance,
    ThrowJobError, UpdateJob,
};
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::key::*;

use crate::support::*;

/// A process with the task `work`; both may say how urgent it is.
fn process(of_process: &str, of_task: &str) -> String {
    let priority = |text: &str| match text {
        "" => String::new(),
        text => format!(r#"<zeebe:jobPriorityDefinition priority="{text}" />"#),
    };
    format!(
        "<bpmn:extensionElements>{}</bpmn:extensionElements>",
        priority(of_process)
    ) + &start_and_end()
        + &service("work", &priority(of_task))
        + &flows(&["start>work", "work>end"])
}

/// The value `n` of the next jobs, in the order in which a worker gets them.
fn taken(m: &mut Machine, most: usize) -> Vec<(JobKey, String)> {
    let command = ActivateJobs {
        job_type: "work".into(),
        worker: "test".into(),
        timeout_ms: 60_000,
        max_jobs: most,
        fetch: Vec::new(),
    };
    let Ok(jobs) = m.run(command) else {
        panic!("no jobs");
    };
    let n = |job: &gardesh_engine::command::ActivatedJob| {
        job.variables.get("n").map(|n| n.to_json()).unwrap()
    };
    jobs.iter().map(|job| (job.key, n(job))).collect()
}

fn names(jobs: &[(JobKey, String)]) -> Vec<&str> {
    jobs.iter().map(|(_, n)| n.as_str()).collect()
}

fn start_some(m: &mut Machine, count: u32) {
    for n in 0..count {
        m.start(&format!(r#"{{"n": {n}}}"#));
    }
}

fn fail(m: &mut Machine, job: JobKey, retries: u32, backoff_ms: u64) {
    m.run(FailJob {
        job,
        attempt: None,
        retries: Retries::Left(retries),
        backoff_ms: Some(backoff_ms),
        message: String::new(),
        variables: json("{}"),
    })
    .unwrap();
}

#[test]
fn what_comes_back_waits_behind_what_waits_already() {
    type ComeBack = fn(&mut Machine, JobKey);
    let ways: [(&str, ComeBack); 5] = [
        ("fails", |m, job| fail(m, job, 3, 0)),
        ("fails and waits a while", |m, job| {
            fail(m, job, 3, 1_000);
            m.tick(1_000);
        }),
        ("is not answered in time", |m, _| m.tick(60_000)),
        ("has no retries left until somebody helps", |m, job| {
            fail(m, job, 0, 0);
            let incident = m.incidents()[0].key;
            m.run(ResolveIncident { incident }).unwrap();
        }),
        ("throws what nothing catches", |m, job| {
            m.run(ThrowJobError {
                job,
                attempt: None,
                code: "X".into(),
                message: String::new(),
                variables: json("{}"),
            })
            .unwrap();
            let incident = m.incidents()[0].key;
            m.run(ResolveIncident { incident }).unwrap();
        }),
    ];
    for (how, come_back) in ways {
        let mut m = Machine::with(&process("", ""));
        start_some(&mut m, 4);
        let first = taken(&mut m, 1);
        assert_eq!(names(&first), ["0"], "{how}");
        come_back(&mut m, first[0].0);
        assert_eq!(names(&taken(&mut m, 9)), ["1", "2", "3", "0"], "{how}");
    }
}

#[test]
fn jobs_that_always_fail_keep_no_others_waiting() {
    let mut m = Machine::with(&process("", ""));
    start_some(&mut m, 20);
    let mut done = 0;
    for _ in 0..8 {
        for (job, n) in taken(&mut m, 5) {
            if n.parse::<u32>().unwrap() < 5 {
                fail(&mut m, job, 900, 0);
                continue;
            }
            done += 1;
            m.run(CompleteJob {
                job,
                attempt: None,
                variables: json("{}"),
                result: None,
            })
            .unwrap();
        }
    }
    assert_eq!(done, 15);
}

#[test]
fn what_goes_on_after_a_suspension_keeps_its_place() {
    let mut m = Machine::with(&process("", ""));
    start_some(&mut m, 3);
    let jobs = m
        .engine
        .state()
        .jobs
        .range(&(TENANT, JobKey(0)), &(TENANT, JobKey(u64::MAX)), 9);
    let instance = jobs[0].1.instance;
    m.run(SuspendInstance { instance }).unwrap();
    m.run(ResumeInstance { instance }).unwrap();
    assert_eq!(names(&taken(&mut m, 9)), ["0", "1", "2"]);
}

#[test]
fn the_most_urgent_job_is_taken_first() {
    // What the process says, what the task says, what the five cases bring, and their order.
    let table = [
        ("", "", ["1", "2", "3"], "0 1 2"),
        ("", "=n", ["1", "2", "3"], "2 1 0"),
        ("", "=p", ["7", "-1", "8"], "2 0 1"),
        ("=p", "", ["-2147483648", "2147483647", "0"], "1 2 0"),
        ("=p", "5", ["9", "8", "7"], "0 1 2"),
        ("=p", "", ["4", "4", "5"], "2 0 1"),
        ("=p", "", [r#""1""#, r#""12""#, r#"" 3 ""#], "1 2 0"),
    ];
    for (of_process, of_task, priorities, order) in table {
        let mut m = Machine::with(&process(of_process, of_task));
        for (n, p) in priorities.iter().enumerate() {
            m.start(&format!(r#"{{"n": {n}, "p": {p}}}"#));
        }
        assert!(m.incidents().is_empty());
        assert_eq!(
            names(&taken(&mut m, 9)).join(" "),
            order,
            "{of_process} {of_task}"
        );
    }
}

#[test]
fn a_failed_job_waits_behind_those_of_its_priority_and_before_less_urgent_ones() {
    let mut m = Machine::with(&process("", "=p"));
    for (n, p) in [1, 5, 5].iter().enumerate() {
        m.start(&format!(r#"{{"n": {n}, "p": {p}}}"#));
    }
    let first = taken(&mut m, 1);
    assert_eq!(names(&first), ["1"]);
    fail(&mut m, first[0].0, 3, 0);
    assert_eq!(names(&taken(&mut m, 9)), ["2", "1", "0"]);
}

#[test]
fn a_priority_can_be_corrected_and_must_be_a_whole_number() {
    let mut m = Machine::with(&process("", "=p"));
    for p in [1, 2] {
        m.start(&format!(r#"{{"n": {p}, "p": {p}}}"#));
    }
    let jobs = m
        .engine
        .state()
        .jobs
        .range(&(TENANT, JobKey(0)), &(TENANT, JobKey(u64::MAX)), 9);
    assert_eq!(jobs[0].1.priority, 1);
    m.run(UpdateJob {
        job: jobs[0].0.1,
        retries: None,
        timeout_ms: None,
        priority: Some(3),
    })
    .unwrap();
    assert_eq!(names(&taken(&mut m, 9)), ["1", "2"]);
    for unfit in ["null", "1.5", "2147483648", r#""urgent""#] {
        let mut m = Machine::with(&process("", "=p"));
        let case = m.start(&format!(r#"{{"n": 0, "p": {unfit}}}"#));
        let incidents = m.incidents();
        assert_eq!(
            incidents[0].kind,
            IncidentKind::ExtractValueError,
            "{unfit}"
        );
        assert!(
            incidents[0].message.contains("priority of a job"),
            "{unfit}"
        );
        mend(&mut m, case, r#"{"p": 7}"#);
        assert_eq!(names(&taken(&mut m, 9)), ["0"]);
    }
}

#[test]
fn listeners_are_as_urgent_as_what_they_listen_to() {
    let listener = r#"<zeebe:jobPriorityDefinition priority="=p" /><zeebe:executionListeners><zeebe:executionListener eventType="start" type="work" /></zeebe:executionListeners>"#;
    let mut m = Machine::with(
        &(start_and_end() + &service("other", listener) + &flows(&["start>other", "other>end"])),
    );
    for p in [1, 2] {
        m.start(&format!(r#"{{"n": {p}, "p": {p}}}"#));
    }
    assert_eq!(names(&taken(&mut m, 9)), ["2", "1"]);
}
