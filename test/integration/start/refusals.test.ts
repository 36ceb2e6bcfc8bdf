// What keeps `make run` from starting: one clear line each, a failing exit code, and nothing begun.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Stack, startStack } from '#test/harness/stack.ts';

const root = resolve(import.meta.dirname, '../../..');

/** A site's settings, as far as these tests change them. */
interface SiteSettings {
  daemon: object;
  coal: { network: { bridge: string; subnet: string } };
}

describe('make run refuses', () => {
  let stack: Stack;
  let dir = '';
  before(async () => {
    stack = await startStack({ name: 'refusals' });
    dir = mkdtempSync('/tmp/sdct-refuse-');
    chmodSync(dir, 0o755);
  });
  after(async () => {
    await stack?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  /** A file of settings that differ from the stack's. */
  function settings(change: (settings: SiteSettings) => void): string {
    const ours = JSON.parse(readFileSync(join(stack.dir, 'config.json'), 'utf8')) as SiteSettings;
    Object.assign(ours, { stateDir: join(dir, 'state'), runDir: join(dir, 'run') });
    Object.assign(ours.coal.network, { bridge: 'sdctref', subnet: '198.19.255.0/24' });
    change(ours);
    const file = join(dir, 'settings.json');
    writeFileSync(file, JSON.stringify(ours));
    return file;
  }
  /** Runs it as `make run` does; gives what it complains of. */
  function complaint(args: string[], uid = 0): string {
    const ran = spawnSync(process.execPath, ['tools/run.ts', ...args], { cwd: root, uid, timeout: 20_000 });
    assert.ok(ran.status !== null && ran.status > 0, `exit code ${ran.status}: ${ran.stderr}`);
    const lines = ran.stderr.toString().trimEnd().split('\n');
    assert.equal(lines.length, 1, ran.stderr.toString());
    return lines[0]!;
  }

  it('a user who is not root', () => {
    const file = settings(() => {});
    assert.equal(
      complaint(['--config', file], 65534),
      "sdc-docker: must be root: CoaL starts containers; try 'sudo make run'",
    );
  });

  it('an option that it does not know, and files that are none', () => {
    assert.equal(complaint(['--lissten', 'x']), "sdc-docker: Unknown option '--lissten'");
    assert.match(complaint(['--config', '/nonexistent']), /cannot read the configuration \/nonexistent/);
    writeFileSync(join(dir, 'bad.json'), '{');
    assert.match(complaint(['--config', join(dir, 'bad.json')]), /bad\.json is not valid JSON/);
  });

  it('plain TCP for the world', () => {
    const line = complaint(['--config', settings(() => {}), '--listen', 'tcp://0.0.0.0:2375']);
    assert.match(line, /will not listen on tcp:\/\/0\.0\.0\.0:2375: plain TCP is for loopback/);
  });

  it('a folder that cannot be made', () => {
    const file = settings((all) => Object.assign(all, { stateDir: '/dev/null/state' }));
    assert.equal(complaint(['--config', file]), 'sdc-docker: cannot mkdir /dev/null/state: not a directory');
  });

  it('a full disk', () => {
    const small = join(dir, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
    try {
      const file = settings((all) => Object.assign(all, { stateDir: join(small, 'state') }));
      assert.match(
        complaint(['--config', file]),
        /the disk of .*\/small\/state is full \(.* MiB free\): make room/,
      );
    } finally {
      execFileSync('umount', [small]);
    }
  });

  it("another instance's subnet, and its bridge", () => {
    const { coal } = JSON.parse(readFileSync(join(stack.dir, 'config.json'), 'utf8')) as SiteSettings;
    const { bridge, subnet } = coal.network;
    const sameSubnet = settings((all) => Object.assign(all.coal.network, { subnet }));
    assert.match(
      complaint(['--config', sameSubnet]),
      new RegExp(`the subnet ${subnet} is taken by ${bridge} \\(`),
    );
    const sameBridge = settings((all) => Object.assign(all.coal.network, { bridge }));
    assert.equal(
      complaint(['--config', sameBridge]),
      `sdc-docker: another CoaL uses the bridge ${bridge}; set coal.network.bridge`,
    );
  });

  it('a socket in use', () => {
    const listen = [stack.host];
    const file = settings((all) => Object.assign(all.daemon, { listen }));
    assert.match(
      complaint(['--config', file]),
      /docker\.sock is in use by another daemon; stop it, or set daemon\.listen/,
    );
  });

  it('a user that is not there', () => {
    const file = settings((all) => Object.assign(all.daemon, { user: 'sdct-nobody' }));
    assert.match(complaint(['--config', file]), /there is no user sdct-nobody; run 'tools\/set-up\.sh run'/);
  });

  it('and leaves what runs alone', async () => {
    assert.equal((await stack.docker(['version'])).code, 0);
    assert.ok(!existsSync(join(dir, 'state/zones')));
  });
});
