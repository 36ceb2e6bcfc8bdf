// What is known of each operation of the Engine API; the rows are in the files beside this one.

/**
 * done: as dockerd. partial: works, with the differences that `reason` names. notImplemented: answers 501. swarm: answers
 * dockerd's "This node is not a swarm manager".
 */
export type OperationState = 'done' | 'partial' | 'notImplemented' | 'swarm';

export interface Operation {
  /** Of the Docker spec (newest name); also the name in route, log and test. */
  operationId: string;
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Without version; parameters as ':name'. */
  path: string;
  /** Minor of the first API version that has it, where older versions answer "page not found". */
  since?: number;
  state: OperationState;
  /** What is missing; required for partial. */
  reason?: string;
  /** The docker commands that use it, '' when none does. */
  cli: string;
}
