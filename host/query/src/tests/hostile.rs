//! What clients may send: nothing of it becomes SQL, leaves its tenant or runs for ever.

use gardesh_engine::key::TenantId;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::*;
use crate::*;

const ATTACKS: [&str; 8] = [
    "' OR '1'='1",
    "'; DROP TABLE process_instances; --",
    "\" OR 1=1 --",
    "K-1' UNION SELECT token FROM invitations --",
    "?1",
    "\0",
    "*\\",
    "𝕂\u{202e}-1",
];

fn journal() -> Journal {
    let mut journal = Journal::new();
    for tenant in [TENANT, OTHER] {
        for number in 0..3 {
            let instance = journal.start(tenant, Some(&format!("K-{number}")));
            journal.record(
                tenant,
                vec![variable(instance, instance.0, "name", "\"x\"")],
            );
        }
    }
    journal
}

#[test]
fn text_stays_text() {
    let model = Model::of(&journal());
    let rows = model.dump();
    for attack in ATTACKS {
        for condition in [
            json!(attack),
            json!({"$in": [attack]}),
            json!({"$like": attack}),
            json!({"$eq": attack}),
        ] {
            for field in [
                "businessKey",
                "processDefinitionId",
                "processDefinitionName",
            ] {
                let page =
                    model.find::<ProcessInstance>(TENANT, json!({"filter": {field: condition}}));
                assert_eq!(page.total_items, 0, "{field}: {condition}");
            }
            let variables = json!([{"name": attack, "value": {"$exists": true}}]);
            let page =
                model.find::<ProcessInstance>(TENANT, json!({"filter": {"variables": variables}}));
            assert_eq!(page.total_items, 0);
            let page =
                model.find::<UserTask>(TENANT, json!({"filter": {"candidateGroup": condition}}));
            assert_eq!(page.total_items, 0);
        }
        let page = model.find::<ProcessInstance>(
            TENANT,
            json!({"filter": {"businessKey": {"$notIn": [attack]}}}),
        );
        assert_eq!(page.total_items, 3);
    }
    assert_eq!(model.dump(), rows);
}

#[test]
fn no_filter_reaches_another_tenant() {
    let model = Model::of(&journal());
    let filters = [
        json!({}),
        json!({"businessKey": {"$like": "*"}}),
        json!({"businessKey": {"$neq": "none"}}),
        json!({"state": {"$exists": true}}),
        json!({"variables": [{"name": "name", "value": {"$like": "*"}}]}),
        json!({"$or": [{"businessKey": {"$exists": true}}, {"businessKey": {"$exists": false}}]}),
        json!({"startDate": {"$gte": "1970-01-01T00:00:00Z"}}),
    ];
    for filter in filters {
        for (tenant, expected) in [(TENANT, 3), (OTHER, 3), (TenantId(99), 0)] {
            let page = model.find::<ProcessInstance>(tenant, json!({"filter": filter}));
            assert_eq!(page.total_items, expected, "{filter}");
        }
    }
}

