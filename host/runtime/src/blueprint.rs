//! How a component is put together: its index spaces, read from its bytes, and how many
//! instances come of them. A component of a few kilobytes can ask for a billion, by
//! instantiating twice what instantiates twice, and the compiler unfolds them all; so they
//! are counted before it sees any. What the outside shows is in `outline.rs`.

use std::collections::HashMap;

use wasmparser::{
    BinaryReaderError, ComponentAlias, ComponentExternalKind as Kind, ComponentInstance,
    ComponentOuterAliasKind, ComponentTypeRef, Instance, Parser, Payload,
};

use crate::{Limits, Refusal};

/// A component as its bytes describe it, the components inside it included.
pub struct Blueprint<'a> {
    /// The outermost one is the first.
    definitions: Vec<Definition<'a>>,
}

/// One component: its items in the order in which an instance of it gets them.
#[derive(Default)]
struct Definition<'a> {
    items: Vec<Item<'a>>,
}

enum Item<'a> {
    Component(usize),
    Import(&'a str, Kind),
    CoreInstance,
    Instance(ComponentInstance<'a>),
    Alias(ComponentAlias<'a>),
    Export(&'a str, Kind, u32),
    /// Functions and types: they take room and lead to nothing here.
    Rest,
}

/// Why there is no blueprint.
pub enum Unreadable {
    /// The bytes are damaged.
    Malformed(BinaryReaderError),
    /// There is more in them than there may be.
    Refused(Refusal),
}

impl From<BinaryReaderError> for Unreadable {
    fn from(error: BinaryReaderError) -> Self {
        Self::Malformed(error)
    }
}

impl From<Refusal> for Unreadable {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

fn too_much(what: &'static str, limit: usize) -> Refusal {
    Refusal::TooComplex { what, limit }
}

impl<'a> Blueprint<'a> {
    /// Reads the blueprint of a component.
    ///
    /// # Errors
    /// When the bytes are cut off or malformed, or nest too deeply.
    pub fn read(wasm: &'a [u8], limits: &Limits) -> Result<Self, Unreadable> {
        let mut definitions = vec![Definition::default()];
        // The components around the place of reading, the innermost last; none is a module.
        let mut around = vec![Some(0)];
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            match payload {
                Payload::ModuleSection { .. } => around.push(None),
                Payload::ComponentSection { .. } => {
                    let inner = definitions.len();
                    definitions.push(Definition::default());
                    if let Some(Some(outer)) = around.last() {
                        definitions[*outer].items.push(Item::Component(inner));
                    }
                    around.push(Some(inner));
                }
                Payload::End(_) => {
                    around.pop();
                    if around.is_empty() {
                        break;
                    }
                }
                payload => {
                    if let Some(Some(here)) = around.last() {
                        definitions[*here].take_section(payload)?;
                    }
                }
            }
            if around.len() > limits.component_depth {
                return Err(too_much("levels of nested components", limits.component_depth).into());
            }
        }
        Ok(Self { definitions })
    }

    /// The names of the outermost component's imports.
    pub fn imports(&self) -> impl Iterator<Item = &'a str> {
        self.outermost().filter_map(|item| match item {
            Item::Import(name, _) => Some(*name),
            _ => None,
        })
    }

    /// The names of its exports.
    pub fn exports(&self) -> impl Iterator<Item = &'a str> {
        self.outermost().filter_map(|item| match item {
            Item::Export(name, ..) => Some(*name),
            _ => None,
        })
    }

    fn outermost(&self) -> impl Iterator<Item = &Item<'a>> {
        self.definitions.iter().take(1).flat_map(|root| &root.items)
    }

    /// Puts the component together as the compiler would, and counts.
    ///
    /// # Errors
    /// When there are more instances or items than there may be.
    pub fn check_size(&self, limits: &Limits) -> Result<(), Refusal> {
        let names = self.imports().chain(self.exports());
        if names.map(str::len).sum::<usize>() > limits.outside_bytes {
            let what = "bytes in the names of its imports and exports";
            return Err(too_much(what, limits.outside_bytes));
        }
        Assembly {
            definitions: &self.definitions,
            limits,
            frames: Vec::new(),
            instances: Vec::new(),
            component_instances: 0,
            core_instances: 0,
            items: 0,
        }
        .instantiate(
            Component {
                definition: 0,
                parent: None,
            },
            &HashMap::new(),
        )
        .map(drop)
    }
}

impl<'a> Definition<'a> {
    fn take_section(&mut self, section: Payload<'a>) -> Result<(), BinaryReaderError> {
        match section {
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import?;
                    let item = Item::Import(import.name.name, kind_of(&import.ty));
                    self.items.push(item);
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export?;
                    let item = Item::Export(export.name.name, export.kind, export.index);
                    self.items.push(item);
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    self.items.push(Item::Instance(instance?));
                }
            }
            Payload::InstanceSection(section) => {
                for instance in section {
                    self.items.push(match instance? {
                        Instance::Instantiate { .. } => Item::CoreInstance,
                        // A bundle of what is there already.
                        Instance::FromExports(_) => Item::Rest,
                    });
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    self.items.push(Item::Alias(alias?));
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                self.items.extend(section.into_iter().map(|_| Item::Rest));
            }
            Payload::ComponentTypeSection(section) => {
                self.items.extend(section.into_iter().map(|_| Item::Rest));
            }
            _ => {}
        }
        Ok(())
    }
}

