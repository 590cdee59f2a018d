//! From the rules that matched to the one value of a decision table.

use std::sync::LazyLock;

use gardesh_feel::{Bound, Context, Evaluator, Expression, Scope, Value};

use super::audit::Trace;
use crate::model::{Aggregator, HitPolicy, Table};

/// Aggregators are FEEL's functions of the same names.
static SUM: LazyLock<Option<Expression>> = LazyLock::new(|| Expression::parse("sum(hits)").ok());
static MIN: LazyLock<Option<Expression>> = LazyLock::new(|| Expression::parse("min(hits)").ok());
static MAX: LazyLock<Option<Expression>> = LazyLock::new(|| Expression::parse("max(hits)").ok());

impl Table {
    /// The value for the outputs of the rules that matched, in the order of the rules.
    pub(super) fn resolve(
        &self,
        mut hits: Vec<Vec<Value>>,
        scope: &dyn Scope,
        evaluator: &mut Evaluator<'_>,
        trace: &mut Trace,
    ) -> Result<Value, Bound> {
        if hits.is_empty() {
            return self.no_hit(scope, evaluator);
        }
        match self.hit_policy {
            HitPolicy::Unique if hits.len() > 1 => Ok(too_many("UNIQUE", &hits, evaluator, trace)),
            HitPolicy::Any if hits.iter().any(|hit| *hit != hits[0]) => {
                Ok(too_many("ANY", &hits, evaluator, trace))
            }
            HitPolicy::Unique | HitPolicy::First | HitPolicy::Any => Ok(self.first(hits)),
            HitPolicy::Priority => {
                self.order_by_priority(&mut hits);
                Ok(self.first(hits))
            }
            HitPolicy::OutputOrder => {
                self.order_by_priority(&mut hits);
                Ok(self.all(hits))
            }
            HitPolicy::RuleOrder | HitPolicy::Collect(None) => Ok(self.all(hits)),
            HitPolicy::Collect(Some(aggregator)) => {
                let hits = self.all(hits);
                aggregate(aggregator, hits, evaluator)
            }
        }
    }

    fn no_hit(&self, scope: &dyn Scope, evaluator: &mut Evaluator<'_>) -> Result<Value, Bound> {
        if let Some(defaults) = self.defaults(scope, evaluator)? {
            return Ok(self.result(defaults));
        }
        match self.hit_policy {
            HitPolicy::Collect(Some(Aggregator::Count)) => Ok(0.into()),
            _ => Ok(Value::Null),
        }
    }

    /// The result of one rule: its only output, or a context of them.
    fn result(&self, outputs: Vec<Value>) -> Value {
        if let [_] = self.outputs[..] {
            return outputs.into_iter().next().unwrap_or_default();
        }
        let names = self.outputs.iter().map(|clause| clause.name.clone());
        names.zip(outputs).collect::<Context>().into()
    }

    fn first(&self, hits: Vec<Vec<Value>>) -> Value {
        let first = hits.into_iter().next();
        first.map_or(Value::Null, |outputs| self.result(outputs))
    }

    fn all(&self, hits: Vec<Vec<Value>>) -> Value {
        let results = hits.into_iter().map(|outputs| self.result(outputs));
        results.collect::<Vec<Value>>().into()
    }

    /// Sorts by the first output's place among its output values, then by the second's, and so on;
    /// rules of equal priority stay in their order.
    fn order_by_priority(&self, hits: &mut [Vec<Value>]) {
        hits.sort_by_cached_key(|outputs| {
            let ranked = self.outputs.iter().zip(outputs).map(|(clause, output)| {
                let place = clause.priorities.iter().position(|value| value == output);
                place.unwrap_or(clause.priorities.len())
            });
            ranked.collect::<Vec<usize>>()
        });
    }
}

/// Null, and why: more rules matched than the hit policy allows.
fn too_many(
    policy: &str,
    hits: &[Vec<Value>],
    evaluator: &mut Evaluator<'_>,
    trace: &mut Trace,
) -> Value {
    let difference = if policy == "ANY" {
        " with different outputs"
    } else {
        ""
    };
    let message = format!(
        "Expected one result of the decision table, as its hit policy is {policy}, but {} rules \
         matched{difference}",
        hits.len()
    );
    trace.violation = Some(message.as_str().into());
    evaluator.warn(0, || message);
    Value::Null
}

fn aggregate(
    aggregator: Aggregator,
    hits: Value,
    evaluator: &mut Evaluator<'_>,
) -> Result<Value, Bound> {
    let function = match aggregator {
        Aggregator::Count => {
            let count = hits.as_list().map_or(0, |hits| hits.len());
            return Ok(i64::try_from(count).unwrap_or(i64::MAX).into());
        }
        Aggregator::Sum => &SUM,
        Aggregator::Min => &MIN,
        Aggregator::Max => &MAX,
    };
    let Some(function) = &**function else {
        return Ok(Value::Null);
    };
    let scope: Context = [("hits", hits)].into_iter().collect();
    evaluator.evaluate(function, &scope)
}
