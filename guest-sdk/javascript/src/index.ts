// The JavaScript guest SDK's public names. A step is `export const handler = step(…)`.

export { BusinessError, Fatal, Retry } from "./errors.ts";
export { config, log, now, randomBytes } from "./host.ts";
export { step, type Handler, type StepOptions } from "./step.ts";
export { t, type Static, type Type } from "./schema.ts";
export type { Job, Level } from "./wit.ts";
