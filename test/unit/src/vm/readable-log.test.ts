// Which containers' output can be read later.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import { requireReadableLog } from '#src/vm/readable-log.ts';
import { buildVm } from './build-vm.ts';

const vm = (driver: string, config: object) =>
  buildVm({}, { [MD.logDriver]: driver, [MD.logConfig]: JSON.stringify(config) });

test('all but none and those without a copy', () => {
  requireReadableLog(buildVm());
  requireReadableLog(vm('syslog', {}));
  for (const unreadable of [vm('none', {}), vm('gelf', { 'cache-disabled': 'true' })]) {
    assert.throws(() => requireReadableLog(unreadable), {
      kind: 'notImplemented',
      message: 'configured logging driver does not support reading',
    });
  }
});
