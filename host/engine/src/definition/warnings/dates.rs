//! Dates of user tasks in the diagram that name no zone: they are read as UTC, which is rarely where the people are.
//! Dates that expressions give are not known here.

use gardesh_bpmn::{Diagnostic, Element, Process, Severity};
use gardesh_feel::Value;

use crate::definition::time::is_without_zone;
use crate::definition::{Definition, Node, NodeKind, Source, UserTaskSpec};
use crate::shown::shown_text;

/// One warning for each such date.
pub(super) fn find(process: &Process, definition: &Definition) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (node, element) in definition.nodes.iter().zip(&process.elements) {
        let Some(people) = people(node) else {
            continue;
        };
        let dates = [
            ("due date", &people.due_date),
            ("follow-up date", &people.follow_up_date),
        ];
        for (what, date) in dates {
            let Some(Source::Literal(Value::String(text))) = date else {
                continue;
            };
            if is_without_zone(text) {
                found.push(warning(element, what, text));
            }
        }
    }
    found
}

/// Who a task is for and when; tasks that workers serve may have that, too.
fn people(node: &Node) -> Option<&UserTaskSpec> {
    if let NodeKind::UserTask(people) = &node.kind {
        Some(people)
    } else if let NodeKind::Job(job) = &node.kind {
        job.people.as_deref()
    } else {
        None
    }
}

fn warning(element: &Element, what: &str, text: &str) -> Diagnostic {
    let found = shown_text(text);
    Diagnostic {
        severity: Severity::Warning,
        code: "date-without-zone",
        element_id: Some(element.id.clone()),
        line: element.line,
        column: element.column,
        message: format!(
            "Expected the {what} to name a zone or an offset, but found {found}, which is read as UTC. Hint: write Z, an offset \
             such as +03:30 or a zone such as @Asia/Tehran after it."
        ),
    }
}
