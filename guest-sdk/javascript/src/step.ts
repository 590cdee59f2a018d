// Makes the exported interface `gardesh:step/handler` of one function.

import { Fatal, failureOf } from "./errors.ts";
import { log, randomBytes } from "./host.ts";
import type { Type } from "./schema.ts";
import type { Description, Job, Output } from "./wit.ts";

/** What a step says about itself; the fields are those of the WIT's description. */
export interface StepOptions<I, O> {
  name: string;
  title: string;
  version: string;
  input: Type<I>;
  output: Type<O>;
  config?: Type<unknown>;
  icon?: string;
  capabilities?: string[];
}

/** The exported interface. */
export interface Handler {
  describe(): Description;
  run(job: Job): Output;
}

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/** `export const handler = step({…}, (input, job) => output)` makes a module a step. */
export function step<I, O extends object>(options: StepOptions<I, O>, run: (input: I, job: Job) => O): Handler {
  return {
    describe: () => ({
      name: options.name,
      version: options.version,
      title: options.title,
      inputSchema: schemaText(options.input),
      outputSchema: schemaText(options.output),
      configurationSchema: options.config ? schemaText(options.config) : null,
      icon: options.icon ?? null,
      capabilities: options.capabilities ?? [],
    }),
    run(job) {
      seedMathRandom();
      try {
        const output = run(readInput(options.input, job), job);
        return { variables: JSON.stringify(options.output.read(output, "output")) };
      } catch (error) {
        const failure = failureOf(error);
        if (failure.tag === "fatal" && !(error instanceof Fatal) && error instanceof Error) log("error", error.stack ?? "");
        throw failure;
      }
    },
  };
}

/**
 * The engine is a snapshot: without this every job would see one and the same sequence,
 * seeded when the component was built. The generator is sfc32.
 */
function seedMathRandom(): void {
  let state: Uint32Array | undefined;
  Math.random = () => {
    state ??= new Uint32Array(randomBytes(16).buffer);
    const [a = 0, b = 0, c = 0, counter = 0] = state;
    const result = (a + b + counter) >>> 0;
    state.set([b ^ (b >>> 9), c + (c << 3), ((c << 21) | (c >>> 11)) + result, counter + 1]);
    return result / 2 ** 32;
  };
}

function readInput<I>(type: Type<I>, job: Job): I {
  try {
    return type.read(JSON.parse(job.variables), "$");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Fatal(`${reason}. Hint: look at the task's input mapping and the step's input schema`);
  }
}

function schemaText(type: Type<unknown>): string {
  return JSON.stringify({ $schema: DRAFT, ...type.schema });
}
