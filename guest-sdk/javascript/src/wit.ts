// The shapes of /wit/step/step.wit as the engine hands them over: records are objects
// with camelCase names, options are null when absent. Types only.

/** How much a log line matters. */
export type Level = "debug" | "info" | "warn" | "error";

/** One execution of a step; `key` is its idempotency key. */
export interface Job {
  readonly key: number | bigint;
  readonly attempt: number;
  readonly processInstanceKey: number | bigint;
  readonly processId: string;
  readonly processVersion: number;
  readonly elementId: string;
  readonly elementInstanceKey: number | bigint;
  readonly tenant: string;
  readonly businessKey: string | null;
  readonly headers: ReadonlyArray<{ readonly key: string; readonly value: string }>;
  readonly deadline: number | bigint;
  readonly variables: string;
}

/** What a component says about itself. */
export interface Description {
  name: string;
  version: string;
  title: string;
  inputSchema: string;
  outputSchema: string;
  configurationSchema: string | null;
  icon: string | null;
  capabilities: string[];
}

/** What a step that went well hands back. */
export interface Output {
  variables: string;
}

/** How a step can fail; thrown, as results are in JavaScript. */
export type Failure =
  | { tag: "business-error"; val: { code: string; message: string; variables: string | null } }
  | { tag: "retry"; val: { message: string; delayMs: number | null } }
  | { tag: "fatal"; val: string };

/** What the host gives. */
export interface Host {
  log(level: Level, message: string): void;
  now(): number | bigint;
  random(length: number): Uint8Array | number[];
  config(name: string): string | null | undefined;
}

/** What a job is for. */
export type JobKind = "bpmn-element" | "execution-listener" | "task-listener" | "ad-hoc-sub-process";

/** What a listener listens to. */
export type ListenerEvent = "start" | "end" | "cancel" | "creating" | "assigning" | "updating" | "completing" | "canceling";

/** A user task as it will be if the listeners agree. */
export interface UserTask {
  readonly key: number | bigint;
  readonly action: string;
  readonly assignee: string | null;
  readonly candidateGroups: readonly string[];
  readonly candidateUsers: readonly string[];
  readonly changedAttributes: readonly string[];
  readonly dueDate: string | null;
  readonly followUpDate: string | null;
  readonly formKey: number | bigint | null;
  readonly priority: number;
}

/** What is to be different about a user task; null stays as it is, an empty text takes away. */
export interface Corrections {
  assignee: string | null;
  candidateGroups: string[] | null;
  candidateUsers: string[] | null;
  dueDate: string | null;
  followUpDate: string | null;
  priority: number | null;
}

/** What the host knows of the job beyond its record. */
export interface Context {
  kind(): JobKind;
  listenerEvent(): ListenerEvent | null | undefined;
  userTask(): UserTask | null | undefined;
}

/** What a listener of a user task says. */
export interface Verdict {
  deny(reason: string): void;
  correct(changes: Corrections): void;
}

/** What the job that leads an ad-hoc subprocess chooses. */
export interface AdHoc {
  activateElement(elementId: string, variables: string): void;
  fulfilCompletionCondition(): void;
  cancelRemainingInstances(): void;
}
