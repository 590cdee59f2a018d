// What a listener of a user task says to what is about to happen. It takes effect when the
// step returns an empty object, and is forgotten when it throws. Whoever denies corrects
// nothing. In unit tests the module is replaced by host-stand-in.ts.

import verdict from "gardesh:step/verdict@0.1.0";

import type { Corrections } from "./wit.ts";

/**
 * The change is not to happen, and why: the reason goes to whoever asked and into the history. Of several
 * calls the last one counts.
 */
export function deny(reason = ""): void {
  verdict.deny(reason);
}

/**
 * The change is to happen with these corrections; what is left out stays as it is, and an
 * empty text takes a value away. Several calls add up.
 */
export function correct(changes: Partial<Corrections>): void {
  verdict.correct({
    assignee: changes.assignee ?? null,
    candidateGroups: changes.candidateGroups ?? null,
    candidateUsers: changes.candidateUsers ?? null,
    dueDate: changes.dueDate ?? null,
    followUpDate: changes.followUpDate ?? null,
    priority: changes.priority ?? null,
  });
}
