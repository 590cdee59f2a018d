// Draws a diagram as a case in it stands: what is done, what runs now, and a token on each that runs.
//
//     node running.mjs diagram.bpmn to.svg title done=id,id… running=id,id…
//
// A sequence flow was taken if its source is done, unless a choice stands there that took another.

import { readFileSync, writeFileSync } from 'node:fs';

import { BpmnModdle } from 'bpmn-moddle';

import { placeLabels } from './label.mjs';
import { drawingsOf } from './page.mjs';
import { svgOf } from './svg.mjs';

const DONE = { stroke: '#1b6e37', fill: '#e3f3e8' };
const RUNS = { stroke: '#b35900', fill: '#fff1dc' };

/** The picture stands in a page that is 800 pixels wide, so its texts are larger than a modeler's. */
const FONT_SIZE = 14;
const TOKEN = 9;

/** bpmn.io's extension of the interchange for colours, which bpmn-js draws. */
const COLOURS = {
  name: 'bioc',
  uri: 'http://bpmn.io/schema/bpmn/biocolor/1.0',
  prefix: 'bioc',
  types: [
    {
      name: 'Coloured',
      extends: ['bpmndi:BPMNShape', 'bpmndi:BPMNEdge'],
      properties: ['stroke', 'fill'].map((name) => ({ name, isAttr: true, type: 'String' })),
    },
  ],
};

const [from, to, title, ...states] = process.argv.slice(2);
const idsOf = (state) => states.find((word) => word.startsWith(`${state}=`))?.slice(state.length + 1).split(',') ?? [];
const [done, running] = [idsOf('done'), idsOf('running')];

const moddle = new BpmnModdle({ bioc: COLOURS });
const { rootElement } = await moddle.fromXML(readFileSync(from, 'utf8'));
const drawn = rootElement.diagrams[0].plane.planeElement;
const ids = new Set(drawn.map((each) => each.bpmnElement.id));
const strange = [...done, ...running].find((id) => !ids.has(id));
if (strange) throw new Error(`Expected an element that is drawn in ${from}, but there is no '${strange}'.`);

function stateOf(element) {
  if (element.$type !== 'bpmn:SequenceFlow') {
    return done.includes(element.id) ? DONE : running.includes(element.id) ? RUNS : undefined;
  }
  const isChoice = element.sourceRef.$instanceOf('bpmn:Gateway');
  const isTaken = !isChoice || [...done, ...running].includes(element.targetRef.id);
  return done.includes(element.sourceRef.id) && isTaken ? DONE : undefined;
}

for (const each of drawn) {
  // The places in the file are for smaller letters.
  each.label = undefined;
  const state = stateOf(each.bpmnElement);
  if (!state) continue;
  each.set('bioc:stroke', state.stroke);
  each.set('bioc:fill', state.fill);
}
placeLabels(rootElement, moddle, FONT_SIZE);

const circle = (x, y) =>
  `<circle cx="${x}" cy="${y}" r="${TOKEN}" fill="${RUNS.stroke}" stroke="white" stroke-width="2"/>`;
const tokens = drawn
  .filter((each) => running.includes(each.bpmnElement.id))
  .map(({ bounds }) => circle(bounds.x + bounds.width - 4, bounds.y + 4));

/** What the colours mean, under the drawing's first element. */
function legend() {
  const shapes = drawn.filter((each) => each.bounds).map(({ bounds }) => bounds);
  const x = Math.min(...shapes.map((bounds) => bounds.x)) - 20;
  const y = Math.max(...shapes.map((bounds) => bounds.y + bounds.height)) - 24;
  const text = (dy, words) =>
    `<text x="${x + 22}" y="${y + dy + 5}" font-size="${FONT_SIZE}" fill="#22242a">${words}</text>`;
  const box =
    `<rect x="${x - 8}" y="${y - 8}" width="16" height="16" rx="3" ` +
    `fill="${DONE.fill}" stroke="${DONE.stroke}" stroke-width="2"/>`;
  return `${box}${text(0, 'done')}${circle(x, y + 24)}${text(24, 'runs now')}`;
}

const source = { name: title, xml: (await moddle.toXML(rootElement)).xml, fontSize: FONT_SIZE };
const drawings = drawingsOf([source]).map(({ svg }) => svg);
writeFileSync(to, svgOf(drawings, title, tokens.join('') + legend()));
console.log(`${title} drawn into ${to}`);
