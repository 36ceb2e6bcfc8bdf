// docker run --security-opt, --device-cgroup-rule, --gpus, --storage-opt, --runtime, --isolation, --cpu-rt-*: what each does, or says.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { suite } from '#test/harness/suite.ts';

describe('confinement of a container', () => {
  const s = suite('confinement');
  const run = (...args: string[]) => s.stack.docker(['run', '--rm', '--network', 'none', ...args]);
  const out = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };

  it('opens a device that a rule lets in, and no other', async () => {
    const look = ['busybox', 'sh', '-c', 'mknod /fuse c 10 229 && head -c 0 /fuse && echo open'];
    assert.match((await run(...look)).stderr, /Operation not permitted/);
    assert.equal(await out('--device-cgroup-rule', 'c 10:229 r', ...look), 'open');
    assert.equal(await out('--device-cgroup-rule', 'c *:* rwm', ...look), 'open');
    const { code, stderr } = await run(
      '--device-cgroup-rule',
      'c 10:229 r',
      '--device',
      '/dev/nosuch',
      ...look,
    );
    assert.equal(code, 127);
    assert.match(stderr, /error gathering device information while adding custom device "\/dev\/nosuch"/);
  });

  it('shows the guarded paths when it is told to', async () => {
    const look = [
      'busybox',
      'sh',
      '-c',
      'mount | grep -cE "on /(proc|sys)/[^ ]+ type (proc|tmpfs|sysfs) "; mount | grep -c " /proc/sys "; true',
    ];
    const [guarded, isReadOnly] = (await out(...look)).split('\n').map(Number);
    const [open, isStill] = (await out('--security-opt', 'systempaths=unconfined', ...look))
      .split('\n')
      .map(Number);
    assert.ok(guarded! > open!, `${guarded} ${open}`);
    assert.deepEqual([isReadOnly, isStill], [1, 0]);
  });

  it('takes what has no effect on this machine as dockerd does', async () => {
    for (const option of ['apparmor=unconfined', 'label=disable', 'label=type:svirt_t', 'seccomp=unconfined'])
      assert.equal(await out('--security-opt', option, 'busybox', 'echo', option), option);
    assert.equal(
      await out('--userns', 'host', '--runtime', 'runc', '--isolation', 'default', 'busybox', 'echo', 'x'),
      'x',
    );
  });

  it('refuses in words what this machine does not have', async () => {
    for (const [args, text] of [
      [['--gpus', 'all'], 'could not select device driver "" with capabilities: [[gpu]]'],
      [
        ['--storage-opt', 'size=10G'],
        "--storage-opt is supported only for overlay over xfs with 'pquota' mount option",
      ],
      [['--runtime', 'nosuch'], 'unknown or invalid runtime name: nosuch'],
      [['--isolation', 'hyperv'], "invalid isolation (hyperv): linux only supports 'default'"],
      [
        ['--cpu-rt-period', '1000', '--cpu-rt-runtime', '2000'],
        'cpu real-time runtime cannot be higher than cpu real-time period',
      ],
      [['--security-opt', 'nosuch=x'], 'invalid --security-opt 2: "nosuch=x"'],
    ] as const) {
      const { code, stderr } = await run(...args, 'busybox', 'true');
      assert.equal(code, 125);
      assert.ok(stderr.startsWith(`docker: Error response from daemon: ${text}`), stderr);
    }
    assert.equal(await s.stack.ok(['ps', '-aq']), '');
  });
});
