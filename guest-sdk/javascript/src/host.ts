// What the host gives: log, journal time, seeded randomness, configuration. In unit
// tests the module is replaced by host-stand-in.ts.

import host from "gardesh:step/host@0.1.0";

import type { Type } from "./schema.ts";
import type { Level } from "./wit.ts";

/** Adds a line to the attempt's log, which is bounded. */
export function log(level: Level, message: string): void {
  host.log(level, message);
}

/** Journal time in milliseconds since 1970; it stands still while the step runs. */
export function now(): number {
  return Number(host.now());
}

/** At most 65,536 bytes, seeded with the job key. Not for cryptography. */
export function randomBytes(length: number): Uint8Array {
  return Uint8Array.from(host.random(length));
}

/** The configuration value of one name, or undefined. Throws where it is of another type. */
export function config<T>(name: string, type: Type<T>): T | undefined {
  const text = host.config(name);
  return text === null || text === undefined ? undefined : type.read(JSON.parse(text), `configuration ${name}`);
}
