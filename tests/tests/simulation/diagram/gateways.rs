//! Gateways of every kind, mixed ones, and forks and merges without any.

use super::{Block, Maker, Writer};

pub(super) const KINDS: &[(u32, Maker)] = &[
    (3, Writer::choice),
    (3, Writer::fork),
    (2, Writer::race),
    (2, Writer::inclusive),
    (1, Writer::mixed_parallel),
    (1, Writer::mixed_exclusive),
    (1, Writer::loop_back),
    (1, Writer::without_gateways),
];

/// What an exclusive gateway asks.
const EVEN: &str = "n - 2 * floor(n / 2) = 0";

impl Writer {
    fn gateway(&mut self, kind: &str) -> String {
        let tag = format!("{kind}Gateway");
        self.event("gateway", &tag, "", &["start"], "")
    }

    pub(super) fn exclusive(&mut self) -> String {
        self.gateway("exclusive")
    }

    /// A gateway whose flows are known already, so that one can be its default.
    fn deciding(&mut self, id: &str, kind: &str, default: &str) {
        self.add(&format!(
            r#"<bpmn:{kind}Gateway id="{id}" default="{default}" />"#
        ));
    }

    fn choice(&mut self, depth: u32) -> Block {
        let (split, join) = (self.id("x"), self.exclusive());
        let left = self.sequence(depth + 1);
        let right = self.sequence(depth + 1);
        if self.once_in(4) {
            // Without a default, and with neither way for what is no number.
            self.flow(&split, &left.first, Some("n > 4"));
            self.flow(&split, &right.first, Some("n <= 4"));
            self.add(&format!(r#"<bpmn:exclusiveGateway id="{split}" />"#));
        } else {
            let taken = self.flow(&split, &left.first, None);
            self.flow(&split, &right.first, Some(EVEN));
            self.deciding(&split, "exclusive", &taken);
        }
        self.flow(&left.last, &join, None);
        self.flow(&right.last, &join, None);
        Block {
            first: split,
            last: join,
        }
    }

    fn fork(&mut self, depth: u32) -> Block {
        let (split, join) = (self.gateway("parallel"), self.gateway("parallel"));
        for _ in 0..self.rng.u32(2..4) {
            let branch = self.sequence(depth + 1);
            self.flow(&split, &branch.first, None);
            self.flow(&branch.last, &join, None);
        }
        Block {
            first: split,
            last: join,
        }
    }

    fn inclusive(&mut self, depth: u32) -> Block {
        let (split, join) = (self.id("or"), self.gateway("inclusive"));
        let mut default = String::new();
        for n in 0..3 {
            let branch = self.sequence(depth + 1);
            let condition = format!("n > {}", 3 * n);
            let flow = self.flow(&split, &branch.first, (n > 0).then_some(&*condition));
            if n == 0 {
                default = flow;
            }
            self.flow(&branch.last, &join, None);
        }
        self.deciding(&split, "inclusive", &default);
        Block {
            first: split,
            last: join,
        }
    }

    /// A parallel gateway that joins two ways and forks into two others.
    fn mixed_parallel(&mut self, depth: u32) -> Block {
        let split = self.gateway("parallel");
        let mixed = self.gateway("parallel");
        let join = self.gateway("parallel");
        for _ in 0..2 {
            let before = self.block(depth + 1);
            self.flow(&split, &before.first, None);
            self.flow(&before.last, &mixed, None);
            let after = self.block(depth + 1);
            self.flow(&mixed, &after.first, None);
            self.flow(&after.last, &join, None);
        }
        Block {
            first: split,
            last: join,
        }
    }

    /// An exclusive gateway where two ways meet and two others begin.
    fn mixed_exclusive(&mut self, depth: u32) -> Block {
        let (split, mixed) = (self.id("x"), self.id("x"));
        let join = self.exclusive();
        let mut defaults = Vec::new();
        for condition in [None, Some(EVEN)] {
            let before = self.block(depth + 1);
            defaults.push(self.flow(&split, &before.first, condition));
            self.flow(&before.last, &mixed, None);
        }
        for condition in [None, Some("n > 5")] {
            let after = self.block(depth + 1);
            defaults.push(self.flow(&mixed, &after.first, condition));
            self.flow(&after.last, &join, None);
        }
        self.deciding(&split, "exclusive", &defaults[0]);
        self.deciding(&mixed, "exclusive", &defaults[2]);
        Block {
            first: split,
            last: join,
        }
    }

    /// Sequence flows that lead back, a few times.
    fn loop_back(&mut self, depth: u32) -> Block {
        let (enter, decide) = (self.exclusive(), self.id("x"));
        // It has a counter of its own, which nothing else changes.
        let count = self.id("count");
        self.add(&format!(
            r#"<bpmn:scriptTask id="{count}"><bpmn:extensionElements><zeebe:script expression="=if {count} = null then 1 else {count} + 1" resultVariable="{count}" /></bpmn:extensionElements></bpmn:scriptTask>"#
        ));
        let body = self.block(depth + 1);
        self.flow(&enter, &count, None);
        self.flow(&count, &body.first, None);
        self.flow(&body.last, &decide, None);
        self.flow(&decide, &enter, Some(&format!("{count} < 3")));
        let out = self.exclusive();
        let default = self.flow(&decide, &out, None);
        self.deciding(&decide, "exclusive", &default);
        Block {
            first: enter,
            last: out,
        }
    }

    /// A subprocess in which several flows leave a task and several enter one: the latter runs
    /// once for each. One of its ways may end everything in it.
    fn without_gateways(&mut self, depth: u32) -> Block {
        let terminates = self.rng.bool();
        let inner = self.inside(|writer| {
            let start = writer.event("start", "startEvent", "", &["end"], "");
            let (fork, job) = (writer.id("task"), writer.job());
            writer.add(&format!(
                r#"<bpmn:serviceTask id="{fork}"><bpmn:extensionElements>{job}</bpmn:extensionElements></bpmn:serviceTask>"#
            ));
            let merge = writer.service_task(depth);
            writer.flow(&start, &fork, None);
            for _ in 0..2 {
                let way = writer.block(depth + 1);
                writer.flow(&fork, &way.first, None);
                writer.flow(&way.last, &merge.first, None);
            }
            let end = match terminates {
                true => writer.event(
                    "end",
                    "endEvent",
                    "",
                    &["start", "end"],
                    "<bpmn:terminateEventDefinition />",
                ),
                false => writer.end_event(),
            };
            writer.flow(&merge.last, &end, None);
        });
        self.subprocess_around(inner, "")
    }

    fn race(&mut self, _: u32) -> Block {
        let (gateway, join) = (self.gateway("eventBased"), self.exclusive());
        // They must differ, so there is one of each kind at most.
        let mut events = vec![self.timer(false), self.message_or_signal()];
        if self.once_in(3) {
            events.push(self.condition());
        }
        for event in events {
            let caught = self.event("catch", "intermediateCatchEvent", "", &[], &event);
            self.flow(&gateway, &caught, None);
            self.flow(&caught, &join, None);
        }
        Block {
            first: gateway,
            last: join,
        }
    }
}
