// os-release as sysinfo reads it.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseOsRelease } from '#lib/cn-agent/sysinfo.ts';

it('parseOsRelease takes quotes off', () => {
  const text = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID=\'12\'\nID=debian\n# note\n';
  assert.deepEqual(parseOsRelease(text), {
    PRETTY_NAME: 'Debian GNU/Linux 12 (bookworm)',
    VERSION_ID: '12',
    ID: 'debian',
  });
});
