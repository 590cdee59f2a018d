// How a step fails: the three ways of the WIT, as errors to throw. Anything else that is
// thrown counts as Fatal, because a deterministic step would only throw it again.

import type { Failure } from "./wit.ts";

/** An outcome that the process models: a boundary event with `code` catches it. */
export class BusinessError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly variables?: object,
  ) {
    super(message);
  }
}

/** A passing fault: try again, after `delayMs` or the host's own backoff. */
export class Retry extends Error {
  constructor(
    message: string,
    readonly delayMs?: number,
  ) {
    super(message);
  }
}

/** A fault that trying again cannot mend: an incident at once. */
export class Fatal extends Error {}

/** The WIT's failure for whatever was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof BusinessError) {
    const variables = error.variables === undefined ? null : JSON.stringify(error.variables);
    return { tag: "business-error", val: { code: error.code, message: error.message, variables } };
  }
  if (error instanceof Retry) {
    return { tag: "retry", val: { message: error.message, delayMs: error.delayMs ?? null } };
  }
  if (error instanceof Fatal) {
    return { tag: "fatal", val: error.message };
  }
  return { tag: "fatal", val: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}
