// In which row and column each node of a scope stands, as bpmn-auto-layout says. It is asked for one
// scope at a time, because it draws subprocesses as closed boxes and only the first of several
// processes; sizes and paths are made from its rows and columns in place.mjs and route.mjs.

import { layoutProcess } from 'bpmn-auto-layout';

import { edgesOf, isAttached, nodesOf, read, rootsOf } from './model.mjs';

// The size of the library's cells; in each, the node stands in the middle.
const CELL = { width: 150, height: 140 };

/** A map from id to `{ row, column }`, for all nodes but those attached to others and event subprocesses. */
export async function cellsOf(scope) {
  const standing = nodesOf(scope).filter((node) => !isAttached(node) && !node.triggeredByEvent);
  if (standing.length === 0) return new Map();
  const laidOut = await read(await layoutProcess(skeleton(scope)));
  const [process] = rootsOf(laidOut, 'bpmn:Process');
  const ids = new Set(standing.map((node) => node.id));
  const cells = new Map();
  for (const shape of laidOut.diagrams[0].plane.planeElement) {
    if (!shape.bounds || shape.bpmnElement === process || !ids.has(shape.bpmnElement.id)) continue;
    const { x, y, width, height } = shape.bounds;
    cells.set(shape.bpmnElement.id, {
      row: Math.floor((y + height / 2) / CELL.height),
      column: Math.floor((x + width / 2) / CELL.width),
    });
  }
  return withoutGaps(cells);
}

/**
 * The scope as a process of its own: subprocesses as tasks, and a compensation handler as if a
 * sequence flow led to it, so that it comes to stand beside what it undoes.
 */
function skeleton(scope) {
  const nodes = nodesOf(scope).filter((node) => !node.triggeredByEvent);
  const lines = nodes.map((node) => {
    if (isAttached(node)) {
      return `<bpmn:boundaryEvent id="${node.id}" attachedToRef="${node.attachedToRef.id}"/>`;
    }
    return `<bpmn:${skeletonType(node)} id="${node.id}"/>`;
  });
  // A flow in a file may be without an id.
  const flows = edgesOf(scope).map(({ sourceRef, targetRef }, i) => ({ id: `flow_${i}`, sourceRef, targetRef }));
  for (const { id, sourceRef, targetRef } of flows) {
    lines.push(`<bpmn:sequenceFlow id="${id}" sourceRef="${sourceRef.id}" targetRef="${targetRef.id}"/>`);
  }
  return `<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL">
    <bpmn:process id="the_scope">${withReferences(lines, flows).join('')}</bpmn:process></bpmn:definitions>`;
}

/** The library goes by what nodes say of their flows, which these files leave out. */
function withReferences(lines, edges) {
  return lines.map((line) => {
    const [, type, id] = /^<bpmn:(\w+) id="([^"]+)"/.exec(line);
    const said = edges.flatMap((edge) => [
      ...(edge.targetRef.id === id ? [`<bpmn:incoming>${edge.id}</bpmn:incoming>`] : []),
      ...(edge.sourceRef.id === id ? [`<bpmn:outgoing>${edge.id}</bpmn:outgoing>`] : []),
    ]);
    return said.length > 0 ? line.replace(/\/>$/, `>${said.join('')}</bpmn:${type}>`) : line;
  });
}

function skeletonType(node) {
  if (node.$instanceOf('bpmn:StartEvent')) return 'startEvent';
  if (node.$instanceOf('bpmn:EndEvent')) return 'endEvent';
  if (node.$instanceOf('bpmn:Event')) return 'intermediateThrowEvent';
  return node.$instanceOf('bpmn:Gateway') ? 'exclusiveGateway' : 'task';
}

/** The same order of rows and columns, without those that hold nothing. */
function withoutGaps(cells) {
  const used = (side) => [...new Set([...cells.values()].map((cell) => cell[side]))].sort((a, b) => a - b);
  const rows = used('row');
  const columns = used('column');
  return new Map(
    [...cells].map(([id, cell]) => [id, { row: rows.indexOf(cell.row), column: columns.indexOf(cell.column) }]),
  );
}
