// One declaration gives the TypeScript type, the JSON Schema and the check at run time.
// Only what steps' inputs and outputs need.

/** A JSON Schema. */
export type Schema = { readonly [keyword: string]: unknown };

/** A type of JSON values. */
export interface Type<T> {
  readonly schema: Schema;
  readonly isOptional?: boolean;
  /** Checks `value`; `place` is a JSON path for the error. Unknown members are dropped. */
  read(value: unknown, place: string): T;
}

/** The TypeScript type that a declaration stands for. */
export type Static<D> = D extends Type<infer T> ? T : never;

/** A member that may be missing. */
export interface Optional<T> extends Type<T | undefined> {
  readonly isOptional: true;
}

type Members = Record<string, Type<unknown>>;
type OptionalNames<M> = { [K in keyof M]: M[K] extends { readonly isOptional: true } ? K : never }[keyof M];
type ObjectOf<M> = { [K in Exclude<keyof M, OptionalNames<M>>]: Static<M[K]> } & {
  [K in OptionalNames<M>]?: Static<M[K]>;
};

function mismatch(expected: string, place: string, value: unknown): never {
  const found = value === undefined ? "missing" : Array.isArray(value) ? "an array" : value === null ? "null" : `a ${typeof value}`;
  throw new TypeError(`Expected ${expected} at ${place}, but it is ${found}`);
}

function plain<T>(name: string, schema: Schema, fits: (value: unknown) => boolean): () => Type<T> {
  return () => ({
    schema,
    read: (value, place) => (fits(value) ? (value as T) : mismatch(name, place, value)),
  });
}

function array<T>(items: Type<T>): Type<T[]> {
  return {
    schema: { type: "array", items: items.schema },
    read: (value, place) =>
      Array.isArray(value) ? value.map((item, i) => items.read(item, `${place}[${i}]`)) : mismatch("an array", place, value),
  };
}

function optional<T>(type: Type<T>): Optional<T> {
  return {
    schema: type.schema,
    isOptional: true,
    read: (value, place) => (value === undefined || value === null ? undefined : type.read(value, place)),
  };
}

function oneOf<const T extends string>(...allowed: T[]): Type<T> {
  return {
    schema: { enum: allowed },
    read: (value, place) => allowed.find((one) => one === value) ?? mismatch(`one of ${allowed.join(", ")}`, place, value),
  };
}

function object<M extends Members>(members: M): Type<ObjectOf<M>> {
  const entries = Object.entries(members);
  return {
    schema: {
      type: "object",
      properties: Object.fromEntries(entries.map(([name, type]) => [name, type.schema])),
      required: entries.filter(([, type]) => !type.isOptional).map(([name]) => name),
    },
    read(value, place) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return mismatch("an object", place, value);
      const source = value as Record<string, unknown>;
      const found = entries
        .map(([name, type]) => [name, type.read(Object.hasOwn(source, name) ? source[name] : undefined, `${place}.${name}`)])
        .filter(([, member]) => member !== undefined);
      return Object.fromEntries(found) as ObjectOf<M>;
    },
  };
}

/** The declarations. */
export const t = {
  string: plain<string>("a string", { type: "string" }, (value) => typeof value === "string"),
  number: plain<number>("a number", { type: "number" }, Number.isFinite),
  integer: plain<number>("an integer", { type: "integer" }, Number.isSafeInteger),
  boolean: plain<boolean>("a boolean", { type: "boolean" }, (value) => typeof value === "boolean"),
  array,
  object,
  oneOf,
  optional,
};
