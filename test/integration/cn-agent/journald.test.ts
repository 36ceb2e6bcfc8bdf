// The journald driver against a socket that stands in for systemd's journal.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { JournaldDriver, journalFields } from '#lib/cn-agent/log-drivers/journald.ts';
import { logInfoOf } from '#lib/docker-vm/log/info.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { unixDatagramReceiver } from '#test/harness/log-receiver.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { vmRecord } from '#test/unit/lib/cn-agent/vm-record.ts';

test('fields, priorities, lines that are no plain text; a journal that goes and comes', async () => {
  const dir = await mkdtemp('/tmp/sdct-journal-');
  const path = join(dir, 'socket');
  const receiver = await unixDatagramReceiver(path);
  const vm = vmRecord('11111111-2222-3333-4444-555555555555', { [MD.imageName]: 'img' });
  const driver = new JournaldDriver(journalFields(logInfoOf(vm), 'tag', { APP: 'x' }), path);
  try {
    await driver.connect();
    const time = { sec: 1_800_000_000, nsec: 500_000_000 };
    await driver.send([
      { ...time, stream: 1, line: Buffer.from('plain'), partial: null },
      { ...time, stream: 2, line: Buffer.from('a\nb'), partial: { id: 'p', ordinal: 1, last: false } },
    ]);
    await waitUntil('both have come', () => receiver.chunks.length === 2);
    const [plain, odd] = receiver.chunks.map((chunk) => chunk.toString('latin1'));
    assert.deepEqual(
      plain!.split('\n').filter((field) => !field.startsWith('CONTAINER_LOG_EPOCH=')),
      [
        'PRIORITY=6',
        'MESSAGE=plain',
        'CONTAINER_ID=111111112222',
        'CONTAINER_ID_FULL=11111111222233334444555555555555',
        'CONTAINER_NAME=vm-11111111',
        'CONTAINER_TAG=tag',
        'IMAGE_NAME=img',
        'SYSLOG_IDENTIFIER=tag',
        'APP=x',
        'SYSLOG_TIMESTAMP=2027-01-15T08:00:00.5Z',
        'CONTAINER_LOG_ORDINAL=1',
        '',
      ],
    );
    assert.ok(odd!.startsWith(`PRIORITY=3\nMESSAGE\n${String.fromCharCode(3)}${'\0'.repeat(7)}a\nb\n`));
    assert.match(odd!, /CONTAINER_PARTIAL_MESSAGE=true\n$/);
    await receiver.stop();
    const more = [{ ...time, stream: 1 as const, line: Buffer.from('more'), partial: null }];
    await assert.rejects(driver.send(more), /ECONNREFUSED|ENOENT|ENOTCONN/);
    await assert.rejects(driver.connect(), { message: 'journald is not enabled on this host' });
    await receiver.start();
    await driver.connect();
    await driver.send(more);
    await waitUntil('it has come', () => receiver.chunks.length === 3);
  } finally {
    driver.close();
    await receiver.stop();
    await rm(dir, { recursive: true, force: true });
  }
});
