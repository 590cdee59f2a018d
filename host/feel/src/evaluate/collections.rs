//! Loops over lists and ranges: `for`, `some`, `every`, and filters.

use super::Bound;
use super::machine::{Frame, Machine, PARTIAL};
use super::nodes::described;
use crate::syntax::{Iteration, Kind, Node};
use crate::{List, Number, Value};

/// What one iteration goes through.
enum Items {
    List(List),
    /// From, to (both included); downwards when `to` is less.
    Numbers(i64, i64),
    /// In days since 1970-01-01.
    Days(i64, i64),
}

impl Items {
    fn len(&self) -> u64 {
        match self {
            Items::List(list) => list.len() as u64,
            Items::Numbers(from, to) | Items::Days(from, to) => {
                from.abs_diff(*to).saturating_add(1)
            }
        }
    }

    fn get(&self, index: u64) -> Value {
        let step = |from: i64, to: i64| {
            if from <= to {
                from.saturating_add_unsigned(index)
            } else {
                from.saturating_sub_unsigned(index)
            }
        };
        match self {
            Items::List(list) => list.get(index as usize).cloned().unwrap_or_default(),
            Items::Numbers(from, to) => Value::Number(Number::from_i64(step(*from, *to))),
            Items::Days(from, to) => {
                crate::Date::from_epoch_days(step(*from, *to)).map_or(Value::Null, Value::Date)
            }
        }
    }
}

/// The body of a loop; `Break` ends it.
enum Flow {
    Continue,
    Break,
}

impl Machine<'_, '_> {
    pub fn for_each(
        &mut self,
        iterations: &[Iteration],
        body: &Node,
        uses_partial: bool,
    ) -> Result<Value, Bound> {
        let outer = self.frames.len();
        let mut results = List::default();
        if uses_partial {
            self.frames.push(Frame::Variable(
                PARTIAL.clone(),
                Value::List(results.clone()),
            ));
        }
        let finished = self.iterate(iterations, &mut |machine| {
            machine.list_fits(results.len() + 1)?;
            let value = machine.evaluate(body)?;
            if !uses_partial {
                results.push(value);
                return Ok(Flow::Continue);
            }
            // Only one reference is left while pushing, so that the list is not copied.
            if let Some(Frame::Variable(_, partial)) = machine.frames.get_mut(outer) {
                *partial = Value::Null;
            }
            results.push(value);
            if let Some(Frame::Variable(_, partial)) = machine.frames.get_mut(outer) {
                *partial = Value::List(results.clone());
            }
            machine
                .checked(Value::List(results.clone()))
                .map(|_| Flow::Continue)
        });
        self.frames.truncate(outer);
        match finished? {
            true => self.checked(Value::List(results)),
            false => Ok(Value::Null),
        }
    }

    /// `decisive` is true for `some` and false for `every`.
    pub fn quantified(
        &mut self,
        iterations: &[Iteration],
        condition: &Node,
        decisive: bool,
    ) -> Result<Value, Bound> {
        let outer = self.frames.len();
        let (mut decided, mut unknown) = (false, false);
        let finished = self.iterate(iterations, &mut |machine| {
            match machine.evaluate(condition)? {
                Value::Bool(value) if value == decisive => {
                    decided = true;
                    return Ok(Flow::Break);
                }
                Value::Bool(_) => {}
                other => {
                    unknown = true;
                    machine.warn(condition.position, || {
                        format!(
                            "Expected a boolean after 'satisfies', but found {}",
                            described(&other)
                        )
                    });
                }
            }
            Ok(Flow::Continue)
        });
        self.frames.truncate(outer);
        Ok(match finished? {
            _ if decided => Value::Bool(decisive),
            true if !unknown => Value::Bool(!decisive),
            _ => Value::Null,
        })
    }

    /// Runs `body` for each combination, the last iteration changing fastest. False when a source
    /// cannot be iterated, with a warning.
    fn iterate(
        &mut self,
        iterations: &[Iteration],
        body: &mut dyn FnMut(&mut Self) -> Result<Flow, Bound>,
    ) -> Result<bool, Bound> {
        self.iterate_from(iterations, body)
            .map(|flow| flow.is_some())
    }

    fn iterate_from(
        &mut self,
        iterations: &[Iteration],
        body: &mut dyn FnMut(&mut Self) -> Result<Flow, Bound>,
    ) -> Result<Option<Flow>, Bound> {
        let Some((first, rest)) = iterations.split_first() else {
            return body(self).map(Some);
        };
        let Some(items) = self.items(first)? else {
            return Ok(None);
        };
        // Endless ranges stop here and not after all the fuel is gone.
        if items.len() > self.evaluator.fuel {
            return Err(Bound::Fuel);
        }
        let place = self.frames.len();
        self.frames
            .push(Frame::Variable(first.name.clone(), Value::Null));
        for index in 0..items.len() {
            self.charge(1)?;
            if let Some(Frame::Variable(_, value)) = self.frames.get_mut(place) {
                *value = items.get(index);
            }
            match self.iterate_from(rest, body)? {
                Some(Flow::Continue) => {}
                ended => return Ok(ended),
            }
            self.frames.truncate(place + 1);
        }
        self.frames.truncate(place);
        Ok(Some(Flow::Continue))
    }

