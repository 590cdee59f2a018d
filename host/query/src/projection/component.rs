//! The components and surveys that are registered.

use std::sync::Arc;

use gardesh_engine::entities::component::{self, ComponentRow};
use gardesh_engine::entities::experience::SurveyRow;
use gardesh_engine::event::ComponentEvent;

use super::{Context, Projection};
use crate::row::{names, row};
use crate::search::{Condition, Searchable, filter};

names! {
    /// What a component is for.
    pub enum ComponentRole {
        /// It runs jobs.
        Step = "STEP",
        /// It looks at lifecycle events.
        Trigger = "TRIGGER",
    }
}

row! {
    /// The component that serves a name now.
    pub struct Component in "components" {
        /// The job type that it serves, or the trigger's name.
        name: Arc<str>,
        /// Its own version.
        version: Arc<str>,
        /// A short title for people.
        title: Arc<str>,
        /// SHA-256 of its bytes, in hexadecimal.
        digest: Arc<str>,
        /// What it is for.
        role: ComponentRole,
        /// Whether it sees nothing but its input, journal time and seeded randomness.
        pure: bool,
        /// Bytes.
        size: u64,
        /// The whole of what the runtime found out about it, as a JSON object.
        details: Arc<str>,
        /// When it was uploaded.
        registered_at_ms: u64,
    }
    key: [name],
    changes: [version, title, digest, role, pure, size, details, registered_at_ms],
    indexes: [],
}

filter! {
    /// What to look for in components.
    pub struct ComponentFilter {
        name: Condition<String> => "name",
        role: Condition<ComponentRole> => "role",
        digest: Condition<String> => "digest",
    }
}

impl Searchable for Component {
    type Filter = ComponentFilter;
    const NOT_SORTED: &'static [&'static str] = &["details"];

    fn fit(&mut self, _shorten: bool) -> usize {
        self.details.len()
    }
}

row! {
    /// One version of a survey.
    pub struct Survey in "surveys" {
        /// The survey's id, as triggers name it.
        survey_id: Arc<str>,
        /// 1 for the first version, one more for each changed one.
        version: u32,
        /// The document, JSON.
        document: Arc<str>,
        /// When it was stored.
        saved_at_ms: u64,
    }
    key: [survey_id, version],
    changes: [],
    indexes: [],
}

filter! {
    /// What to look for in surveys.
    pub struct SurveyFilter {
        survey_id: Condition<String> => "survey_id",
        version: Condition<i64> => "version",
        is_latest_version: IsLatestSurvey => "version",
    }
}

impl Searchable for Survey {
    type Filter = SurveyFilter;
    const NOT_SORTED: &'static [&'static str] = &["document"];

    fn fit(&mut self, _shorten: bool) -> usize {
        self.document.len()
    }
}

/// Whether a survey is the latest of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct IsLatestSurvey(pub bool);

impl crate::search::Criterion for IsLatestSurvey {
    fn render(&self, column: &'static str, sql: &mut crate::search::Sql) {
        sql.push(" AND ").push(column).push(if self.0 { " = " } else { " < " }).push(
            "(SELECT max(other.version) FROM surveys AS other WHERE other.tenant = ?1 AND other.survey_id = surveys.survey_id)",
        );
    }
}

impl Projection {
    pub(super) fn apply_component_event(&mut self, cx: &Context<'_>, event: &ComponentEvent) {
        match event {
            ComponentEvent::Registered { component } => self.component_registered(cx, component),
            // Its uploads stay in the list of what there was.
            ComponentEvent::Removed { .. } => {}
        }
    }

    pub(super) fn component_registered(&mut self, cx: &Context<'_>, component: &ComponentRow) {
        let row = Component {
            name: Arc::clone(&component.name),
            version: Arc::clone(&component.version),
            title: Arc::clone(&component.title),
            digest: Arc::clone(&component.digest),
            role: match component.role {
                component::ComponentRole::Step => ComponentRole::Step,
                component::ComponentRole::Trigger(_) => ComponentRole::Trigger,
            },
            pure: component.pure,
            size: component.size,
            details: Arc::clone(&component.details),
            registered_at_ms: component.registered_at_ms,
        };
        self.components.add(cx.tenant, row);
    }

    pub(super) fn survey_saved(&mut self, cx: &Context<'_>, survey: &SurveyRow) {
        let row = Survey {
            survey_id: Arc::clone(&survey.id),
            version: survey.version,
            document: Arc::clone(&survey.document),
            saved_at_ms: survey.saved_at_ms,
        };
        self.surveys.add(cx.tenant, row);
    }
}
