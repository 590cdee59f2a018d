// What is written beside events, gateways and flows, and where. The diagrams of the tables have ids
// instead of names, and their scripts speak of those, so drawings show them. A label that a file
// has a place for stays there; the others go where nothing is in their way.

/** bpmn-js writes labels at this size; lines and words are measured for it. */
const FONT_SIZE = 11;
const LINE = 14;
const WIDEST = 90;

import { CHARACTER, captionOf } from './model.mjs';

const isFlow = (element) => element.$type === 'bpmn:SequenceFlow';
const isBeside = (element) => element.$instanceOf('bpmn:Event') || element.$instanceOf('bpmn:Gateway');

/** Gives elements without a name the text that a reader looks for. */
export function nameElements(definitions) {
  for (const { bpmnElement: element } of placesOf(definitions)) {
    const caption = element && captionOf(element);
    if (caption) element.name = caption;
  }
}

const placesOf = (definitions) => definitions.diagrams.flatMap(({ plane }) => plane.planeElement);

/** Gives each label that has no place one. */
export function placeLabels(definitions, moddle, fontSize = FONT_SIZE) {
  const scale = fontSize / FONT_SIZE;
  for (const { plane } of definitions.diagrams) {
    const shapes = plane.planeElement.filter((each) => each.bounds);
    const lines = plane.planeElement.filter((each) => each.waypoint).flatMap(({ waypoint }) => piecesOf(waypoint));
    const taken = shapes.flatMap((each) => each.label?.bounds ?? []);
    for (const each of plane.planeElement) {
      const element = each.bpmnElement;
      const wants = element.name && (each.waypoint ? isFlow(element) : isBeside(element));
      if (!wants || each.label?.bounds) continue;
      const candidates = each.waypoint
        ? alongFlow(each.waypoint, sizeOf(element.name, Infinity, scale))
        : aroundShape(each.bounds, sizeOf(element.name, WIDEST * scale, scale), element);
      const others = shapes.filter((shape) => shape !== each);
      const harm = (box) => harmOf(box, others, lines, taken);
      const best = candidates.reduce((a, b) => (harm(b) < harm(a) ? b : a));
      taken.push(best);
      each.label = moddle.create('bpmndi:BPMNLabel', { bounds: moddle.create('dc:Bounds', best) });
      each.label.$parent = each;
    }
  }
}

/** Words are not split, so the longest one is the least width. */
function sizeOf(text, widest, scale) {
  const character = CHARACTER * scale;
  const longest = Math.max(...text.split(/[\s-]/).map((word) => word.length));
  const width = Math.max(Math.min(text.length * character, widest), longest * character) + 4;
  return { width, height: Math.ceil((text.length * character) / width) * LINE * scale };
}

function aroundShape({ x, y, width: w, height: h }, { width, height }, element) {
  const middle = x + w / 2 - width / 2;
  const below = { x: middle, y: y + h + 4, width, height };
  const above = { x: middle, y: y - height - 4, width, height };
  const rightBelow = { x: x + w - 4, y: y + h - 8, width, height };
  const leftBelow = { x: x - width + 4, y: y + h - 8, width, height };
  const rightAbove = { ...rightBelow, y: y - height + 8 };
  const leftAbove = { ...leftBelow, y: y - height + 8 };
  const sides = [below, above, rightBelow, leftBelow, rightAbove, leftAbove];
  return element.$type === 'bpmn:BoundaryEvent' ? [rightBelow, leftBelow, below, leftAbove, rightAbove] : sides;
}

/** Above, below or beside the middle of each piece, the longest first. */
function alongFlow(waypoint, { width, height }) {
  const pieces = piecesOf(waypoint).sort((a, b) => lengthOf(b) - lengthOf(a));
  return pieces.flatMap(({ a, b }) => {
    const [x, y] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
    return a.y === b.y
      ? [{ x: x - width / 2, y: y - height - 3 }, { x: x - width / 2, y: y + 3 }]
      : [{ x: x + 4, y: y - height / 2 }, { x: x - width - 4, y: y - height / 2 }];
  }).map((place) => ({ ...place, width, height }));
}

const piecesOf = (points) => points.slice(1).map((b, i) => ({ a: points[i], b }));
const lengthOf = ({ a, b }) => Math.abs(a.x - b.x) + Math.abs(a.y - b.y);

/** How much is in the way of a label: other labels and lines most of all, and the edges of shapes. */
function harmOf(box, shapes, lines, taken) {
  const inLine = ({ a, b }) =>
    meet(box, { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) });
  const onEdge = ({ bounds }) => meet(box, bounds) && !holds(bounds, box);
  const inside = ({ bounds, isExpanded, isHorizontal }) => !isExpanded && !isHorizontal && holds(bounds, box);
  return (
    10 * taken.filter((other) => meet(box, other)).length +
    10 * lines.filter(inLine).length +
    10 * shapes.filter((shape) => onEdge(shape) || inside(shape)).length
  );
}

/** Also where one of them is a line, which has no area. */
const meet = (a, b) =>
  a.x < b.x + b.width + 1 && b.x < a.x + a.width + 1 && a.y < b.y + b.height + 1 && b.y < a.y + a.height + 1;

const holds = (outer, box) =>
  outer.x <= box.x &&
  outer.y <= box.y &&
  outer.x + outer.width >= box.x + box.width &&
  outer.y + outer.height >= box.y + box.height;
