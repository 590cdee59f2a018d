// The host for unit tests: esbuild is told to put this in the host module's place.

import type { Host } from "./wit.ts";

/** What the stand-in answers, and what it was told. */
export const standIn = { now: 0, config: {} as Record<string, unknown>, lines: [] as string[] };

const host: Host = {
  log: (_level, message) => void standIn.lines.push(message),
  now: () => standIn.now,
  random: (length) => Uint8Array.from({ length }, (_, index) => (index * 167) % 256),
  config: (name) => (name in standIn.config ? JSON.stringify(standIn.config[name]) : null),
};

export default host;
