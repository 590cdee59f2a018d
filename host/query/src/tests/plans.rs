//! That the usual searches find their rows by an index, and in order where that matters.

use serde_json::{Value, json};

use super::fixture::*;
use crate::search::plan;
use crate::*;

fn plan_of<R: Searchable>(search: Value) -> String {
    let model = Model::empty();
    let connection = rusqlite::Connection::open(model.path()).unwrap();
    plan::<R>(&connection, &read(search)).unwrap().join("; ")
}

#[test]
fn searches_use_their_indexes() {
    let cases = plan_of::<ProcessInstance>;
    let active = json!({"state": "ACTIVE"});
    let newest = json!([{"field": "startDate", "order": "DESC"}]);
    let variable = json!({"variables": [{"name": "claim", "value": "17"}]});
    let of_case = json!({"filter": {"processInstanceKey": "5"}});
    let table = [
        (cases(json!({})), "PRIMARY KEY (tenant=?)"),
        (
            cases(json!({"filter": active})),
            "INDEX process_instances_0 (tenant=? AND state=?)",
        ),
        (
            cases(json!({"filter": active, "sort": newest})),
            "INDEX process_instances_1 (tenant=? AND state=?)",
        ),
        (
            cases(json!({"sort": newest})),
            "INDEX process_instances_2 (tenant=?)",
        ),
        (
            cases(json!({"filter": {"businessKey": "K"}})),
            "INDEX process_instances_4 (tenant=? AND business_key=?)",
        ),
        (
            cases(json!({"filter": {"parentProcessInstanceKey": "7"}})),
            "INDEX process_instances_5 (tenant=? AND parent_process_instance_key=?)",
        ),
        (
            cases(json!({"filter": variable})),
            "variables USING INDEX variables_1 (tenant=? AND name=? AND <expr>=?)",
        ),
        (
            cases(json!({"filter": {"elementId": "a", "elementInstanceState": "ACTIVE"}})),
            "element_instances EXISTS USING INDEX element_instances_0 (tenant=? AND process_instance_key=?)",
        ),
        (
            cases(of_case.clone()),
            "PRIMARY KEY (tenant=? AND process_instance_key=?)",
        ),
        (
            plan_of::<ElementInstance>(of_case.clone()),
            "INDEX element_instances_0 (tenant=? AND process_instance_key=?)",
        ),
        (
            plan_of::<Job>(of_case.clone()),
            "INDEX jobs_0 (tenant=? AND process_instance_key=?)",
        ),
        (
            plan_of::<Variable>(of_case.clone()),
            "INDEX variables_0 (tenant=? AND process_instance_key=?)",
        ),
        (
            plan_of::<UserTask>(json!({"filter": {"state": "CREATED", "assignee": "a"}})),
            "INDEX user_tasks_1 (tenant=? AND state=? AND assignee=?)",
        ),
        (
            plan_of::<Incident>(json!({"filter": {"state": "ACTIVE"}})),
            "INDEX incidents_1 (tenant=? AND state=?)",
        ),
    ];
    for (found, expected) in table {
        assert!(found.contains(expected), "{found}, expected {expected}");
    }
}

#[test]
fn pages_by_key_need_no_sorting() {
    for search in [
        json!({}),
        json!({"filter": {"state": "ACTIVE"}}),
        json!({"page": {"limit": 5}}),
    ] {
        let found = plan_of::<ProcessInstance>(search.clone());
        assert!(!found.contains("TEMP B-TREE"), "{search}: {found}");
    }
}
