//! A compiled component, type-checked against its world and linked with the host: ready
//! for an instance per invocation.

use std::path::Path;
use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{Component, ComponentNamedList, InstancePre, Lift, Lower};

use crate::bindings::step::{StepPre, gardesh::step::types as step_types};
use crate::bindings::trigger::{TriggerPre, gardesh::cx::types as cx_types};
use crate::engine::{Machine, Machines};
use crate::guest::Guest;
use crate::limiter::SharedMemory;
use crate::meter::Habit;
use crate::outline::{Outline, STEP_HANDLER, TRIGGER_HANDLER, is_compatible};
use crate::{Refusal, World};

/// A component that is ready to run.
pub struct Loaded {
    /// What its outside shows.
    pub outline: Outline,
    /// Its typed template.
    pub template: Template,
    /// The memory that its invocations share.
    pub memory: Arc<SharedMemory>,
    /// How long they run.
    pub habit: Habit,
}

/// A template to instantiate, by world.
#[derive(Clone)]
pub enum Template {
    /// A step.
    Step(StepPre<Guest>),
    /// A trigger.
    Trigger(TriggerPre<Guest>),
}

/// Where compiled code is.
pub enum Code<'a> {
    /// In a file that the cache vouches for; it is mapped, not read.
    File(&'a Path),
    /// In memory, because it could not be written.
    Bytes(&'a [u8]),
}

impl Loaded {
    /// Makes compiled code ready, in the pool where it fits.
    ///
    /// # Errors
    /// When the component's types differ from those of its world.
    pub fn link(
        machines: &Machines,
        code: &Code<'_>,
        outline: Outline,
        memory: Arc<SharedMemory>,
    ) -> Result<Self, Refusal> {
        let mut last = None;
        for machine in machines.all() {
            match open(&machine.engine, code) {
                Ok(component) => return Self::link_in(machine, &component, outline, memory),
                Err(error) => last = Some(error),
            }
        }
        let reason = last.map_or_else(String::new, |error| format!("{error:#}"));
        Err(Refusal::Runtime(format!("it cannot be loaded: {reason}")))
    }

    fn link_in(
        machine: &Machine,
        component: &Component,
        outline: Outline,
        memory: Arc<SharedMemory>,
    ) -> Result<Self, Refusal> {
        let mismatch = |error: wasmtime::Error| Refusal::ImportMismatch {
            found: format!("{error:#}"),
        };
        let linker = machine.linker_for(component).map_err(mismatch)?;
        let instance = linker.instantiate_pre(component).map_err(mismatch)?;
        let template = template(outline.world, instance)?;
        Ok(Self {
            outline,
            template,
            memory,
            habit: Habit::default(),
        })
    }
}

fn template(world: World, instance: InstancePre<Guest>) -> Result<Template, Refusal> {
    let (checked, (interface, track)) = match world {
        World::Step => (check_step(&instance), STEP_HANDLER),
        World::Trigger => (check_trigger(&instance), TRIGGER_HANDLER),
    };
    let made = checked.and_then(|()| match world {
        World::Step => StepPre::new(instance).map(Template::Step),
        World::Trigger => TriggerPre::new(instance).map(Template::Trigger),
    });
    made.map_err(|error| Refusal::ExportMismatch {
        handler: format!("{interface}@{track}"),
        found: format!("{error:#}"),
    })
}

fn check_step(instance: &InstancePre<Guest>) -> wasmtime::Result<()> {
    type Answer = Result<step_types::Output, step_types::Failure>;
    let handler = Handler::of(instance, STEP_HANDLER)?;
    handler.check::<(), (step_types::Description,)>("describe")?;
    handler.check::<(&step_types::Job,), (Answer,)>("run")
}

fn check_trigger(instance: &InstancePre<Guest>) -> wasmtime::Result<()> {
    let handler = Handler::of(instance, TRIGGER_HANDLER)?;
    handler.check::<(), (cx_types::Description,)>("describe")?;
    handler.check::<(&cx_types::Event, &cx_types::Facts), (Vec<cx_types::Decision>,)>("on-event")
}

/// The exported handler. Its types are compared here, at upload, because the generated
/// bindings do so only when an instance is made.
struct Handler<'a> {
    instance: &'a InstancePre<Guest>,
    exported: ComponentInstance,
}

impl<'a> Handler<'a> {
    fn of(instance: &'a InstancePre<Guest>, handler: (&str, &str)) -> wasmtime::Result<Self> {
        let ty = instance.component().component_type();
        let exported = ty
            .exports(instance.engine())
            .find(|(name, _)| is_compatible(name, handler))
            .map(|(_, export)| export.ty);
        match exported {
            Some(ComponentItem::ComponentInstance(exported)) => Ok(Self { instance, exported }),
            _ => Err(wasmtime::Error::msg("it is not an interface")),
        }
    }

    fn check<Params, Return>(&self, name: &str) -> wasmtime::Result<()>
    where
        Params: ComponentNamedList + Lower,
        Return: ComponentNamedList + Lift,
    {
        let export = self.exported.get_export(self.instance.engine(), name);
        let Some(ComponentItem::ComponentFunc(function)) = export.map(|export| export.ty) else {
            return Err(wasmtime::Error::msg(format!(
                "there is no function `{name}`"
            )));
        };
        function
            .typecheck::<Params, Return>(&self.instance.instance_type())
            .map_err(|error| error.context(format!("`{name}` differs")))
    }
}

#[expect(unsafe_code, reason = "compiled code can only be trusted, not checked")]
fn open(engine: &Engine, code: &Code<'_>) -> wasmtime::Result<Component> {
    match code {
        // SAFETY: the file was written by this crate into a folder that only this user can
        // write to, and its checksum was verified before.
        Code::File(path) => unsafe { Component::deserialize_file(engine, path) },
        // SAFETY: the bytes come straight from the compiler.
        Code::Bytes(bytes) => unsafe { Component::deserialize(engine, bytes) },
    }
}
