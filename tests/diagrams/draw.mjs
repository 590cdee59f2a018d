// Draws every diagram of folders as `<name>.svg` in a folder that holds nothing else.
//
//     node draw.mjs to folder…

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { BpmnModdle } from 'bpmn-moddle';

import { withInterchange, withoutInterchange } from './interchange.mjs';
import { nameElements, placeLabels } from './label.mjs';
import { drawingsOf } from './page.mjs';
import { svgOf } from './svg.mjs';

/** Interchange cannot name a flow without an id; for the drawing it gets one. */
async function withAllFlows(text) {
  let count = 0;
  const withId = () => `<bpmn:sequenceFlow id="flow_without_id_${count++}" `;
  const named = text.replace(/<bpmn:sequenceFlow (?![^>]*\bid=)/g, withId);
  return count === 0 ? text : withInterchange(withoutInterchange(named));
}

async function sourceOf(path) {
  const moddle = new BpmnModdle();
  const { rootElement } = await moddle.fromXML(await withAllFlows(readFileSync(path, 'utf8')));
  nameElements(rootElement);
  placeLabels(rootElement, moddle);
  return { name: basename(path, '.bpmn'), xml: (await moddle.toXML(rootElement)).xml };
}

const [to, ...folders] = process.argv.slice(2);
const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
const sources = await Promise.all(files.filter((path) => path.endsWith('.bpmn')).sort().map(sourceOf));
const drawings = drawingsOf(sources);
mkdirSync(to, { recursive: true });
for (const old of readdirSync(to).filter((name) => name.endsWith('.svg'))) rmSync(join(to, old));
for (const { name } of sources) {
  const own = drawings.filter((drawing) => drawing.name === name).map(({ svg }) => svg);
  writeFileSync(join(to, `${name}.svg`), svgOf(own, name.replaceAll('-', ' ')));
}
console.log(`${sources.length} diagrams drawn into ${to}`);
