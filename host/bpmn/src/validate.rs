//! Whether the elements of an executable process fit together. What a single element lacks is found in `read/`.
//! Each file holds the rules of one concern; all of them run, so that an author sees every fault at once.

mod compensation;
mod events;
mod flows;
mod forms;
mod gateways;
mod listeners;
mod reach;
mod scopes;

use gardesh_xml::{At, Report};

use crate::model::{Element, ElementIdx, Process, SequenceFlow};
use crate::stage::Stage;

/// The rules over one process, and where they report.
struct Check<'p, 'r, 'x> {
    process: &'p Process,
    report: &'r mut Report<'x>,
}

/// Applies all rules to an executable process.
pub(crate) fn validate(process: &Process, report: &mut Report<'_>) {
    report.enter(Stage::Fit as u8);
    let mut check = Check { process, report };
    check.scopes();
    check.flows();
    check.gateways();
    check.events();
    check.compensation();
    check.forms();
    check.listeners();
    check.report.enter(Stage::Course as u8);
    check.reach();
}

impl<'p> Check<'p, '_, '_> {
    fn elements(&self) -> impl Iterator<Item = (ElementIdx, &'p Element)> + use<'p> {
        self.process.indexed()
    }

    fn error<'a>(&mut self, at: impl Into<At<'a>>, code: &'static str, message: String) {
        self.report.error(at, code, message);
    }

    fn warning<'a>(&mut self, at: impl Into<At<'a>>, code: &'static str, message: String) {
        self.report.warning(at, code, message);
    }
}

impl<'a> From<&'a Element> for At<'a> {
    fn from(element: &'a Element) -> Self {
        Self::Place {
            id: Some(&element.id),
            line: element.line,
            column: element.column,
        }
    }
}

impl<'a> From<&'a SequenceFlow> for At<'a> {
    fn from(flow: &'a SequenceFlow) -> Self {
        Self::Place {
            id: Some(&flow.id),
            line: flow.line,
            column: flow.column,
        }
    }
}
