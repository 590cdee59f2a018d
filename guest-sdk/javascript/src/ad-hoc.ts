// What the job that leads an ad-hoc subprocess chooses. It takes effect when the step returns,
// and is forgotten when it throws. What can be entered is in the variable
// adHocSubProcessElements. In unit tests the module is replaced by host-stand-in.ts.

import adHoc from "gardesh:step/ad-hoc@0.1.0";

/**
 * Enters an element, with variables of its own. Calls add up to at most 100 elements; one
 * that is named twice is entered twice.
 */
export function activateElement(elementId: string, variables: object = {}): void {
  adHoc.activateElement(elementId, JSON.stringify(variables));
}

/**
 * The completion condition is fulfilled: the subprocess is left as soon as nothing in it is
 * active. Nobody does this and activates elements as well.
 */
export function fulfilCompletionCondition(): void {
  adHoc.fulfilCompletionCondition();
}

/** Ends what is active in the subprocess, before anything else that was chosen happens. */
export function cancelRemainingInstances(): void {
  adHoc.cancelRemainingInstances();
}
