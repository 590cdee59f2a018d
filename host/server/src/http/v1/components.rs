//! `/v1/components`: uploads and what is known of them. The sandbox itself is in the
//! runtime; which component serves a job type is for the engine.

mod configuration;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use gardesh_engine::command::{DisableTrigger, EnableTrigger, RegisterComponent, RemoveComponent};
use gardesh_engine::entities::component::{ComponentRole, ComponentRow};
use gardesh_engine::entities::trigger::{Disabled, EventType, Subscription};
use gardesh_engine::key::TenantId;
use gardesh_engine::state::State as EngineState;
use gardesh_runtime::limits::MAX_COMPONENT_BYTES;
use gardesh_runtime::{ComponentInfo, Description, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use self::configuration::Chosen;
use crate::driver::SubmitError;
use crate::http::api::{self, Api};
use crate::http::caller::Caller;
use crate::http::extract::{Json as JsonBody, PathText, Query, check_name, read_body};
use crate::http::problem::{Code, Problem};
use crate::http::search::Listing;
use crate::http::wire::{iso, raw_json};
use crate::limits::{COMPONENT_UPLOAD_TIME, MAX_LISTED_COMPONENTS};

#[derive(Default, Deserialize)]
pub struct UploadQuery {
    configuration: Option<String>,
    /// The upload may take the place of other bytes with the same name and version.
    #[serde(default)]
    replace: bool,
}

/// What the API says of a component.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComponentView {
    name: Arc<str>,
    version: Arc<str>,
    title: Arc<str>,
    digest: Arc<str>,
    size: u64,
    pure: bool,
    world: String,
    imports: Vec<String>,
    exports: Vec<String>,
    input_schema: Option<Box<RawValue>>,
    output_schema: Option<Box<RawValue>>,
    configuration_schema: Option<Box<RawValue>>,
    icon: Option<String>,
    capabilities: Vec<String>,
    subscriptions: Vec<SubscriptionView>,
    configuration: BTreeMap<Arc<str>, Box<RawValue>>,
    registered_at: String,
    /// In the answer to an upload: what served the name until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<Replaced>,
    /// Of a trigger that looks at no events, since when and why.
    disabled: Option<DisabledView>,
}