    fn items(&mut self, iteration: &Iteration) -> Result<Option<Items>, Bound> {
        let source = self.evaluate(&iteration.source)?;
        let position = iteration.source.position;
        let items = match &iteration.end {
            Some(end) => {
                let end = self.evaluate(end)?;
                interval(&source, &end)
            }
            None => match &source {
                Value::List(list) => Some(Items::List(list.clone())),
                Value::Range(range) => {
                    range
                        .start
                        .as_ref()
                        .zip(range.end.as_ref())
                        .and_then(|(start, end)| {
                            let included = (range.start_included, range.end_included);
                            interval(start, end).and_then(|items| trimmed(items, included))
                        })
                }
                Value::Null => None,
                scalar => Some(Items::List(vec![scalar.clone()].into())),
            },
        };
        if items.is_none() {
            self.warn(position, || {
                format!(
                    "Expected a list or a range of integers or dates from its start up to its end to go through, but found {}",
                    described(&source)
                )
            });
        }
        Ok(items)
    }

    pub fn filter(&mut self, list: &Node, condition: &Node, position: u32) -> Result<Value, Bound> {
        let list = match self.pass(list)? {
            Value::List(list) => list,
            Value::Null => {
                return self.null(position, || {
                    "Expected a list before '[', but found null".to_owned()
                });
            }
            single => vec![single].into(),
        };
        if let Kind::Literal(Value::Number(index)) = &condition.kind {
            return self.item(&list, *index, position);
        }
        let mut kept = Vec::new();
        let outer = self.frames.len();
        for item in list.iter() {
            self.frames.push(Frame::Item(item.clone()));
            let result = self.evaluate(condition);
            self.frames.truncate(outer);
            match result? {
                Value::Bool(true) => kept.push(item.clone()),
                // A number selects by position, whichever item it was computed for.
                Value::Number(index) => return self.item(&list, index, position),
                _ => {}
            }
        }
        if list.is_empty() {
            return self.filter_of_nothing(condition, position);
        }
        self.list(kept)
    }

    /// Without items only the condition itself can tell whether it is a position.
    fn filter_of_nothing(&mut self, condition: &Node, position: u32) -> Result<Value, Bound> {
        let warnings = self.evaluator.warnings.len();
        let value = self.evaluate(condition)?;
        self.evaluator.warnings.truncate(warnings);
        match value {
            Value::Number(index) => self.item(&List::default(), index, position),
            _ => self.list(Vec::new()),
        }
    }

    /// By position from 1, or from the end with a negative one.
    fn item(&mut self, list: &List, index: Number, position: u32) -> Result<Value, Bound> {
        let found = index.to_i64().and_then(|index| {
            let place = if index > 0 {
                index - 1
            } else if index < 0 {
                list.len() as i64 + index
            } else {
                return None;
            };
            list.get(usize::try_from(place).ok()?)
        });
        match found {
            Some(value) => Ok(value.clone()),
            None => self.null(position, || {
                format!(
                    "Expected a position within the list of {} items, but found {index}",
                    list.len()
                )
            }),
        }
    }
}

fn interval(start: &Value, end: &Value) -> Option<Items> {
    match (start, end) {
        (Value::Number(start), Value::Number(end)) => {
            Some(Items::Numbers(start.to_i64()?, end.to_i64()?))
        }
        (Value::Date(start), Value::Date(end)) => {
            Some(Items::Days(start.epoch_days(), end.epoch_days()))
        }
        _ => None,
    }
}

/// Without the ends that the range does not include; none when its end lies before its start, because
/// only an iteration without brackets goes downwards.
fn trimmed(items: Items, (start_included, end_included): (bool, bool)) -> Option<Items> {
    let (from, to) = match items {
        Items::Numbers(from, to) | Items::Days(from, to) => (from, to),
        Items::List(_) => return Some(items),
    };
    if to < from {
        return None;
    }
    let shrink = i64::from(!start_included) + i64::from(!end_included);
    if from.abs_diff(to) < shrink.unsigned_abs() {
        return Some(Items::List(List::default()));
    }
    let from = from + i64::from(!start_included);
    let to = to - i64::from(!end_included);
    Some(match items {
        Items::Numbers(..) => Items::Numbers(from, to),
        _ => Items::Days(from, to),
    })
}
