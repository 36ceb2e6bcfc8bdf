// A real dockerd of a test's or bench's own, to compare with: own folders, socket, bridge, and its own containerd.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mountsAt } from '#lib/cn-agent/volumes/unmount.ts';
import { cleanNetwork, pidsWith, tryRun } from '#tools/clean-instance.ts';
import { dockerdBridge, giveSlot, takeSlot } from './slot.ts';
import { type CliOptions, type CliResult, get, run, waitUntil } from './stack.ts';

export interface Dockerd {
  host: string;
  socketPath: string;
  dir: string;
  pid: number;
  docker(args: string[], opts?: CliOptions): Promise<CliResult>;
  stop(): Promise<void>;
}

/** Starts dockerd (Debian's docker.io, or whatever is on PATH). `mirror` stands in for Docker Hub. */
export async function startDockerd(opts: { mirror?: string } = {}): Promise<Dockerd> {
  const taken = await takeSlot('/tmp/sdct-dockerd-');
  const { slot, dir } = taken;
  const bridge = dockerdBridge(taken);
  await tryRun('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await tryRun('ip', ['addr', 'add', `198.19.${200 + slot}.1/24`, 'dev', bridge]);
  await tryRun('ip', ['link', 'set', bridge, 'up']);
  const socketPath = join(dir, 'docker.sock');
  await mkdir(join(dir, 'data'));
  await writeFile(
    join(dir, 'daemon.json'),
    JSON.stringify({ ...(opts.mirror ? { 'registry-mirrors': [opts.mirror] } : {}) }),
  );
  const log = openSync(join(dir, 'dockerd.log'), 'a');
  const child = spawn(
    'dockerd',
    [
      '--config-file',
      join(dir, 'daemon.json'),
      '--data-root',
      join(dir, 'data'),
      '--exec-root',
      join(dir, 'exec'),
      '--pidfile',
      join(dir, 'dockerd.pid'),
      '-H',
      `unix://${socketPath}`,
      '--bridge',
      bridge,
      '--storage-driver',
      'overlay2',
    ],
    { stdio: ['ignore', log, log], detached: true },
  );
  closeSync(log);
  const host = `unix://${socketPath}`;
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: join(dir, 'docker-config') };
  await waitUntil(
    `dockerd answers (log in ${dir})`,
    async () => {
      if (child.exitCode !== null)
        throw new Error(`dockerd ended: ${(await readFile(join(dir, 'dockerd.log'), 'utf8')).slice(-2000)}`);
      return (await get(socketPath, '/_ping')) === 200;
    },
    60_000,
  );
  return {
    host,
    socketPath,
    dir,
    pid: child.pid!,
    docker: (args, cli = {}) => run('docker', args, { ...cli, env: { ...env, ...cli.env } }),
    async stop() {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await Promise.race([
        ended,
        waitUntil('dockerd ends', () => child.exitCode !== null, 20_000).catch(() => child.kill('SIGKILL')),
      ]);
      for (const pid of await pidsWith(dir)) process.kill(pid, 'SIGKILL');
      for (const point of await mountsAt(dir)) await tryRun('umount', ['-l', point]);
      await cleanNetwork(bridge);
      await giveSlot(taken);
    },
  };
}
