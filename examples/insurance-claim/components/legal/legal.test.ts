// The legal check, one clause at a time.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Job } from "@gardesh/guest";
import { standIn } from "../../../../guest-sdk/javascript/src/host-stand-in.ts";
import { handler } from "./legal.ts";

interface Change {
  amount?: number;
  incident?: object;
  customer?: object;
}

function legal(change: Change = {}) {
  const claim = {
    claimId: "C-1",
    amount: change.amount ?? 1250.5,
    incident: { type: "water", description: "A pipe burst above the kitchen.", ...change.incident },
    customer: { id: "K-7", name: "Maria Gómez", ...change.customer },
  };
  const job = { key: 1, attempt: 1, variables: JSON.stringify({ claim }) } as unknown as Job;
  return JSON.parse(handler.run(job).variables).legal;
}

test("a plain claim is cleared", () => {
  assert.deepEqual(legal(), { cleared: true, findings: [] });
});

test("a name on the list stops the claim, however it is spelt", () => {
  standIn.config = { sanctioned: ["MARIA GOMEZ"] };
  assert.equal(legal().cleared, false);
  assert.equal(legal({ customer: { name: "Mario Gomez" } }).cleared, true);
  standIn.config = {};
});

test("signs of fraud and late notice are found", () => {
  assert.deepEqual(legal({ incident: { description: "It was STAGED." } }).findings[0].severity, "stop");
  assert.deepEqual(legal({ amount: 5000 }).findings[0].clause, "fraud");
  assert.deepEqual(legal({ incident: { daysUntilReported: 31 } }).findings[0].clause, "notice");
  assert.equal(legal({ amount: 5000, incident: { daysUntilReported: 31 } }).cleared, true);
});
