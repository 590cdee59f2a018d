//! How activities repeat: one after the other, all at once, or as long as a condition holds.

use super::{Writer, escaped};

/// Repeating activities within each other. Three levels of three runs are many tasks.
const MAX_REPEATING: u32 = 1;

impl Writer {
    /// Characteristics of a loop once in so many times, mostly none.
    pub(super) fn repetition(&mut self, times: u32) -> String {
        if self.repeating > MAX_REPEATING || !self.once_in(times) {
            return String::new();
        }
        match self.rng.u32(..3) {
            0 => self.standard_loop(),
            _ => self.multi_instance(),
        }
    }

    fn standard_loop(&mut self) -> String {
        let condition = format!(
            "<bpmn:loopCondition>={}</bpmn:loopCondition>",
            escaped("loopCounter < 3 and n < 8")
        );
        let (attributes, condition) = match self.rng.u32(..4) {
            0 => (r#"loopMaximum="2""#, String::new()),
            1 => (r#"testBefore="true""#, condition),
            2 => (r#"testBefore="true" loopMaximum="2""#, condition),
            _ => ("", condition),
        };
        format!(
            "<bpmn:standardLoopCharacteristics {attributes}>{condition}</bpmn:standardLoopCharacteristics>"
        )
    }

    fn multi_instance(&mut self) -> String {
        let sequential = self.rng.bool();
        let items = self.pick(&["=items", "=[1,2]", "=for i in 1..2 return i", "=[]"]);
        let output = self.pick(&[
            "",
            r#" outputCollection="results" outputElement="=loopCounter""#,
            r#" outputCollection="results" outputElement="=note""#,
        ]);
        let element = self.pick(&["", r#" inputElement="item""#, r#" inputElement="n""#]);
        let condition = match self.once_in(3) {
            true => {
                let text = escaped(self.pick(&[
                    "numberOfCompletedInstances > 1",
                    "n > 5",
                    "numberOfActiveInstances = 1",
                ]));
                format!("<bpmn:completionCondition>={text}</bpmn:completionCondition>")
            }
            false => String::new(),
        };
        format!(
            r#"<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}"><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="{items}"{element}{output} /></bpmn:extensionElements>{condition}</bpmn:multiInstanceLoopCharacteristics>"#
        )
    }
}
