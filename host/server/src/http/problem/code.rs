//! The stable codes of all errors that the API returns, each with its status and title.
//! `docs/reference/errors.md` explains them to people; a test here holds both together.
//! The words of one answer are where it is refused.

use axum::http::StatusCode;

/// What comes before the code in the `type` of a problem.
const TYPE_PREFIX: &str = "/docs/errors#";

macro_rules! codes {
    ($($variant:ident, $name:literal, $status:ident, $title:literal;)+) => {
        /// What kind of error a problem is, for programs. Clients branch on the names, so
        /// that a released one is never changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $name] $variant,)+
        }

        impl Code {
            /// All of them.
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable name, which is its anchor on the page of errors, too.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The status of the response.
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$variant => StatusCode::$status,)+
                }
            }

            /// The title that clients of the Camunda REST API look for.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)+
                }
            }
        }
    };
}

codes! {
    InvalidArgument, "invalid-argument", BAD_REQUEST, "INVALID_ARGUMENT";
    InvalidBody, "invalid-body", BAD_REQUEST, "INVALID_ARGUMENT";
    InvalidIdempotencyKey, "invalid-idempotency-key", BAD_REQUEST, "INVALID_ARGUMENT";
    InvalidHost, "invalid-host", BAD_REQUEST, "INVALID_ARGUMENT";
    FilterTooBroad, "filter-too-broad", BAD_REQUEST, "INVALID_ARGUMENT";
    DeploymentRefused, "deployment-refused", BAD_REQUEST, "INVALID_ARGUMENT";
    Unauthenticated, "unauthenticated", UNAUTHORIZED, "UNAUTHENTICATED";
    ForbiddenOrigin, "forbidden-origin", FORBIDDEN, "FORBIDDEN";
    RouteNotFound, "route-not-found", NOT_FOUND, "NOT_FOUND";
    ResourceNotFound, "resource-not-found", NOT_FOUND, "NOT_FOUND";
    MethodNotAllowed, "method-not-allowed", METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED";
    BodyTimeout, "body-timeout", REQUEST_TIMEOUT, "REQUEST_TIMEOUT";
    InvalidState, "invalid-state", CONFLICT, "INVALID_STATE";
    AlreadyExists, "already-exists", CONFLICT, "ALREADY_EXISTS";
    ProcessInstanceEnded, "process-instance-ended", CONFLICT, "INVALID_STATE";
    ProcessInstanceTerminated, "process-instance-terminated", CONFLICT, "INVALID_STATE";
    ProcessInstanceStopped, "process-instance-stopped", CONFLICT, "STOPPED";
    UserTaskChangeDenied, "user-task-change-denied", CONFLICT, "INVALID_STATE";
    PayloadTooLarge, "payload-too-large", PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE";
    LimitExceeded, "limit-exceeded", PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED";
    UnsupportedMediaType, "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE";
    WrongServer, "wrong-server", MISDIRECTED_REQUEST, "MISDIRECTED_REQUEST";
    ComponentRefused, "component-refused", UNPROCESSABLE_ENTITY, "UNPROCESSABLE_ENTITY";
    ComponentConfigurationRefused, "component-configuration-refused", UNPROCESSABLE_ENTITY, "UNPROCESSABLE_ENTITY";
    InternalError, "internal-error", INTERNAL_SERVER_ERROR, "INTERNAL_ERROR";
    ServerStopping, "server-stopping", SERVICE_UNAVAILABLE, "UNAVAILABLE";
    ReadModelBehind, "read-model-behind", SERVICE_UNAVAILABLE, "UNAVAILABLE";
    CommandQueueFull, "command-queue-full", SERVICE_UNAVAILABLE, "RESOURCE_EXHAUSTED";
    TooManyRequests, "too-many-requests", SERVICE_UNAVAILABLE, "RESOURCE_EXHAUSTED";
    TooManyUploads, "too-many-uploads", SERVICE_UNAVAILABLE, "RESOURCE_EXHAUSTED";
    TooManyWaitingRequests, "too-many-waiting-requests", SERVICE_UNAVAILABLE, "RESOURCE_EXHAUSTED";
    ComponentRuntimeBusy, "component-runtime-busy", SERVICE_UNAVAILABLE, "RESOURCE_EXHAUSTED";
    ProcessInstanceTimeout, "process-instance-timeout", GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED";
    UserTaskListenerTimeout, "user-task-listener-timeout", GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED";
}

impl Code {
    /// The `type` of a problem: a reference to the place that explains it.
    pub fn reference(self) -> String {
        format!("{TYPE_PREFIX}{}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../../../docs/reference/errors.md");

    /// The headings of the page, each with the line of its status.
    fn sections() -> Vec<(&'static str, &'static str)> {
        PAGE.split("\n## ")
            .skip(1)
            .map(|section| {
                let (name, text) = section.split_once("\n\n").expect("a text");
                (name, text.lines().next().expect("a status"))
            })
            .collect()
    }

    #[test]
    fn the_page_explains_every_code_and_no_other() {
        let expected: Vec<_> = Code::ALL
            .iter()
            .map(|code| {
                let status = format!(
                    "Status {}, title `{}`.",
                    code.status().as_u16(),
                    code.title()
                );
                (code.name(), status)
            })
            .collect();
        let found: Vec<_> = sections()
            .into_iter()
            .map(|(name, status)| (name, status.to_owned()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_section_says_why_and_what_to_do() {
        for section in PAGE.split("\n## ").skip(1) {
            let name = section.lines().next().unwrap_or_default();
            assert!(section.contains("\n**Why:** "), "{name}");
            assert!(section.contains("\n**What to do:** "), "{name}");
        }
    }

    #[test]
    fn names_are_kebab_case_and_each_is_there_once() {
        for (index, code) in Code::ALL.iter().enumerate() {
            let name = code.name();
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{name}"
            );
            assert!(
                Code::ALL[..index].iter().all(|other| other.name() != name),
                "{name}"
            );
            assert!(code.reference().ends_with(&format!("#{name}")));
        }
    }
}