const fn kind_of(ty: &ComponentTypeRef) -> Kind {
    match ty {
        ComponentTypeRef::Module(_) => Kind::Module,
        ComponentTypeRef::Func(_) => Kind::Func,
        ComponentTypeRef::Value(_) => Kind::Value,
        ComponentTypeRef::Type(_) => Kind::Type,
        ComponentTypeRef::Instance(_) => Kind::Instance,
        ComponentTypeRef::Component(_) => Kind::Component,
    }
}

/// A component as a value: its definition, and the instance that it was defined in, whose
/// items it may refer to.
#[derive(Clone, Copy)]
struct Component {
    definition: usize,
    parent: Option<usize>,
}

/// What instances hand to each other, as far as more instances can come of it.
#[derive(Clone, Copy)]
enum Value {
    Component(Component),
    Instance(usize),
    /// Anything else, and what the host would bring.
    Opaque,
}

/// The index spaces of an instance that is being made.
struct Frame {
    parent: Option<usize>,
    components: Vec<Value>,
    instances: Vec<Value>,
}

/// A component that is being put together, within bounds.
struct Assembly<'a> {
    definitions: &'a [Definition<'a>],
    limits: &'a Limits,
    frames: Vec<Frame>,
    /// What is exported by those that are made.
    instances: Vec<HashMap<&'a str, Value>>,
    component_instances: usize,
    core_instances: usize,
    items: usize,
}

impl<'a> Assembly<'a> {
    /// Recurses once for each instance at most, which are bounded.
    fn instantiate(
        &mut self,
        component: Component,
        given: &HashMap<&'a str, Value>,
    ) -> Result<Value, Refusal> {
        self.component_instances += 1;
        if self.component_instances > self.limits.component_instances {
            let what = "component instances, those of nested components included";
            return Err(too_much(what, self.limits.component_instances));
        }
        let frame = self.frames.len();
        self.frames.push(Frame {
            parent: component.parent,
            components: Vec::new(),
            instances: Vec::new(),
        });
        let mut exports = HashMap::new();
        let definitions = self.definitions;
        for item in &definitions[component.definition].items {
            self.count_items(1)?;
            match item {
                Item::Component(definition) => {
                    let inner = Component {
                        definition: *definition,
                        parent: Some(frame),
                    };
                    self.add(frame, Kind::Component, Value::Component(inner));
                }
                Item::Import(name, kind) => {
                    let value = given.get(name).copied().unwrap_or(Value::Opaque);
                    self.add(frame, *kind, value);
                }
                Item::CoreInstance => self.count_core_instance()?,
                Item::Instance(instance) => {
                    let value = self.instance(frame, instance)?;
                    self.add(frame, Kind::Instance, value);
                }
                Item::Alias(alias) => self.alias(frame, alias),
                Item::Export(name, kind, index) => {
                    let value = self.find(frame, *kind, *index);
                    exports.insert(*name, value);
                    // An export is an item of its own, too.
                    self.add(frame, *kind, value);
                }
                Item::Rest => {}
            }
        }
        Ok(self.made(exports))
    }

    fn instance(
        &mut self,
        frame: usize,
        instance: &'a ComponentInstance<'a>,
    ) -> Result<Value, Refusal> {
        match instance {
            ComponentInstance::Instantiate {
                component_index,
                args,
            } => {
                self.count_items(args.len())?;
                let given = args
                    .iter()
                    .map(|arg| (arg.name, self.find(frame, arg.kind, arg.index)))
                    .collect();
                match self.find(frame, Kind::Component, *component_index) {
                    Value::Component(component) => self.instantiate(component, &given),
                    _ => Ok(Value::Opaque),
                }
            }
            ComponentInstance::FromExports(bundle) => {
                self.count_items(bundle.len())?;
                let exports = bundle.iter().map(|export| {
                    let value = self.find(frame, export.kind, export.index);
                    (export.name.name, value)
                });
                let exports = exports.collect();
                Ok(self.made(exports))
            }
        }
    }

    fn alias(&mut self, frame: usize, alias: &ComponentAlias<'a>) {
        match alias {
            ComponentAlias::InstanceExport {
                kind,
                instance_index,
                name,
            } => {
                let value = match self.find(frame, Kind::Instance, *instance_index) {
                    Value::Instance(instance) => self.instances[instance].get(name).copied(),
                    _ => None,
                };
                self.add(frame, *kind, value.unwrap_or(Value::Opaque));
            }
            ComponentAlias::Outer {
                kind: ComponentOuterAliasKind::Component,
                count,
                index,
            } => {
                let outer = (0..*count)
                    .try_fold(frame, |frame, _| self.frames[frame].parent)
                    .map_or(Value::Opaque, |outer| {
                        self.find(outer, Kind::Component, *index)
                    });
                self.add(frame, Kind::Component, outer);
            }
            ComponentAlias::Outer { .. } | ComponentAlias::CoreInstanceExport { .. } => {}
        }
    }

