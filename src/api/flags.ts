// Every flag group of `docker run` and `docker create`, with its state: docs/divergence.md follows it.
import { IDENTITY_FLAGS } from './flags/identity.ts';
import { ISOLATION_FLAGS } from './flags/isolation.ts';
import { NETWORK_FLAGS } from './flags/network.ts';
import { PROCESS_FLAGS } from './flags/process.ts';
import { RESOURCE_FLAGS } from './flags/resources.ts';
import { STORAGE_FLAGS } from './flags/storage.ts';
import type { Flag } from './flags/types.ts';

export type { Flag, FlagState } from './flags/types.ts';

/** The flags of `docker run` and `docker create`. */
export const CREATE_FLAGS: readonly Flag[] = [
  ...IDENTITY_FLAGS,
  ...PROCESS_FLAGS,
  ...NETWORK_FLAGS,
  ...STORAGE_FLAGS,
  ...RESOURCE_FLAGS,
  ...ISOLATION_FLAGS,
];
