// Where everything stands: rows and columns become places, a subprocess becomes as large as what is
// in it, boundary events sit on the lower edge of their hosts, and pools stand under each other.
// Which way connections go is in route.mjs.

import { cellsOf } from './grid.mjs';
import { CHARACTER, captionOf, edgesOf, isAttached, isScope, nodesOf, sizeOf } from './model.mjs';

/** Between columns and rows; wide enough for a connection that turns between two nodes. */
const GAP = { x: 50, y: 60 };
/** Between the frame of a subprocess or pool and what is in it. */
const PADDING = 40;
/** What events and gateways have written under them may be as wide as this. */
const LABEL_WIDTH = 80;
const POOL = { header: 30, gap: 40, least: 300 };

/** Moves what `placeScope` gave. */
const moved = (shapes, dx, dy) => shapes.map((shape) => ({ ...shape, x: shape.x + dx, y: shape.y + dy }));

/**
 * The shapes of a scope and of all scopes in it, from (0, 0) on, each with the `scope` that it is
 * directly in, and the size of the whole.
 */
export async function placeScope(scope) {
  const cells = await cellsOf(scope);
  const nodes = nodesOf(scope);
  const boxes = new Map();
  for (const node of nodes.filter((each) => !isAttached(each))) {
    const inner = isScope(node) ? await placeScope(node) : undefined;
    const size = inner ? { width: inner.width + 2 * PADDING, height: inner.height + 2 * PADDING } : sizeOf(node);
    boxes.set(node.id, { node, inner, ...size, ...cells.get(node.id) });
  }
  const standing = [...boxes.values()].filter((box) => box.row !== undefined);
  const columns = tracks(standing, 'column', (box) => Math.max(box.width, LABEL_WIDTH), gapsAfter(scope, boxes));
  const rows = tracks(standing, 'row', (box) => box.height, () => GAP.y);
  let { end: bottom } = rows;
  const shapes = [];
  for (const box of boxes.values()) {
    // What nothing leads to stands under all else.
    const isAside = box.row === undefined;
    const x = isAside ? 0 : Math.round(columns.middles[box.column] - box.width / 2);
    const y = isAside ? bottom + (bottom > 0 ? GAP.y : 0) : Math.round(rows.middles[box.row] - box.height / 2);
    if (isAside) bottom = y + box.height;
    shapes.push({ element: box.node, scope, x, y, width: box.width, height: box.height });
    if (box.inner) shapes.push(...moved(box.inner.shapes, x + PADDING, y + PADDING));
    shapes.push(...attachedTo(box.node, nodes, { x, y, ...box }).map((shape) => ({ ...shape, scope })));
  }
  const own = shapes.filter((shape) => shape.scope === scope);
  const width = Math.max(columns.end, ...own.map((shape) => shape.x + shape.width));
  return { shapes, width, height: bottom + (hasAttachedBelow(own, bottom) ? PADDING : 0) };
}

/** The middles of rows or columns of which each is as large as the largest in it. */
function tracks(boxes, side, sizeIn, gapAfter) {
  const sizes = [];
  for (const box of boxes) {
    sizes[box[side]] = Math.max(sizes[box[side]] ?? 0, sizeIn(box));
  }
  let [at, end] = [0, 0];
  const middles = sizes.map((size, i) => {
    const middle = at + size / 2;
    end = at + size;
    at = end + gapAfter(i);
    return middle;
  });
  return { middles, end };
}

/** The gap after a column: wide enough for the conditions on the flows that leave it. */
function gapsAfter(scope, boxes) {
  const gaps = [];
  for (const edge of edgesOf(scope)) {
    const [caption, column] = [captionOf(edge), boxes.get(edge.sourceRef.id)?.column];
    if (!caption || column === undefined) continue;
    gaps[column] = Math.max(gaps[column] ?? GAP.x, caption.length * CHARACTER + 20);
  }
  return (column) => gaps[column] ?? GAP.x;
}

function attachedTo(host, nodes, box) {
  const attached = nodes.filter((node) => isAttached(node) && node.attachedToRef === host);
  return attached.map((element, i) => {
    const { width, height } = sizeOf(element);
    const x = Math.round(box.x + ((i + 1) * box.width) / (attached.length + 1) - width / 2);
    return { element, x, y: box.y + box.height - height / 2, width, height };
  });
}

/** Flows out of boundary events of the lowest row need space under them. */
const hasAttachedBelow = (shapes, end) =>
  shapes.some((shape) => isAttached(shape.element) && shape.y + shape.height > end);

/** The pools of a collaboration under each other, each with its process in it. */
export async function placePools(collaboration) {
  const pools = [];
  for (const participant of collaboration.get('participants')) {
    const inner = participant.processRef
      ? await placeScope(participant.processRef)
      : { shapes: [], width: 0, height: PADDING };
    pools.push({ participant, inner });
  }
  const width = Math.max(POOL.least, ...pools.map(({ inner }) => inner.width + 2 * PADDING)) + 2 * POOL.header;
  const shapes = [];
  let y = 0;
  for (const { participant, inner } of pools) {
    const height = inner.height + 2 * PADDING;
    shapes.push({ element: participant, scope: collaboration, x: 0, y, width, height });
    const lanes = lanesOf(participant);
    for (const lane of lanes) {
      shapes.push({ element: lane, scope: collaboration, x: POOL.header, y, width: width - POOL.header, height });
    }
    const left = POOL.header * (1 + lanes.length) + PADDING;
    shapes.push(...moved(inner.shapes, left, y + PADDING));
    y += height + POOL.gap;
  }
  return { shapes, width, height: y - POOL.gap };
}

function lanesOf(participant) {
  const lanes = (participant.processRef?.laneSets ?? []).flatMap((set) => set.get('lanes'));
  if (lanes.length > 1) {
    throw new Error(
      `Expected at most one lane in a pool, but ${participant.id} has ${lanes.length}. ` +
        'Give this diagram its shapes in a modeler.',
    );
  }
  return lanes;
}
