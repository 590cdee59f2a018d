//! Decisions: deployed with their graph, and asked outside any case.

use gardesh_tests::{Options, Server};
use serde_json::json;

use crate::case::text;

const DISH: &str = include_str!("dish.dmn");

#[test]
fn a_decision_is_deployed_and_answers() {
    let server = Server::start(&Options::default());
    let deployed = server.deploy(&[("dish.dmn", DISH)]);
    let graph = &deployed["deployments"][0]["decisionRequirements"];
    assert_eq!(graph["decisionRequirementsId"], "menu");
    assert_eq!(graph["resourceName"], "dish.dmn");
    let decision = &deployed["deployments"][1]["decisionDefinition"];
    assert_eq!(decision["decisionDefinitionId"], "dish");
    let key = text(&decision["decisionDefinitionKey"]);

    let path = "/v2/decision-definitions/evaluation";
    let by_id = json!({"decisionDefinitionId": "dish", "variables": {"season": "winter"}});
    let answer = server.post(path, &by_id).expect(200).json();
    assert_eq!(answer["output"], "\"soup\"");
    assert_eq!(answer["decisionDefinitionKey"], *key);
    assert_eq!(answer["decisionDefinitionVersion"], 1);
    assert_eq!(answer["failureMessage"], json!(null));
    let made = &answer["evaluatedDecisions"][0];
    assert_eq!(made["decisionDefinitionId"], "dish");
    assert_eq!(made["evaluatedInputs"][0]["inputValue"], "\"winter\"");
    assert_eq!(made["matchedRules"][0]["ruleId"], "cold");
    assert_eq!(made["matchedRules"][0]["ruleIndex"], 1);

    let by_key = json!({"decisionDefinitionKey": key, "variables": {"season": "summer"}});
    let answer = server.post(path, &by_key).expect(200).json();
    assert_eq!(answer["output"], "\"salad\"");

    let graph = text(&graph["decisionRequirementsKey"]);
    for path in [
        format!("/v2/decision-requirements/{graph}/xml"),
        format!("/v2/decision-definitions/{key}/xml"),
    ] {
        assert_eq!(server.get(&path).expect(200).body, DISH, "{path}");
    }

    for (request, status) in [
        (json!({"decisionDefinitionId": "nobody"}), 404),
        (json!({"decisionDefinitionKey": "1"}), 404),
        (json!({}), 400),
    ] {
        server.post(path, &request).expect(status);
    }
}
