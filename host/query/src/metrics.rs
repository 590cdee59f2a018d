//! The figures of a survey or a process over a time, counted in SQL. The formulas are in
//! `statistics`.

use gardesh_engine::key::TenantId;
use rusqlite::{Connection, params_from_iter};
use serde::Serialize;

use crate::error::Error;
use crate::row::Column;
use crate::search::Sql;
use crate::statistics::{Ces, Csat, Nps, percent};

/// What to measure. Times are milliseconds since the epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricsFilter {
    /// Only this survey. Cases are counted all the same.
    pub survey: Option<String>,
    /// Only cases of this process.
    pub process_id: Option<String>,
    /// Only what happened at or after this.
    pub from_ms: Option<u64>,
    /// Only what happened before this.
    pub to_ms: Option<u64>,
}

/// The figures, in the shape of the API.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metrics {
    /// Customer satisfaction of the answers given in the time.
    pub csat: Csat,
    /// Net promoter score of the answers given in the time.
    pub nps: Nps,
    /// Customer effort score of the answers given in the time.
    pub ces: Ces,
    /// Cases.
    pub cases: Cases,
    /// Invitations that reached their customers in the time.
    pub invitations: Invitations,
}

/// Numbers of cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cases {
    /// Begun in the time.
    pub started: u64,
    /// That reached their end in the time.
    pub completed: u64,
    /// That were ended from outside in the time.
    pub terminated: u64,
    /// Begun in the time and not ended yet.
    pub active: u64,
}

/// Numbers of invitations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitations {
    /// Whose delay is over.
    pub sent: u64,
    /// Of these, answered by now.
    pub answered: u64,
    /// Percent, 0 to 100; none when none was sent.
    pub response_rate: Option<f64>,
}

pub(crate) fn measure(
    connection: &Connection,
    tenant: TenantId,
    filter: &MetricsFilter,
) -> Result<Metrics, Error> {
    // All figures are to be of one moment.
    let transaction = connection.unchecked_transaction()?;
    let scores = scores(&transaction, tenant, filter)?;
    let metrics = Metrics {
        csat: Csat::new(scores.count("csat", 4..=5), scores.count("csat", 1..=5)),
        nps: Nps::new(
            scores.count("nps", 9..=10),
            scores.count("nps", 7..=8),
            scores.count("nps", 0..=6),
        ),
        ces: Ces::new(scores.sum("ces", 1..=7), scores.count("ces", 1..=7)),
        cases: cases(&transaction, tenant, filter)?,
        invitations: invitations(&transaction, tenant, filter)?,
    };
    transaction.finish()?;
    Ok(metrics)
}

/// How often each mark was given to each kind of question.
struct Histogram(Vec<(String, u8, u64)>);

impl Histogram {
    fn count(&self, kind: &str, marks: std::ops::RangeInclusive<u8>) -> u64 {
        self.bars(kind, marks).map(|(_, count)| count).sum()
    }

    fn sum(&self, kind: &str, marks: std::ops::RangeInclusive<u8>) -> u64 {
        self.bars(kind, marks)
            .map(|(mark, count)| u64::from(mark) * count)
            .sum()
    }

    fn bars(
        &self,
        kind: &str,
        marks: std::ops::RangeInclusive<u8>,
    ) -> impl Iterator<Item = (u8, u64)> {
        self.0
            .iter()
            .filter(move |(k, mark, _)| k == kind && marks.contains(mark))
            .map(|(_, mark, count)| (*mark, *count))
    }
}

fn scores(
    connection: &Connection,
    tenant: TenantId,
    filter: &MetricsFilter,
) -> Result<Histogram, Error> {
    let mut sql = Sql::new(tenant);
    sql.push("SELECT kind, score, count(*) FROM scores WHERE tenant = ?1");
    of_survey(&mut sql, filter);
    of_process(&mut sql, filter);
    in_time(&mut sql, "submitted_at_ms", filter);
    sql.push(" GROUP BY kind, score");
    let mut statement = connection.prepare_cached(sql.text())?;
    let bars = statement.query_map(params_from_iter(sql.parameters()), |row| {
        Ok((String::read(row, 0)?, u8::read(row, 1)?, u64::read(row, 2)?))
    })?;
    Ok(Histogram(bars.collect::<Result<_, _>>()?))
}

fn cases(
    connection: &Connection,
    tenant: TenantId,
    filter: &MetricsFilter,
) -> Result<Cases, Error> {
    let mut by_start = Sql::new(tenant);
    by_start.push("SELECT state, count(*) FROM process_instances WHERE tenant = ?1");
    of_process(&mut by_start, filter);
    let mut by_end = Sql::new(tenant);
    by_end.append(&by_start);
    in_time(&mut by_start, "start_date_ms", filter);
    in_time(
        by_end.push(" AND end_date_ms IS NOT NULL"),
        "end_date_ms",
        filter,
    );
    let begun = by_state(connection, by_start.push(" GROUP BY state"))?;
    let ended = by_state(connection, by_end.push(" GROUP BY state"))?;
    Ok(Cases {
        started: begun.iter().map(|(_, count)| count).sum(),
        completed: of_state(&ended, "COMPLETED"),
        terminated: of_state(&ended, "TERMINATED"),
        active: of_state(&begun, "ACTIVE"),
    })
}

fn invitations(
    connection: &Connection,
    tenant: TenantId,
    filter: &MetricsFilter,
) -> Result<Invitations, Error> {
    let mut sql = Sql::new(tenant);
    sql.push("SELECT state, count(*) FROM invitations WHERE tenant = ?1 AND state <> 'SCHEDULED'");
    of_survey(&mut sql, filter);
    of_process(&mut sql, filter);
    in_time(&mut sql, "due_at_ms", filter);
    let counts = by_state(connection, sql.push(" GROUP BY state"))?;
    let sent = counts.iter().map(|(_, count)| count).sum();
    let answered = of_state(&counts, "ANSWERED");
    Ok(Invitations {
        sent,
        answered,
        response_rate: percent(answered, sent),
    })
}

fn by_state(connection: &Connection, sql: &Sql) -> Result<Vec<(String, u64)>, Error> {
    let mut statement = connection.prepare_cached(sql.text())?;
    let counts = statement.query_map(params_from_iter(sql.parameters()), |row| {
        Ok((String::read(row, 0)?, u64::read(row, 1)?))
    })?;
    Ok(counts.collect::<Result<_, _>>()?)
}

fn of_state(counts: &[(String, u64)], state: &str) -> u64 {
    counts
        .iter()
        .find(|(name, _)| name == state)
        .map_or(0, |(_, count)| *count)
}

fn of_survey(sql: &mut Sql, filter: &MetricsFilter) {
    if let Some(survey) = &filter.survey {
        sql.push(" AND survey_id = ").bind(survey.clone());
    }
}

fn of_process(sql: &mut Sql, filter: &MetricsFilter) {
    if let Some(process) = &filter.process_id {
        sql.push(" AND process_definition_id = ")
            .bind(process.clone());
    }
}

fn in_time(sql: &mut Sql, column: &'static str, filter: &MetricsFilter) {
    let time = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    if let Some(from) = filter.from_ms {
        sql.push(" AND ").push(column).push(" >= ").bind(time(from));
    }
    if let Some(to) = filter.to_ms {
        sql.push(" AND ").push(column).push(" < ").bind(time(to));
    }
}
