// Flags of other docker commands that differ from dockerd; a flag without a row is as there.
import type { Flag } from './types.ts';

export interface CommandFlag extends Flag {
  /** The docker command, as in Operation.cli. */
  command: string;
}

export const COMMAND_FLAGS: readonly CommandFlag[] = [
  {
    command: 'docker rm',
    flags: '--volumes, --link',
    fields: ['?v', '?link'],
    state: 'partial',
    reason: 'anonymous volumes always go with the container; there are no links to remove',
  },
];
