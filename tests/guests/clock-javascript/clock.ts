// What JavaScript's own clock and random numbers say inside the sandbox: they have to be
// journal time and seeded values, the same in every attempt.

import { now, randomBytes, step, t } from "@gardesh/guest";

export const handler = step(
  {
    name: "clock-javascript",
    title: "Shows the clocks",
    version: "0.1.0",
    input: t.object({}),
    output: t.object({ now: t.number(), dateNow: t.number(), hostRandom: t.array(t.integer()), mathRandom: t.array(t.number()) }),
  },
  () => ({
    now: now(),
    dateNow: Date.now(),
    hostRandom: [...randomBytes(8)],
    mathRandom: [Math.random(), Math.random()],
  }),
);