/// A component that serves its name no longer.
#[derive(Serialize)]
struct Replaced {
    version: Arc<str>,
    digest: Arc<str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DisabledView {
    since: String,
    /// The bound that it went past; none when somebody disabled it.
    reason: Option<Arc<str>>,
}

/// The part of a component that the engine keeps as one document. Additions must be
/// optional: documents of earlier versions stay.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    world: String,
    imports: Vec<String>,
    exports: Vec<String>,
    input_schema: Option<Box<RawValue>>,
    output_schema: Option<Box<RawValue>>,
    configuration_schema: Option<Box<RawValue>>,
    icon: Option<String>,
    capabilities: Vec<String>,
    subscriptions: Vec<SubscriptionView>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubscriptionView {
    event_type: String,
    process_id: Option<String>,
    element_id: Option<String>,
}

/// `POST /v1/components`: 201 for a new one, 200 when the same bytes with the same
/// configuration serve the name already, 409 when other bytes are known as this version of it
/// and nobody said `replace=true`.
pub async fn upload(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<UploadQuery>,
    request: Request,
) -> Result<(StatusCode, Json<ComponentView>), Problem> {
    let tenant = caller.tenant.id;
    let given = match query.configuration.as_deref() {
        Some(json) => Some(Chosen::given(json.as_bytes())?),
        None => None,
    };
    check_content_type(&request)?;
    let _place = api.place_to_upload()?;
    let wasm = read_body(
        request.into_body(),
        MAX_COMPONENT_BYTES,
        COMPONENT_UPLOAD_TIME,
    )
    .await?;
    let info = api.app.runtime.inspect(&wasm).await.map_err(refused)?;
    let _turn = api.turn_to_change_components(tenant).await;
    let description = &info.description;
    let present = api.component(tenant, description.name()).await?;
    let configuration =
        given.unwrap_or_else(|| Chosen::kept(present.as_ref().map(|present| &*present.row)));
    configuration
        .check(&api.app.runtime, description.configuration_schema())
        .await?;
    let row = component_row(&info, configuration)?;
    let name = Arc::clone(&row.name);
    if let Some(present) = &present
        && present.row.digest == row.digest
        && present.row.configuration == row.configuration
    {
        return Ok((StatusCode::OK, Json(view(present)?)));
    }
    if !query.replace {
        let version = (tenant, Arc::clone(&name), Arc::clone(&row.version));
        let known = api.state(move |state| state.component_versions.get(&version));
        row.check_version(known.await?.as_deref().map(|digest| &**digest))
            .map_err(SubmitError::Rejected)?;
    }
    let (store, digest) = (Arc::clone(&api.app.store), Arc::clone(&row.digest));
    // The bytes must be on disk before the journal says that the component serves.
    api::blocking(move || store.put_blob(&digest, &wasm))
        .await?
        .map_err(Problem::internal)?;
    api.submit(
        &caller,
        RegisterComponent {
            component: Box::new(row),
            replace: query.replace,
        },
    )
    .await?;
    let stored = api
        .component(tenant, &name)
        .await?
        .ok_or_else(|| unknown(&name))?;
    let mut view = view(&stored)?;
    view.replaced = present
        .filter(|present| present.row.digest != stored.row.digest)
        .map(|present| Replaced {
            version: Arc::clone(&present.row.version),
            digest: Arc::clone(&present.row.digest),
        });
    Ok((StatusCode::CREATED, Json(view)))
}

/// `PUT /v1/components/{name}/configuration`: the whole of it.
pub async fn configure(
    State(api): State<Api>,
    caller: Caller,
    PathText(name): PathText,
    JsonBody(given): JsonBody<Box<RawValue>>,
) -> Result<Json<ComponentView>, Problem> {
    let tenant = caller.tenant.id;
    let turn = api.turn_to_change_components(tenant).await;
    let present = api
        .component(tenant, &name)
        .await?
        .ok_or_else(|| unknown(&name))?;
    let chosen = Chosen::given(given.get().as_bytes())?;
    let details: Details = serde_json::from_str(&present.row.details).map_err(Problem::internal)?;
    let schema = details.configuration_schema.as_ref();
    chosen
        .check(&api.app.runtime, schema.map(|schema| schema.get()))
        .await?;
    let component = Box::new(ComponentRow {
        configuration: chosen.into_rows(),
        ..(*present.row).clone()
    });
    // The bytes are the same.
    let replace = true;
    api.submit(&caller, RegisterComponent { component, replace })
        .await?;
    drop(turn);
    get(State(api), caller, PathText(name)).await
}

/// `GET /v1/components`.
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<Listing<ComponentView>>, Problem> {
    let rows = api
        .state(move |state| all_components(state, caller.tenant.id))
        .await?;
    let items = rows.iter().map(view).collect::<Result<_, _>>()?;
    Ok(Json(Listing::whole(items)))
}

/// `GET /v1/components/{name}`.
pub async fn get(
    State(api): State<Api>,
    caller: Caller,
    PathText(name): PathText,
) -> Result<Json<ComponentView>, Problem> {
    let stored = api
        .component(caller.tenant.id, &name)
        .await?
        .ok_or_else(|| unknown(&name))?;
    view(&stored).map(Json)
}

/// `POST /v1/components/{name}/disable`: a trigger looks at no events any more, and what it has
/// not decided ends.
pub async fn disable(
    State(api): State<Api>,
    caller: Caller,
    PathText(name): PathText,
) -> Result<Json<ComponentView>, Problem> {
    let command = DisableTrigger { name: name.clone() };
    change(&api, &caller, &name, command).await
}

/// `POST /v1/components/{name}/enable`.
pub async fn enable(
    State(api): State<Api>,
    caller: Caller,
    PathText(name): PathText,
) -> Result<Json<ComponentView>, Problem> {
    let command = EnableTrigger { name: name.clone() };
    change(&api, &caller, &name, command).await
}

async fn change(
    api: &Api,
    caller: &Caller,
    name: &str,
    command: impl gardesh_engine::Request,
) -> Result<Json<ComponentView>, Problem> {
    let tenant = caller.tenant.id;
    check_name("component", name)?;
    api.submit(caller, command).await?;
    let stored = api.component(tenant, name).await?;
    view(&stored.ok_or_else(|| unknown(name))?).map(Json)
}

/// `DELETE /v1/components/{name}`: it serves its name no more. Jobs that it has go on with it.
pub async fn remove(
    State(api): State<Api>,
    caller: Caller,
    PathText(name): PathText,
) -> Result<StatusCode, Problem> {
    check_name("component", &name)?;
    let _turn = api.turn_to_change_components(caller.tenant.id).await;
    api.submit(&caller, RemoveComponent { name }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A component with whether it is disabled.
struct Stored {
    row: Arc<ComponentRow>,
    disabled: Option<Arc<Disabled>>,
}

impl Stored {
    fn of(state: &EngineState, key: &(TenantId, Arc<str>)) -> Option<Self> {
        Some(Self {
            row: state.components.get(key)?,
            disabled: state.disabled_triggers.get(key),
        })
    }
}

impl Api {
    async fn component(&self, tenant: TenantId, name: &str) -> Result<Option<Stored>, Problem> {
        let key = (tenant, check_name("component", name)?);
        self.state(move |state| Stored::of(state, &key)).await
    }
}

fn all_components(state: &EngineState, tenant: TenantId) -> Vec<Stored> {
    let rows = state.components.first_under(tenant, MAX_LISTED_COMPONENTS);
    rows.into_iter()
        .filter_map(|(key, _)| Stored::of(state, &key))
        .collect()
}

fn unknown(name: &str) -> Problem {
    Problem::new(
        Code::ResourceNotFound,
        format!("Expected a component named '{name}', but there is none."),
    )
}

fn check_content_type(request: &Request) -> Result<(), Problem> {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .map(|value| value.as_bytes());
    match content_type {
        Some(b"application/wasm" | b"application/octet-stream") => Ok(()),
        _ => Err(Problem::new(
            Code::UnsupportedMediaType,
            "Expected the content type application/wasm and a component as the body, but got another one.",
        )),
    }
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Runtime(cause) => Problem::internal(cause),
        Refusal::Busy(_) => Problem::new(Code::ComponentRuntimeBusy, format!("{refusal}.")),
        refusal => Problem::new(Code::ComponentRefused, refusal.to_string()),
    }
}

fn component_row(info: &ComponentInfo, configuration: Chosen) -> Result<ComponentRow, Problem> {
    let description = &info.description;
    let details = serde_json::to_string(&details(info)?).map_err(Problem::internal)?;
    Ok(ComponentRow {
        name: description.name().into(),
        version: description.version().into(),
        title: description.title().into(),
        digest: info.digest.to_string().into(),
        role: role(description)?,
        pure: info.pure,
        size: info.size,
        details: details.into(),
        configuration: configuration.into_rows(),
        // The engine sets it to the journal's time.
        registered_at_ms: 0,
    })
}

fn role(description: &Description) -> Result<ComponentRole, Problem> {
    let Description::Trigger(trigger) = description else {
        return Ok(ComponentRole::Step);
    };
    let subscriptions = trigger.subscriptions.iter().map(|subscription| {
        let event_type = EventType::from_name(&subscription.event_type).ok_or_else(|| {
            Problem::new(
                Code::ComponentRefused,
                format!(
                    "Expected an event type that exists, but the trigger subscribes to '{}'.",
                    subscription.event_type
                ),
            )
        })?;
        Ok(Subscription {
            event_type,
            process_id: subscription.process_id.as_deref().map(Into::into),
            element_id: subscription.element_id.as_deref().map(Into::into),
        })
    });
    Ok(ComponentRole::Trigger(
        subscriptions.collect::<Result<_, Problem>>()?,
    ))
}

fn details(info: &ComponentInfo) -> Result<Details, Problem> {
    let schema = |text: &str| raw_json(text.to_owned());
    let mut details = Details {
        world: String::new(),
        imports: info.imports.clone(),
        exports: info.exports.clone(),
        input_schema: None,
        output_schema: None,
        configuration_schema: info
            .description
            .configuration_schema()
            .map(schema)
            .transpose()?,
        icon: None,
        capabilities: Vec::new(),
        subscriptions: Vec::new(),
    };
    match &info.description {
        Description::Step(step) => {
            details.world = "step".to_owned();
            details.input_schema = Some(schema(&step.input_schema)?);
            details.output_schema = Some(schema(&step.output_schema)?);
            details.icon.clone_from(&step.icon);
            details.capabilities.clone_from(&step.capabilities);
        }
        Description::Trigger(trigger) => {
            details.world = "trigger".to_owned();
            details.subscriptions = trigger
                .subscriptions
                .iter()
                .map(subscription_view)
                .collect();
        }
    }
    Ok(details)
}

fn subscription_view(subscription: &gardesh_runtime::Subscription) -> SubscriptionView {
    SubscriptionView {
        event_type: subscription.event_type.clone(),
        process_id: subscription.process_id.clone(),
        element_id: subscription.element_id.clone(),
    }
}

fn view(stored: &Stored) -> Result<ComponentView, Problem> {
    let row = &stored.row;
    let details: Details = serde_json::from_str(&row.details).map_err(Problem::internal)?;
    let configuration = row
        .configuration
        .iter()
        .map(|(name, json)| Ok((Arc::clone(name), raw_json(json.to_string())?)));
    Ok(ComponentView {
        name: Arc::clone(&row.name),
        version: Arc::clone(&row.version),
        title: Arc::clone(&row.title),
        digest: Arc::clone(&row.digest),
        size: row.size,
        pure: row.pure,
        world: details.world,
        imports: details.imports,
        exports: details.exports,
        input_schema: details.input_schema,
        output_schema: details.output_schema,
        configuration_schema: details.configuration_schema,
        icon: details.icon,
        capabilities: details.capabilities,
        subscriptions: details.subscriptions,
        configuration: configuration.collect::<Result<_, Problem>>()?,
        registered_at: iso(row.registered_at_ms),
        replaced: None,
        disabled: stored.disabled.as_ref().map(|disabled| DisabledView {
            since: iso(disabled.since_ms),
            reason: disabled.reason.clone(),
        }),
    })
}

#[cfg(test)]
mod tests {
    use gardesh_runtime::{Digest, StepDescription, TriggerDescription, World};

    use super::*;

    fn step() -> ComponentInfo {
        ComponentInfo {
            digest: Digest::of(b"bytes"),
            world: World::Step,
            size: 5,
            imports: vec!["gardesh:step/host@0.1.0".into()],
            exports: vec!["gardesh:step/handler@0.1.0".into()],
            description: Description::Step(StepDescription {
                name: "assess".into(),
                version: "1.0.0".into(),
                title: "Assess".into(),
                input_schema: r#"{"maximum":0.10}"#.into(),
                output_schema: "{}".into(),
                configuration_schema: Some("{}".into()),
                icon: None,
                capabilities: vec![],
            }),
            pure: true,
        }
    }

    fn trigger(event_type: &str) -> ComponentInfo {
        let subscription = gardesh_runtime::Subscription {
            event_type: event_type.into(),
            process_id: Some("claim".into()),
            element_id: None,
        };
        ComponentInfo {
            world: World::Trigger,
            description: Description::Trigger(TriggerDescription {
                name: "ask".into(),
                version: "1.0.0".into(),
                title: "Ask".into(),
                configuration_schema: None,
                subscriptions: vec![subscription],
            }),
            ..step()
        }
    }

    fn stored(row: ComponentRow) -> Stored {
        Stored {
            row: Arc::new(row),
            disabled: None,
        }
    }

    fn given(json: &str) -> Chosen {
        Chosen::given(json.as_bytes()).unwrap()
    }

    #[test]
    fn a_step_looks_the_same_after_it_was_stored() {
        let row = component_row(&step(), given(r#"{"limit":100.50}"#)).unwrap();
        let json = serde_json::to_string(&view(&stored(row)).unwrap()).unwrap();
        for part in [
            r#""name":"assess""#,
            r#""world":"step""#,
            r#""inputSchema":{"maximum":0.10}"#,
            r#""configuration":{"limit":100.50}"#,
            r#""registeredAt":"1970-01-01T00:00:00.000Z""#,
            &format!(r#""digest":"{}""#, Digest::of(b"bytes")),
        ] {
            assert!(json.contains(part), "{part} in {json}");
        }
    }

    #[test]
    fn a_trigger_keeps_its_subscriptions() {
        let row = component_row(&trigger("process-instance.completed"), given("{}")).unwrap();
        let expected = Subscription {
            event_type: EventType::InstanceCompleted,
            process_id: Some("claim".into()),
            element_id: None,
        };
        assert_eq!(row.role, ComponentRole::Trigger(vec![expected]));
        let view = serde_json::to_value(view(&stored(row)).unwrap()).unwrap();
        assert_eq!(
            view["subscriptions"][0]["eventType"],
            "process-instance.completed"
        );
        assert_eq!(view["disabled"], serde_json::Value::Null);
    }

    #[test]
    fn mistakes_of_the_uploader_are_not_ours() {
        let unknown = component_row(&trigger("nothing.happened"), given("{}")).unwrap_err();
        assert_eq!(unknown.status(), Code::ComponentRefused.status());
        assert_eq!(
            refused(Refusal::Busy("all are at work".into())).status(),
            StatusCode::SERVICE_UNAVAILABLE
        );
        assert_eq!(
            refused(Refusal::Runtime("disk".into())).status(),
            StatusCode::INTERNAL_SERVER_ERROR
        );
        let refusal = refused(Refusal::TooLarge { limit: 1, found: 2 });
        assert_eq!(refusal.status(), Code::ComponentRefused.status());
    }
}
