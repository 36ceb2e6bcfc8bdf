// Disk quotas with the real CLI, on a file system made for it; skipped by name where the kernel has no project quotas.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { canLimit } from '#lib/cn-agent/quota/quota.ts';
import { pushBusybox, type Registry, startRegistry } from '#test/harness/registry.ts';
import { type Stack, startStack } from '#test/harness/stack.ts';

/** A disk with project quotas at /tmp/…/disk, or the reason why there is none. */
function quotaDisk(dir: string): string | null {
  const image = join(dir, 'image');
  const disk = join(dir, 'disk');
  const run = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: 'pipe' });
  try {
    run('mkdir', disk);
    run('truncate', '-s', '1G', image);
    run('mke2fs', '-q', '-t', 'ext4', '-O', 'quota,project', '-E', 'quotatype=prjquota', image);
    run('mount', '-o', 'loop,prjquota', image, disk);
    return null;
  } catch (err) {
    return `no disk with project quotas can be made here: ${String((err as { stderr?: Buffer }).stderr ?? err).split('\n')[0]}`;
  }
}

const dir = mkdtempSync('/tmp/sdct-quotas-');
const why = quotaDisk(dir);
const able = why === null && (await canLimit([join(dir, 'disk')]));
const skip = able ? false : (why ?? 'this kernel does not enforce project quotas');

describe('disk quotas', { skip }, () => {
  let registry: Registry;
  let stack: Stack;
  before(async () => {
    registry = await startRegistry(dir);
    await pushBusybox(registry, 'library/busybox', 'latest');
    const stateDir = join(dir, 'disk');
    stack = await startStack({ name: 'quotas', mirror: registry.url, coal: { stateDir } });
    await stack.ok(['pull', '-q', 'busybox']);
  });
  after(async () => {
    await stack?.stop();
    await registry?.stop();
  });
  const fill = (path: string) => ['busybox', 'dd', 'if=/dev/zero', `of=${path}`, 'bs=1M', 'count=40'];

  it('holds a writable layer to --storage-opt size=, and lets files move in it', async () => {
    const full = await stack.docker(['run', '--storage-opt', 'size=10M', '--name', 'small', ...fill('/x')]);
    assert.equal(full.code, 1);
    assert.match(full.stderr, /quota exceeded/i);
    const script = 'mkdir /a /b; echo 1 > /a/f; mv /a/f /b/f; cat /b/f';
    assert.equal(
      (await stack.ok(['run', '--rm', '--storage-opt', 'size=10M', 'busybox', 'sh', '-c', script])).trim(),
      '1',
    );
    await stack.ok(['rm', 'small']);
    await stack.ok(['run', '--rm', ...fill('/x')]);
  });

  it('holds a volume to its size', async () => {
    await stack.ok(['volume', 'create', '--opt', 'size=5M', 'little']);
    const full = await stack.docker(['run', '--rm', '-v', 'little:/v', ...fill('/v/x')]);
    assert.match(full.stderr, /quota exceeded/i);
    await stack.ok(['volume', 'rm', 'little']);
  });

  it('is told by docker info', async () => {
    assert.match(await stack.ok(['info']), /Disk Quotas: true/);
  });
});

after(() => {
  if (why === null) execFileSync('umount', ['-l', join(dir, 'disk')]);
  rmSync(dir, { recursive: true, force: true });
});
