// One stack with a registry and busybox pulled, for all tests of a file.
import { mkdtemp, rm } from 'node:fs/promises';
import { after, before } from 'node:test';
import { pushBusybox, type Registry, startRegistry } from './registry.ts';
import { type Stack, startStack } from './stack.ts';

/** What a test file works with; the members are there once `before` has run. */
export interface Suite {
  stack: Stack;
  registry: Registry;
}

/** Call at the top of a test file. Every container a test makes is removed by stopping the stack. */
export function suite(
  name: string,
  opts: { pull?: boolean; daemon?: Record<string, unknown>; coal?: Record<string, unknown> } = {},
): Suite {
  const it = {} as Suite;
  let dir = '';
  before(async () => {
    dir = await mkdtemp('/tmp/sdct-registry-');
    it.registry = await startRegistry(dir);
    await pushBusybox(it.registry, 'library/busybox', 'latest');
    it.stack = await startStack({ name, mirror: it.registry.url, daemon: opts.daemon, coal: opts.coal });
    if (opts.pull !== false) await it.stack.ok(['pull', '-q', 'busybox']);
  });
  after(async () => {
    await it.stack?.stop();
    await it.registry?.stop();
    await rm(dir, { recursive: true, force: true });
  });
  return it;
}
