// The SDK outside a component, against the stand-in host.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BusinessError, Retry, adHoc, config, context, log, now, step, t, verdict, type Job } from "../src/index.ts";
import { standIn } from "../src/host-stand-in.ts";

const Input = t.object({ amount: t.integer(), note: t.optional(t.string()) });
const Output = t.object({ doubled: t.integer() });

const handler = step({ name: "double", title: "Doubles", version: "1.0.0", input: Input, output: Output }, (input) => {
  if (input.amount === 0) throw new BusinessError("NOTHING", "zero", { amount: 0 });
  if (input.amount === 1) throw new Retry("busy", 500);
  if (input.amount === 2) throw new RangeError("two");
  return { doubled: input.amount * 2 };
});

const job = (variables: string) => ({ key: 1, attempt: 1, variables }) as unknown as Job;

test("a call goes from JSON to JSON", () => {
  assert.deepEqual(handler.run(job('{"amount":21,"other":[]}')), { variables: '{"doubled":42}' });
});

test("what is thrown is the WIT's failure", () => {
  const failures: Array<[string, unknown]> = [
    ['{"amount":0}', { tag: "business-error", val: { code: "NOTHING", message: "zero", variables: '{"amount":0}' } }],
    ['{"amount":1}', { tag: "retry", val: { message: "busy", delayMs: 500 } }],
    ['{"amount":2}', { tag: "fatal", val: "RangeError: two" }],
  ];
  for (const [variables, expected] of failures) {
    assert.throws(() => handler.run(job(variables)), (failure) => (assert.deepEqual(failure, expected), true));
  }
});

test("wrong input is fatal and names the place", () => {
  const cases: Array<[string, RegExp]> = [
    ["{}", /an integer at \$\.amount, but it is missing/],
    ['{"amount":1.5}', /an integer at \$\.amount/],
    ['{"amount":3,"note":4}', /a string at \$\.note/],
    ["[]", /an object at \$, but it is an array/],
    ["{", /JSON/],
  ];
  for (const [variables, expected] of cases) {
    assert.throws(() => handler.run(job(variables)), (failure: { tag: string; val: string }) => {
      assert.equal(failure.tag, "fatal");
      assert.match(failure.val, expected);
      return true;
    });
  }
});

test("the description carries the schemas", () => {
  const schema = JSON.parse(handler.describe().inputSchema);
  assert.deepEqual(schema.required, ["amount"]);
  assert.deepEqual(Object.keys(schema.properties), ["amount", "note"]);
});

test("the host answers", () => {
  Object.assign(standIn, { now: 5, config: { limit: 7 }, lines: [] });
  log("info", "seen");
  assert.deepEqual([now(), config("limit", t.integer()), config("other", t.string()), standIn.lines], [5, 7, undefined, ["seen"]]);
  assert.throws(() => config("limit", t.string()), /configuration limit/);
});

test("a listener corrects and denies", () => {
  Object.assign(standIn, { kind: "task-listener", listenerEvent: "assigning", userTask: { assignee: "ada" } });
  assert.deepEqual([context.kind(), context.listenerEvent(), context.userTask()?.assignee], ["task-listener", "assigning", "ada"]);
  verdict.correct({ assignee: "grace", priority: 1 });
  verdict.correct({ priority: 2 });
  verdict.deny("late");
  assert.deepEqual([standIn.corrections, standIn.denied], [{ assignee: "grace", priority: 2 }, "late"]);
});

test("an ad-hoc subprocess is led", () => {
  adHoc.activateElement("a", { room: 7 });
  adHoc.activateElement("b");
  adHoc.cancelRemainingInstances();
  adHoc.fulfilCompletionCondition();
  assert.deepEqual(standIn.elements, [["a", { room: 7 }], ["b", {}]]);
  assert.ok(standIn.cancelRemaining && standIn.isFulfilled);
});

test("members of the prototype are not input", () => {
  const tricky = t.object({ toString: t.optional(t.string()) });
  assert.deepEqual(tricky.read({}, "$"), {});
});
