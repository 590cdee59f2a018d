// The host for unit tests: esbuild is told to put this in the place of each of the host's
// modules, so it answers for all of them.

import type { AdHoc, Context, Corrections, Host, JobKind, ListenerEvent, UserTask, Verdict } from "./wit.ts";

/** What the stand-in answers, and what it was told. */
export const standIn = {
  now: 0,
  config: {} as Record<string, unknown>,
  lines: [] as string[],
  kind: "bpmn-element" as JobKind,
  listenerEvent: null as ListenerEvent | null,
  userTask: null as UserTask | null,
  denied: null as string | null,
  corrections: {} as Partial<Corrections>,
  elements: [] as Array<[string, unknown]>,
  isFulfilled: false,
  cancelRemaining: false,
};

const host: Host & Context & Verdict & AdHoc = {
  log: (_level, message) => void standIn.lines.push(message),
  now: () => standIn.now,
  random: (length) => Uint8Array.from({ length }, (_, index) => (index * 167) % 256),
  config: (name) => (name in standIn.config ? JSON.stringify(standIn.config[name]) : null),
  kind: () => standIn.kind,
  listenerEvent: () => standIn.listenerEvent,
  userTask: () => standIn.userTask,
  deny: (reason) => void (standIn.denied = reason),
  correct(changes) {
    const named = Object.entries(changes).filter(([, value]) => value !== null);
    Object.assign(standIn.corrections, Object.fromEntries(named));
  },
  activateElement: (elementId, variables) => void standIn.elements.push([elementId, JSON.parse(variables)]),
  fulfilCompletionCondition: () => void (standIn.isFulfilled = true),
  cancelRemainingInstances: () => void (standIn.cancelRemaining = true),
};

export default host;
