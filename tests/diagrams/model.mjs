// What layout and drawing need of a diagram: its scopes, and in each the nodes, what is attached to
// them and what joins them. Where things go is not decided here.

import { BpmnModdle } from 'bpmn-moddle';

const EVENT = { width: 36, height: 36 };
const GATEWAY = { width: 50, height: 50 };
const ACTIVITY = { width: 100, height: 80 };

/** Root elements and artifacts that need no place in a drawing, besides those that have one. */
const WITHOUT_SHAPE = ['bpmn:SequenceFlow', 'bpmn:Association'];

export async function read(text) {
  const { rootElement, warnings } = await new BpmnModdle().fromXML(text);
  if (warnings.length > 0) {
    throw new Error(warnings.map((warning) => warning.message).join('\n'));
  }
  return rootElement;
}

export const rootsOf = (definitions, type) =>
  definitions.get('rootElements').filter((element) => element.$type === type);

/** The elements of a scope that have a shape. */
export function nodesOf(scope) {
  const nodes = scope.get('flowElements').filter((element) => !WITHOUT_SHAPE.includes(element.$type));
  const artifacts = (scope.artifacts ?? []).filter((element) => !WITHOUT_SHAPE.includes(element.$type));
  const strange = [...nodes, ...artifacts].find((element) => !element.$instanceOf('bpmn:FlowNode'));
  if (strange) {
    throw new Error(
      `Expected events, activities and gateways, but found ${strange.id}, a ${strange.$type}. ` +
        'Give this diagram its shapes in a modeler.',
    );
  }
  return nodes;
}

/** The connections within a scope: sequence flows and associations. */
export function edgesOf(scope) {
  const flows = scope.get('flowElements').filter((element) => element.$type === 'bpmn:SequenceFlow');
  const associations = (scope.artifacts ?? []).filter((element) => element.$type === 'bpmn:Association');
  return [...flows, ...associations];
}

export const isScope = (element) => element.$instanceOf('bpmn:SubProcess');
export const isAttached = (element) => element.$type === 'bpmn:BoundaryEvent';

/** The size of what has nothing inside. */
export function sizeOf(element) {
  if (element.$instanceOf('bpmn:Event')) return EVENT;
  if (element.$instanceOf('bpmn:Gateway')) return GATEWAY;
  return ACTIVITY;
}

/** About what a character of a label takes. */
export const CHARACTER = 7;
/** Longer conditions would cover more than they explain. */
const LONGEST = 36;

/** What a drawing says of an element: its name, its id where it has none, or the condition of a flow. */
export function captionOf(element) {
  if (element.name || !element.$instanceOf('bpmn:FlowElement')) return element.name;
  if (element.$type !== 'bpmn:SequenceFlow') return element.id;
  const condition = element.conditionExpression?.body?.trim().replace(/^=\s*/, '');
  return condition?.length > LONGEST ? `${condition.slice(0, LONGEST - 1)}…` : condition;
}