    fn add(&mut self, frame: usize, kind: Kind, value: Value) {
        match kind {
            Kind::Component => self.frames[frame].components.push(value),
            Kind::Instance => self.frames[frame].instances.push(value),
            _ => {}
        }
    }

    fn find(&self, frame: usize, kind: Kind, index: u32) -> Value {
        let space = match kind {
            Kind::Component => &self.frames[frame].components,
            Kind::Instance => &self.frames[frame].instances,
            _ => return Value::Opaque,
        };
        // An index that leads nowhere is for the compiler to complain about.
        space.get(index as usize).copied().unwrap_or(Value::Opaque)
    }

    fn made(&mut self, exports: HashMap<&'a str, Value>) -> Value {
        self.instances.push(exports);
        Value::Instance(self.instances.len() - 1)
    }

    fn count_core_instance(&mut self) -> Result<(), Refusal> {
        self.core_instances += 1;
        if self.core_instances > self.limits.core_items {
            let what = "core instances, those of nested components included";
            return Err(too_much(what, self.limits.core_items));
        }
        Ok(())
    }

    fn count_items(&mut self, more: usize) -> Result<(), Refusal> {
        self.items += more;
        if self.items > self.limits.component_items {
            let what = "imports, exports, types, functions and aliases in all component instances";
            return Err(too_much(what, self.limits.component_items));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn checked(wat: &str) -> Result<(), String> {
        let wasm = wat::parse_str(wat).unwrap();
        let limits = Limits::default();
        let blueprint = match Blueprint::read(&wasm, &limits) {
            Ok(blueprint) => blueprint,
            Err(Unreadable::Refused(refusal)) => return Err(refusal.to_string()),
            Err(Unreadable::Malformed(error)) => panic!("{error}"),
        };
        blueprint
            .check_size(&limits)
            .map_err(|refusal| refusal.to_string())
    }

    /// Level after level instantiates twice what came before: 2^levels in the end. `inner`
    /// is what the first level holds.
    fn doubling(levels: usize, inner: &str) -> String {
        let mut body = format!("(component $c0 {inner})");
        for level in 1..=levels {
            let before = level - 1;
            body += &format!(
                "(component $c{level} (alias outer 1 $c{before} (component $x)) \
                 (instance (instantiate $x)) (instance (instantiate $x)))"
            );
        }
        format!("(component {body} (instance (instantiate $c{levels})))")
    }

    #[test]
    fn instances_are_counted_whichever_way_they_come_about() {
        let handed_over = |levels: usize| {
            let mut body = "(component $d0)".to_owned();
            for level in 1..=levels {
                let before = level - 1;
                body += &format!(
                    r#"(component $c{level} (import "c" (component $x))
                        (instance $i (instantiate $x)) (instance $j (instantiate $x)))
                       (component $d{level} (alias outer 1 $c{level} (component $f))
                        (alias outer 1 $d{before} (component $g))
                        (instance $a (instantiate $f (with "c" (component $g))))
                        (instance $b (instantiate $f (with "c" (component $g)))))"#
                );
            }
            format!("(component {body} (instance (instantiate $d{levels})))")
        };
        let exported = r#"(component
            (component $factory (component $c (core module $m) (core instance (instantiate $m)))
                (export "c" (component $c)))
            (instance $f (instantiate $factory))
            (alias export $f "c" (component $c))
            REPEATED)"#
            .replace("REPEATED", &"(instance (instantiate $c))".repeat(65));
        let modules = "(core module $m) (core instance (instantiate $m))";
        let core = "core instances";
        let component = "component instances";
        for (wat, refused) in [
            ("(component)".to_owned(), None),
            (doubling(6, ""), None),
            (doubling(30, ""), Some(component)),
            (doubling(5, modules), None),
            (doubling(7, modules), Some(core)),
            (handed_over(2), None),
            (handed_over(12), Some(component)),
            (exported, Some(core)),
        ] {
            let began = Instant::now();
            let result = checked(&wat);
            assert!(
                began.elapsed() < Duration::from_millis(500),
                "{:?}",
                began.elapsed()
            );
            match (result, refused) {
                (Ok(()), None) => {}
                (Err(message), Some(part)) => {
                    assert!(message.starts_with("Expected at most"), "{message}");
                    assert!(message.contains(part), "{message}");
                }
                (result, _) => panic!("Expected {refused:?}, but got {result:?} for {wat:.200}"),
            }
        }
    }

    #[test]
    fn items_nesting_and_names_are_counted() {
        let many = "(type (tuple u8))".repeat(2_000);
        let in_each = doubling(6, &many);
        let deep = format!("{}{}", "(component ".repeat(40), ")".repeat(40));
        let named: String = (0..1_000)
            .map(|n| format!("(import \"{}{n}\" (func))", "a".repeat(100)))
            .collect();
        for (wat, part) in [
            (in_each, "100000 imports, exports, types"),
            (deep, "16 levels"),
            (format!("(component {named})"), "65536 bytes in the names"),
        ] {
            let message = checked(&wat).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }
}
