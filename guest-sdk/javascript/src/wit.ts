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
