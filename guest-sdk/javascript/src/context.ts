// What the host knows of the job beyond its record: what it is for, and the user task whose
// listener it calls. In unit tests the module is replaced by host-stand-in.ts.

import context from "gardesh:step/context@0.1.0";

import type { JobKind, ListenerEvent, UserTask } from "./wit.ts";

/** What the job is for. */
export function kind(): JobKind {
  return context.kind();
}

/** What the listener is called for, or undefined where the job is no listener's. */
export function listenerEvent(): ListenerEvent | undefined {
  return context.listenerEvent() ?? undefined;
}

/** The user task that is listened to, or undefined where the job is no task listener's. */
export function userTask(): UserTask | undefined {
  return context.userTask() ?? undefined;
}
