//! Pages and orders: every row once, whatever the sort, forwards and backwards.

use gardesh_engine::event::{Event, ProcessInstanceEvent};
use gardesh_engine::key::*;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::*;
use crate::{Error, Page, ProcessInstance, Search};

/// Cases of which some share a business key, some have none, and some have ended.
fn journal() -> Journal {
    let mut journal = Journal::new();
    for number in 0..30 {
        let business_key = (number % 4 != 0).then(|| format!("K-{}", number % 5));
        let instance = journal.start(TENANT, business_key.as_deref());
        if number % 3 == 0 {
            journal.record(
                TENANT,
                vec![Event::ProcessInstance(ProcessInstanceEvent::Completed {
                    instance,
                    outcome: None,
                })],
            );
        }
        journal.start(OTHER, Some("K-1"));
    }
    journal
}

fn keys(page: &Page<ProcessInstance>) -> Vec<ProcessInstanceKey> {
    page.items
        .iter()
        .map(|row| row.process_instance_key)
        .collect()
}

#[test]
fn offsets() {
    let model = Model::of(&journal());
    let page = |page: Value| model.find::<ProcessInstance>(TENANT, json!({"page": page}));
    let all = page(json!({}));
    assert_eq!(
        (all.items.len(), all.total_items, all.has_more_total_items),
        (30, 30, false)
    );
    let some = page(json!({"from": 28, "limit": 10}));
    assert_eq!(
        (keys(&some), some.total_items),
        (keys(&all)[28..].to_vec(), 30)
    );
    let none = page(json!({"from": 30}));
    assert_eq!(
        (none.items.len(), none.total_items, none.start_cursor),
        (0, 30, None)
    );
    let full = page(json!({"limit": 30}));
    assert_eq!((full.items.len(), full.total_items), (30, 30));
    assert_eq!(page(json!({"from": u64::MAX})).total_items, 30);
}

#[test]
fn mistakes_are_refused() {
    let model = Model::of(&journal());
    let refused = |search: Value| match model
        .search(TENANT, &read::<Search<ProcessInstance>>(search.clone()))
    {
        Err(error @ Error::InvalidSearch(_)) => {
            assert!(error.is_mistake());
            error.to_string()
        }
        other => panic!("{search}: {other:?}"),
    };
    let cursor = model
        .find::<ProcessInstance>(TENANT, json!({}))
        .end_cursor
        .unwrap();
    assert!(refused(json!({"page": {"limit": 0}})).contains("1 to 10000"));
    assert!(refused(json!({"page": {"limit": 10001}})).contains("10001"));
    assert!(refused(json!({"page": {"from": 1, "after": cursor}})).contains("one of"));
    assert!(refused(json!({"page": {"before": cursor, "after": cursor}})).contains("one of"));
    assert!(refused(json!({"page": {"after": "?"}})).contains("not one"));
    assert!(refused(json!({"page": {"after": "e30="}})).contains("not one"));
    assert!(
        refused(json!({"page": {"after": cursor}, "sort": [{"field": "state"}]}))
            .contains("another order")
    );
    assert!(refused(json!({"page": {"after": "A".repeat(100_000)}})).contains("too long"));
    assert!(refused(json!({"sort": [{"field": "1; DROP TABLE jobs"}]})).contains("businessKey"));
    assert!(refused(json!({"sort": vec![json!({"field": "state"}); 9]})).contains("at most 8"));
}

#[test]
fn rows_without_a_value_come_first_in_ascending_order() {
    let model = Model::of(&journal());
    let sorted = |order: &str| {
        let page = model.find::<ProcessInstance>(
            TENANT,
            json!({"sort": [{"field": "businessKey", "order": order}]}),
        );
        page.items
            .iter()
            .map(|row| row.business_key.clone())
            .collect::<Vec<_>>()
    };
    let mut ascending = sorted("ASC");
    assert!(
        ascending.is_sorted() && ascending[0].is_none(),
        "{ascending:?}"
    );
    ascending.reverse();
    assert_eq!(sorted("DESC"), ascending);
}

#[test]
fn a_cursor_stays_right_while_rows_come_and_go() {
    let mut journal = journal();
    let model = Model::of(&journal);
    let search = |page: Value| json!({"filter": {"state": "ACTIVE"}, "page": page});
    let first = model.find::<ProcessInstance>(TENANT, search(json!({"limit": 5})));
    let all = model.find::<ProcessInstance>(TENANT, search(json!({})));
    for instance in keys(&first) {
        journal.record(
            TENANT,
            vec![Event::ProcessInstance(ProcessInstanceEvent::Completed {
                instance,
                outcome: None,
            })],
        );
    }
    model.project(&journal.entries, &Elements).unwrap();
    let second = model.find::<ProcessInstance>(
        TENANT,
        search(json!({"limit": 5, "after": first.end_cursor})),
    );
    assert_eq!(
        (keys(&second), second.total_items),
        (keys(&all)[5..10].to_vec(), 15)
    );
}

fn sort() -> impl Strategy<Value = Vec<Value>> {
    let field = prop::sample::select(vec![
        "processInstanceKey",
        "businessKey",
        "state",
        "startDate",
        "endDate",
        "outcome",
        "hasIncident",
        "businessId",
    ]);
    let order = prop::sample::select(vec!["ASC", "DESC"]);
    prop::collection::vec(
        (field, order).prop_map(|(field, order)| json!({"field": field, "order": order})),
        0..4,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn cursors_reach_every_row_once(sort in sort(), limit in 1..9u32) {
        let model = Model::of(&journal());
        let page = |page: Value| model.find::<ProcessInstance>(TENANT, json!({"sort": sort, "page": page}));
        let all = keys(&page(json!({})));

        let mut forwards = Vec::new();
        let mut found = page(json!({"limit": limit}));
        let mut last = found.end_cursor.clone();
        while !found.items.is_empty() {
            last = found.end_cursor.clone();
            forwards.extend(keys(&found));
            found = page(json!({"limit": limit, "after": last}));
        }
        prop_assert_eq!(&forwards, &all);

        let mut backwards = Vec::new();
        found = page(json!({"limit": limit, "before": last}));
        while !found.items.is_empty() {
            backwards.splice(0..0, keys(&found));
            found = page(json!({"limit": limit, "before": found.start_cursor}));
        }
        prop_assert_eq!(&backwards, &all[..all.len() - 1]);
    }
}
