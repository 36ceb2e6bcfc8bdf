// Nothing a container prints is lost, reordered or changed: a gigabyte of binary through run, logs and exec.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { suite } from '#test/harness/suite.ts';

const GIGABYTE = 1 << 30;
/** On a busy machine of two cores it takes a while. */
const SLOW = { timeoutMs: 300_000 };
/** Random-looking and repeatable: md5 of the same command on the other end must agree. */
const PRINT = `dd if=/dev/urandom of=/tmp/seed bs=1M count=16 2>/dev/null; i=0; while [ $i -lt 64 ]; do cat /tmp/seed; i=$((i+1)); done`;

describe('a gigabyte of binary', () => {
  const s = suite('bytes');

  /** Runs the CLI and hashes its stdout as it comes. */
  function hashOf(args: string[]): Promise<{ bytes: number; md5: string; code: number | null }> {
    return new Promise((done) => {
      const child = s.stack.spawn(args);
      const hash = createHash('md5');
      let bytes = 0;
      child.stdin!.end();
      child.stdout!.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        hash.update(chunk);
      });
      child.on('close', (code) => done({ bytes, md5: hash.digest('hex'), code }));
    });
  }

  it('compares equal through run, logs and exec', async () => {
    const ran = await hashOf(['run', '--name', 'big', 'busybox', 'sh', '-c', PRINT]);
    assert.deepEqual([ran.bytes, ran.code], [GIGABYTE, 0]);
    const logged = await hashOf(['logs', 'big']);
    assert.deepEqual(logged, ran);
    await s.stack.ok(['start', 'big']);
    await s.stack.ok(['rm', '-f', 'big']);

    const id = await s.stack.ok(['run', '-d', 'busybox', 'sleep', '10000']);
    const printed = await s.stack.ok(['exec', id, 'sh', '-c', `(${PRINT}) | md5sum`], SLOW);
    const there = printed.split(' ')[0];
    const seed = PRINT.slice(PRINT.indexOf('i=0'));
    const executed = await hashOf(['exec', id, 'sh', '-c', seed]);
    assert.deepEqual(executed, { bytes: GIGABYTE, md5: there, code: 0 });
    await s.stack.ok(['rm', '-f', id]);
  });
});
