// The diagram interchange of a file, as text: where `place.mjs` has put its shapes and which ways
// `route.mjs` has found. Nothing else of a file is touched here.

import { edgesOf, isAttached, isScope, nodesOf, read, rootsOf } from './model.mjs';
import { placePools, placeScope } from './place.mjs';
import { route } from './route.mjs';

/** Modelers leave some space around a drawing. */
const ORIGIN = { x: 160, y: 80 };

const NAMESPACES =
  'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" ' +
  'xmlns:di="http://www.omg.org/spec/DD/20100524/DI"';

const END = /(\s*)(<\/([a-z0-9]+:)?definitions>\s*)$/;
const INTERCHANGE = /\s*<bpmndi:BPMNDiagram[\s\S]*<\/bpmndi:BPMNDiagram>/;

/** The scopes of a process, from the outside in. */
const scopesOf = (scope) => [scope, ...nodesOf(scope).filter(isScope).flatMap(scopesOf)];

/** The sides at which a connection may begin and end, where not all will do. */
function sidesOf(edge) {
  return {
    leave: isAttached(edge.sourceRef) ? ['bottom'] : undefined,
    arrive: edge.$type === 'bpmn:Association' ? ['left', 'top'] : undefined,
  };
}

function routesOf(scope, shapes) {
  const obstacles = shapes.filter((shape) => shape.scope === scope);
  const shapeOf = (element) => obstacles.find((shape) => shape.element === element);
  const connections = edgesOf(scope).map((edge) => ({
    edge,
    source: shapeOf(edge.sourceRef),
    target: shapeOf(edge.targetRef),
    ...sidesOf(edge),
  }));
  return route(connections, obstacles);
}

/** Message flows go straight to the pool above or below, or around shapes to one in it. */
function messagesOf(collaboration, shapes) {
  const shapeOf = (element) => shapes.find((shape) => shape.element === element);
  const isPool = (shape) => shape.element.$type === 'bpmn:Participant';
  const solid = shapes.filter((shape) => shape.element.$instanceOf('bpmn:FlowNode') && !isScope(shape.element));
  const connections = collaboration.get('messageFlows').map((edge) => {
    let [source, target] = [shapeOf(edge.sourceRef), shapeOf(edge.targetRef)];
    const [leave, arrive] = source.y < target.y ? [['bottom'], ['top']] : [['top'], ['bottom']];
    if (isPool(target)) target = { ...target, x: source.x, width: source.width };
    else if (isPool(source)) source = { ...source, x: target.x, width: target.width };
    return { edge, source, target, leave, arrive };
  });
  return route(connections, solid);
}

/** All diagrams of a file: one of its collaboration, or one for each process. */
async function diagramsOf(definitions) {
  const [collaboration] = rootsOf(definitions, 'bpmn:Collaboration');
  const roots = collaboration ? [collaboration] : rootsOf(definitions, 'bpmn:Process');
  const diagrams = [];
  for (const root of roots) {
    const shapes = collaboration ? await placePools(root) : await placeScope(root);
    const processes = collaboration ? root.get('participants').flatMap((each) => each.processRef ?? []) : [root];
    const edges = processes.flatMap(scopesOf).flatMap((scope) => routesOf(scope, shapes.shapes));
    if (collaboration) edges.push(...messagesOf(root, shapes.shapes));
    diagrams.push({ root, shapes: shapes.shapes, edges });
  }
  return diagrams;
}

function attributesOf(element) {
  if (element.$type === 'bpmn:ExclusiveGateway') return ' isMarkerVisible="true"';
  if (element.$type === 'bpmn:Participant' || element.$type === 'bpmn:Lane') return ' isHorizontal="true"';
  return isScope(element) ? ' isExpanded="true"' : '';
}

function written({ root, shapes, edges }) {
  const at = (x, y) => `x="${x + ORIGIN.x}" y="${y + ORIGIN.y}"`;
  const lines = [
    `  <bpmndi:BPMNDiagram ${NAMESPACES} id="${root.id}_diagram">`,
    `    <bpmndi:BPMNPlane id="${root.id}_plane" bpmnElement="${root.id}">`,
  ];
  for (const { element, x, y, width, height } of shapes) {
    lines.push(
      `      <bpmndi:BPMNShape id="${element.id}_shape" bpmnElement="${element.id}"${attributesOf(element)}>`,
      `        <dc:Bounds ${at(x, y)} width="${width}" height="${height}"/>`,
      '      </bpmndi:BPMNShape>',
    );
  }
  // Interchange cannot name a flow that has no id.
  for (const { edge, points } of edges.filter((each) => each.edge.id)) {
    lines.push(
      `      <bpmndi:BPMNEdge id="${edge.id}_edge" bpmnElement="${edge.id}">`,
      ...points.map(({ x, y }) => `        <di:waypoint ${at(x, y)}/>`),
      '      </bpmndi:BPMNEdge>',
    );
  }
  return [...lines, '    </bpmndi:BPMNPlane>', '  </bpmndi:BPMNDiagram>'].join('\n');
}

export const hasInterchange = (text) => INTERCHANGE.test(text);
export const withoutInterchange = (text) => text.replace(INTERCHANGE, '');

/** The same text with interchange before its end. */
export async function withInterchange(text) {
  const diagrams = await diagramsOf(await read(text));
  const interchange = diagrams.map(written).join('\n');
  if (!END.test(text)) throw new Error('Expected the definitions to end at the end of the file, but something follows.');
  return text.replace(END, (_, space, end) => `\n${interchange}${space}${end}`);
}
