//! Ad-hoc subprocesses: a worker or a person chooses which elements are entered.

use std::collections::BTreeSet;

use super::Request;
use crate::command::ActivateAdHoc;
use crate::command::AdHocResult;
use crate::context::{Active, Context};
use crate::elements::ad_hoc::{choice, end_paths, enter_path, finish};
use crate::entities::element_instance::{Phase, Rest};
use crate::entities::job::Job;
use crate::event::JobEvent;
use crate::key::*;
use crate::limits::MAX_CHOSEN_AT_ONCE;
use crate::rejection::{Rejection, RejectionKind};
use crate::variables::Document;

impl Request for ActivateAdHoc {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        activate(
            ctx,
            self.instance,
            self.element,
            &self.elements,
            self.cancel_remaining,
        )
    }
}

/// A person chooses.
fn activate(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    element: ElementInstanceKey,
    elements: &[(String, Document)],
    cancel_remaining: bool,
) -> Result<(), Rejection> {
    ctx.workable(instance)?;
    let ad_hoc = ctx
        .active(instance, element)
        .filter(|active| active.ad_hoc().is_some())
        .ok_or_else(|| Rejection::not_found("ad-hoc subprocess instance", element))?;
    if ad_hoc.row.phase != Phase::Active || ad_hoc.row.rest == Rest::Ended || ctx.is_ending(&ad_hoc)
    {
        return Err(Rejection::state(format!(
            "Expected ad-hoc subprocess instance {element} to be active, but it is being entered or ended."
        )));
    }
    let ids: BTreeSet<&str> = elements.iter().map(|(id, _)| &**id).collect();
    if elements.is_empty() || ids.len() < elements.len() {
        return Err(Rejection::invalid(
            "Expected at least one element to activate, and each once, but there is none or one comes twice. To run an element twice, send two requests.",
        ));
    }
    let chosen = chosen(&ad_hoc, elements)?;
    if cancel_remaining {
        end_paths(ctx, &ad_hoc);
    }
    enter(ctx, &ad_hoc, chosen);
    Ok(())
}

/// The worker that leads a subprocess has chosen.
pub(super) fn complete_job(
    ctx: &mut Context<'_>,
    job: &Job,
    ad_hoc: &Active,
    variables: &Document,
    result: &AdHocResult,
) -> Result<(), Rejection> {
    if result.is_fulfilled && !result.elements.is_empty() {
        return Err(Rejection::invalid(
            "Expected a result that either activates elements or says that the completion condition is fulfilled, but it does both.",
        ));
    }
    let chosen = chosen(ad_hoc, &result.elements)?;
    ctx.emit(JobEvent::Completed {
        instance: job.instance,
        job: job.key,
        attempt: job.attempt,
    });
    ctx.propagate(job.instance, ad_hoc.key, variables);
    if result.is_fulfilled {
        finish(ctx, ad_hoc, result.cancel_remaining);
        return Ok(());
    }
    if result.cancel_remaining {
        end_paths(ctx, ad_hoc);
    }
    enter(ctx, ad_hoc, chosen);
    Ok(())
}

type Chosen<'a> = Vec<(u32, &'a Document)>;

fn chosen<'a>(
    ad_hoc: &Active,
    elements: &'a [(String, Document)],
) -> Result<Chosen<'a>, Rejection> {
    if elements.len() > MAX_CHOSEN_AT_ONCE {
        return Err(Rejection::new(
            RejectionKind::LimitExceeded,
            format!(
                "Expected at most {MAX_CHOSEN_AT_ONCE} elements to activate at once, but there are {}.",
                elements.len()
            ),
        ));
    }
    let found = elements.iter().map(|(id, variables)| {
        let element = choice(ad_hoc, id)
            .map_err(|message| Rejection::new(RejectionKind::NotFound, message))?;
        Ok((element, variables))
    });
    found.collect()
}

fn enter(ctx: &mut Context<'_>, ad_hoc: &Active, chosen: Chosen<'_>) {
    for (element, variables) in chosen {
        enter_path(ctx, ad_hoc, element, variables);
    }
}
