// Gives diagrams that have no places yet their diagram interchange. Only text is added, before the end
// of the file: the model stays as it is, byte for byte. `--anew` replaces what was laid out before.
//
//     node layout.mjs [--anew] folder…

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { hasInterchange, withInterchange, withoutInterchange } from './interchange.mjs';

async function layOut(path, anew) {
  const before = readFileSync(path, 'utf8');
  if (hasInterchange(before) && !anew) return false;
  const after = await withInterchange(withoutInterchange(before));
  if (after !== before) writeFileSync(path, after);
  return after !== before;
}

const words = process.argv.slice(2);
const anew = words.includes('--anew');
let changed = 0;
for (const folder of words.filter((word) => word !== '--anew')) {
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.bpmn')).sort()) {
    const path = join(folder, name);
    try {
      changed += (await layOut(path, anew)) ? 1 : 0;
    } catch (problem) {
      throw new Error(`${path}: ${problem.message}`, { cause: problem });
    }
  }
}
console.log(`${changed} diagrams laid out`);
