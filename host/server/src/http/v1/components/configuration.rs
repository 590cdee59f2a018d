//! The configuration that a component gets: what a request gives, or what the component of this
//! name has, held against the component's schema. The check itself is in the runtime.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_engine::entities::component::ComponentRow;
use gardesh_runtime::limits::MAX_CONFIGURATION_BYTES;
use gardesh_runtime::{Configuration, ConfigurationError, Runtime};
use serde_json::value::RawValue;

use crate::http::extract::parse;
use crate::http::problem::{Code, Problem};

/// The configuration of a component from now on.
pub struct Chosen {
    values: Configuration,
    origin: Origin,
}

/// Where a configuration comes from.
enum Origin {
    /// The request has it.
    Given,
    /// The request says nothing of it, and this version of the component has one.
    Kept { version: Arc<str> },
    /// There is none.
    Absent,
}

impl Chosen {
    /// What a request gives as the whole configuration.
    pub fn given(json: &[u8]) -> Result<Self, Problem> {
        let values = read(json)?.into_iter();
        Ok(Self {
            values: values
                .map(|(name, value)| (name, value.get().to_owned()))
                .collect(),
            origin: Origin::Given,
        })
    }

    /// What the component of this name has, because the request says nothing of it.
    pub fn kept(present: Option<&ComponentRow>) -> Self {
        let present = present.filter(|row| !row.configuration.is_empty());
        let Some(row) = present else {
            return Self {
                values: Configuration::new(),
                origin: Origin::Absent,
            };
        };
        let values = row.configuration.iter();
        Self {
            values: values
                .map(|(name, json)| (name.to_string(), json.to_string()))
                .collect(),
            origin: Origin::Kept {
                version: Arc::clone(&row.version),
            },
        }
    }

    /// Refuses what does not fit the component, whatever it comes from: what a component cannot
    /// read would fail in each of its jobs.
    pub async fn check(&self, runtime: &Runtime, schema: Option<&str>) -> Result<(), Problem> {
        let checked = runtime.check_configuration(schema, &self.values).await;
        checked.map_err(|error| self.problem(error))
    }

    pub fn into_rows(self) -> Vec<(Arc<str>, Arc<str>)> {
        let rows = self.values.into_iter();
        rows.map(|(name, json)| (name.into(), json.into()))
            .collect()
    }

    fn problem(&self, error: ConfigurationError) -> Problem {
        let advice = match error {
            ConfigurationError::Runtime(cause) => return Problem::internal(cause),
            ConfigurationError::Busy(_) => {
                return Problem::new(Code::ComponentRuntimeBusy, format!("{error}."));
            }
            ConfigurationError::Undescribed { .. } => self.advice("with none (`--no-config`)"),
            ConfigurationError::Unfit { .. } => self
                .advice("with values that fit (`--config NAME=JSON`) or with none (`--no-config`)"),
            ConfigurationError::Schema { .. } => String::new(),
        };
        Problem::new(
            Code::ComponentConfigurationRefused,
            format!("{error}.{advice}"),
        )
    }

    /// How to push it, if the request gave no configuration itself.
    fn advice(&self, way: &str) -> String {
        match &self.origin {
            Origin::Given => String::new(),
            Origin::Kept { version } => {
                format!(" The configuration is kept from version {version}: push the component {way}.")
            }
            Origin::Absent => {
                " There is no configuration yet: push the component with one (`--config NAME=JSON`).".to_owned()
            }
        }
    }
}

fn read(json: &[u8]) -> Result<BTreeMap<String, Box<RawValue>>, Problem> {
    if json.len() > MAX_CONFIGURATION_BYTES {
        return Err(Problem::invalid(format!(
            "Expected a configuration of at most {MAX_CONFIGURATION_BYTES} bytes, but it has {}.",
            json.len()
        )));
    }
    parse(json).map_err(|problem| {
        Problem::invalid(format!(
            "Expected the configuration to be a JSON object. {}",
            problem.detail()
        ))
    })
}

#[cfg(test)]
mod tests {
    use gardesh_engine::entities::component::ComponentRole;
    use gardesh_runtime::{Finding, Findings};

    use axum::http::StatusCode;

    use super::*;

    fn row(configuration: &[(&str, &str)]) -> ComponentRow {
        let values = configuration.iter();
        ComponentRow {
            name: "assess".into(),
            version: "1.2.0".into(),
            title: "Assess".into(),
            digest: "".into(),
            role: ComponentRole::Step,
            pure: true,
            size: 1,
            details: "{}".into(),
            configuration: values
                .map(|(name, json)| ((*name).into(), (*json).into()))
                .collect(),
            registered_at_ms: 0,
        }
    }

    #[test]
    fn what_is_kept_is_what_there_was() {
        let before = row(&[("limit", "100.50"), ("plan", "\"gold\"")]);
        let kept = Chosen::kept(Some(&before)).into_rows();
        assert_eq!(kept, before.configuration);
        assert_eq!(Chosen::kept(Some(&row(&[]))).into_rows(), []);
        assert_eq!(Chosen::kept(None).into_rows(), []);
        assert_eq!(Chosen::given(b"{}").unwrap().into_rows(), []);
    }

    #[test]
    fn what_does_not_fit_comes_with_the_way_to_mend_it() {
        let unfit = || ConfigurationError::Unfit {
            findings: Findings {
                first: vec![Finding {
                    pointer: "/limit".into(),
                    expected: "an integer".into(),
                    found: "100.50".into(),
                }],
                more: 0,
            },
        };
        let undescribed = || ConfigurationError::Undescribed {
            names: vec!["limit".into()],
        };
        let before = row(&[("limit", "100.50")]);
        let place = "at /limit, expected an integer, but found 100.50.";
        for (chosen, error, parts) in [
            (
                Chosen::kept(Some(&before)),
                unfit(),
                [
                    place,
                    "from version 1.2.0",
                    "`--config NAME=JSON`",
                    "`--no-config`",
                ],
            ),
            (
                Chosen::kept(Some(&before)),
                undescribed(),
                [
                    "describes none",
                    "values for limit.",
                    "1.2.0",
                    "`--no-config`",
                ],
            ),
            (
                Chosen::kept(None),
                unfit(),
                [place, "no configuration yet", "`--config", ""],
            ),
            (Chosen::given(b"{}").unwrap(), unfit(), [place, "", "", ""]),
        ] {
            let problem = chosen.problem(error);
            assert_eq!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY);
            for part in parts {
                assert!(problem.detail().contains(part), "{}", problem.detail());
            }
        }
        let given = Chosen::given(b"{}").unwrap().problem(unfit());
        assert!(given.detail().ends_with(place), "{}", given.detail());
    }

    #[test]
    fn what_is_ours_is_not_the_senders_fault() {
        let chosen = Chosen::kept(None);
        let busy = chosen.problem(ConfigurationError::Busy("all are at work".into()));
        assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
        let broken = chosen.problem(ConfigurationError::Runtime("disk".into()));
        assert_eq!(broken.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn only_a_small_object_is_read() {
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_CONFIGURATION_BYTES));
        for json in ["", "[]", "{", "7", &long] {
            let problem = Chosen::given(json.as_bytes()).err().unwrap();
            assert_eq!(problem.status(), StatusCode::BAD_REQUEST, "{json:.20}");
        }
    }
}