#[test]
fn operators() {
    let model = Model::of(&journal());
    let found = |condition: Value| {
        let page =
            model.find::<ProcessInstance>(TENANT, json!({"filter": {"businessKey": condition}}));
        page.items
            .iter()
            .filter_map(|row| row.business_key.clone())
            .map(|key| key.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(found(json!("K-1")), ["K-1"]);
    assert_eq!(found(json!({"$eq": "K-1"})), ["K-1"]);
    assert_eq!(found(json!({"$neq": "K-1"})), ["K-0", "K-2"]);
    assert_eq!(found(json!({"$in": ["K-2", "K-0", "K-9"]})), ["K-0", "K-2"]);
    assert_eq!(found(json!({"$in": []})), [""; 0]);
    assert_eq!(found(json!({"$notIn": ["K-2"]})), ["K-0", "K-1"]);
    assert_eq!(found(json!({"$like": "K-?"})), ["K-0", "K-1", "K-2"]);
    assert_eq!(found(json!({"$like": "k-1"})), [""; 0]);
    assert_eq!(
        found(json!({"$like": "K*", "$neq": "K-0", "$exists": true})),
        ["K-1", "K-2"]
    );
    assert_eq!(found(json!({"$exists": false})), [""; 0]);
    let version = |condition: Value| {
        model
            .find::<ProcessInstance>(
                TENANT,
                json!({"filter": {"processDefinitionVersion": condition}}),
            )
            .total_items
    };
    assert_eq!(
        (
            version(json!({"$gt": 0, "$lte": 1})),
            version(json!({"$lt": 1})),
            version(json!({"$gte": 2}))
        ),
        (3, 0, 0)
    );
    let or = json!({"$or": [{"businessKey": "K-0"}, {"businessKey": "K-2", "state": "ACTIVE"}], "state": "ACTIVE"});
    assert_eq!(
        model
            .find::<ProcessInstance>(TENANT, json!({"filter": or}))
            .total_items,
        2
    );
}

#[test]
fn what_is_not_a_filter_is_refused() {
    let table = [
        (json!({"noSuchField": "x"}), "noSuchField"),
        (json!({"state": "DONE"}), "ACTIVE"),
        (json!({"state": {"$gt": "ACTIVE"}}), "$eq"),
        (json!({"businessKey": {"$regex": ".*"}}), "$like"),
        (json!({"businessKey": 5}), "string"),
        (json!({"businessKey": {"$like": "x".repeat(2_000)}}), "1024"),
        (json!({"businessKey": {"$in": vec!["x"; 1_001]}}), "1000"),
        (json!({"processInstanceKey": "1 OR 1=1"}), "key"),
        (json!({"processInstanceKey": {"$like": "1*"}}), "$in"),
        (json!({"startDate": "yesterday"}), "time"),
        (json!({"hasIncident": "yes"}), "bool"),
        (
            json!({"variables": [{"name": "a", "value": "not json"}]}),
            "JSON",
        ),
        (
            json!({"variables": vec![json!({"name": "a", "value": "1"}); 17]}),
            "16",
        ),
        (json!({"$or": vec![json!({}); 17]}), "16"),
        (json!({"$or": [{"$or": []}]}), "$or"),
    ];
    for (filter, expected) in table {
        let text = json!({"filter": filter}).to_string();
        let error = serde_json::from_str::<Search<ProcessInstance>>(&text)
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_search_with_too_many_values_is_refused() {
    let model = Model::of(&journal());
    let values: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
    let fields = [
        "processDefinitionId",
        "processDefinitionName",
        "processDefinitionVersionTag",
        "businessKey",
    ];
    let all: serde_json::Map<String, Value> = fields
        .iter()
        .map(|field| {
            (
                (*field).to_owned(),
                json!({"$in": values, "$notIn": values}),
            )
        })
        .collect();
    let one = json!({"filter": {"businessKey": {"$in": values}}});
    assert_eq!(model.find::<ProcessInstance>(TENANT, one).total_items, 0);
    let refused = model.search::<ProcessInstance>(
        TENANT,
        &read(json!({"filter": {"$or": vec![Value::from(all); 16]}})),
    );
    assert!(matches!(refused, Err(Error::TooCostly(_))), "{refused:?}");
}

#[test]
fn a_search_that_takes_too_long_is_stopped() {
    let mut journal = Journal::new();
    let text = format!("\"{}\"", "a".repeat(400_000));
    for number in 0..8 {
        let instance = journal.start(TENANT, None);
        journal.record(TENANT, vec![variable(instance, number, "text", &text)]);
    }
    let model = Model::of(&journal);
    let pattern = format!("*{}b*", "a".repeat(1_000));
    let search = json!({"filter": {"value": {"$like": pattern}}});
    let stopped = model.search::<Variable>(TENANT, &read(search));
    assert!(
        matches!(stopped, Err(Error::TooCostly(_))),
        "{:?}",
        stopped.map(|page| page.total_items)
    );
    // The connection goes on to serve others.
    assert_eq!(
        model.find::<ProcessInstance>(TENANT, json!({})).total_items,
        8
    );
}

#[test]
fn a_page_is_bounded_in_bytes() {
    let mut journal = Journal::new();
    let text = format!("\"{}\"", "a".repeat(4_000_000));
    let instance = journal.start(TENANT, None);
    for number in 0..9 {
        journal.record(
            TENANT,
            vec![variable(instance, number, &format!("v{number}"), &text)],
        );
    }
    let model = Model::of(&journal);
    let search = Search::<Variable>::default();
    let refused = model.search(TENANT, &search);
    assert!(
        matches!(refused, Err(Error::TooCostly(_))),
        "{:?}",
        refused.map(|page| page.total_items)
    );
    assert_eq!(
        model
            .search(
                TENANT,
                &Search {
                    shorten: true,
                    ..search
                }
            )
            .unwrap()
            .items
            .len(),
        9
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_found_by_itself_and_by_nothing_else(text in "\\PC{1,20}", other in "\\PC{1,20}") {
        prop_assume!(text != other);
        let mut journal = Journal::new();
        let instance = journal.start(TENANT, Some(&text));
        let json = serde_json::to_string(&text).unwrap();
        journal.record(TENANT, vec![variable(instance, 1, &text, &json)]);
        let model = Model::of(&journal);
        let found = |filter: Value| model.find::<ProcessInstance>(TENANT, json!({"filter": filter})).total_items;
        prop_assert_eq!(found(json!({"businessKey": text})), 1);
        prop_assert_eq!(found(json!({"businessKey": other})), 0);
        prop_assert_eq!(found(json!({"variables": [{"name": text, "value": json}]})), 1);
        prop_assert_eq!(found(json!({"variables": [{"name": other, "value": json}]})), 0);
    }

    #[test]
    fn any_cursor_is_refused_or_read(cursor in "[A-Za-z0-9+/=]{0,80}") {
        let model = Model::of(&journal());
        let search = read(json!({"page": {"after": cursor}}));
        let refused = model.search::<ProcessInstance>(TENANT, &search);
        prop_assert!(matches!(refused, Err(Error::InvalidSearch(_))));
    }
}
