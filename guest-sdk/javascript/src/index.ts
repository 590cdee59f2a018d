// The JavaScript guest SDK's public names. A step is `export const handler = step(…)`.

export * as adHoc from "./ad-hoc.ts";
export * as context from "./context.ts";
export { BusinessError, Fatal, Retry } from "./errors.ts";
export { config, log, now, randomBytes } from "./host.ts";
export { step, type Handler, type StepOptions } from "./step.ts";
export { t, type Static, type Type } from "./schema.ts";
export * as verdict from "./verdict.ts";
export type { Corrections, Job, JobKind, Level, ListenerEvent, UserTask } from "./wit.ts";
