//! In which order the findings of a file are listed: causes before what may follow from them.

use gardesh_xml::Report;

/// What a finding is about.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    /// Names that are plainly misspelt, so that what they should have given is missing.
    Spelling,
    /// One element by itself.
    Element,
    /// A reference that leads nowhere.
    Reference,
    /// A reference by way of another one: a default flow, for example.
    SecondReference,
    /// How elements fit together.
    Fit,
    /// What never runs.
    Course,
    /// What has no effect, and so has none on anything else.
    Silence,
}

impl Stage {
    /// Reports of this stage, then goes back to the one before.
    pub(crate) fn within<'x>(self, report: &mut Report<'x>, find: impl FnOnce(&mut Report<'x>)) {
        let before = report.enter(self as u8);
        find(report);
        report.enter(before);
    }
}
