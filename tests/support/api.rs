//! The requests that many tests start with, in one line each.

use serde_json::{Value, json};

use crate::eventually;
use crate::http::{Client, Reply};

const BOUNDARY: &str = "gardesh-test-boundary";

impl Client {
    /// Deploys files, each with its name and content; the reply is not checked.
    pub fn try_deploy(&self, files: &[(&str, &str)]) -> Reply {
        self.try_deploy_at("/v2/deployments", files)
    }

    /// Has the server say what would come of deploying files.
    #[track_caller]
    pub fn check_deployment(&self, files: &[(&str, &str)]) -> Value {
        let reply = self.try_deploy_at("/v2/deployments?dryRun=true", files);
        reply.expect(200).json()
    }

    fn try_deploy_at(&self, path: &str, files: &[(&str, &str)]) -> Reply {
        let mut body = String::new();
        for (name, content) in files {
            body.push_str(&format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"resources\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n{content}\r\n"
            ));
        }
        body.push_str(&format!("--{BOUNDARY}--\r\n"));
        self.post_bytes(
            path,
            &format!("multipart/form-data; boundary={BOUNDARY}"),
            body.as_bytes(),
        )
    }

    /// Deploys files that are known to be good.
    #[track_caller]
    pub fn deploy(&self, files: &[(&str, &str)]) -> Value {
        self.try_deploy(files).expect(200).json()
    }

    /// Registers a component from its bytes.
    #[track_caller]
    pub fn push_component(&self, wasm: &[u8]) -> Value {
        self.post_bytes("/v1/components", "application/wasm", wasm)
            .expect(201)
            .json()
    }

    /// Registers a component with a configuration; the reply is not checked.
    pub fn push_configured(&self, wasm: &[u8], configuration: &Value) -> Reply {
        let json = configuration.to_string();
        let escaped: String = json.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = format!("/v1/components?configuration={escaped}");
        self.post_bytes(&path, "application/wasm", wasm)
    }

    /// Stores a survey.
    #[track_caller]
    pub fn save_survey(&self, survey: &Value) -> Value {
        let reply = self.post("/v1/surveys", survey);
        assert!((200..300).contains(&reply.status), "{reply:?}");
        reply.json()
    }

    /// Starts a case and gives its process instance key.
    #[track_caller]
    pub fn start_case(&self, process: &str, variables: Value) -> String {
        let body = json!({"processDefinitionId": process, "variables": variables});
        let reply = self.post("/v2/process-instances", &body).expect(200).json();
        match &reply["processInstanceKey"] {
            Value::String(key) => key.clone(),
            other => panic!("Expected a processInstanceKey, but it is {other} in {reply}"),
        }
    }

    /// The items that a search of the Camunda API finds, such as of `user-tasks`.
    #[track_caller]
    pub fn search(&self, what: &str, filter: Value) -> Vec<Value> {
        items(
            &self
                .post(&format!("/v2/{what}/search"), &json!({"filter": filter}))
                .expect(200),
        )
    }

    /// The items of one of our own lists, such as `/v1/responses?…`.
    #[track_caller]
    pub fn list(&self, path: &str) -> Vec<Value> {
        items(&self.get(path).expect(200))
    }

    /// Waits until the case is completed.
    pub fn await_completed(&self, instance: &str) {
        eventually("the case to be completed", || {
            let reply = self.get(&format!("/v2/process-instances/{instance}"));
            (reply.status == 200 && reply.json()["state"] == "COMPLETED").then_some(())
        });
    }
}

#[track_caller]
fn items(reply: &Reply) -> Vec<Value> {
    match &reply.json()["items"] {
        Value::Array(items) => items.clone(),
        other => panic!(
            "Expected a list of items from {}, but it is {other}.",
            reply.request
        ),
    }
}
