// `make clean`: removes this machine's containers, images and state, after asking.
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { loadSettings } from '#lib/settings/load.ts';
import { cleanInstance, pidsWith } from './clean-instance.ts';

const { values } = parseArgs({
  options: { config: { type: 'string' }, yes: { type: 'boolean', short: 'y' } },
});
const settings = loadSettings(values.config ?? null);
const coal = settings.coal as {
  network: { bridge: string };
  containerd: { socket: string; cgroupParent: string };
};

if (process.getuid?.() !== 0) fail('must be root');
for (const program of ['lib/coal/main.ts', 'src/main.ts']) {
  if (!values.config && (await pidsWith(program)).length > 0)
    fail('CoaL or the daemon is running; stop `make run` first');
}
if (!values.yes) {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(
    `This removes every container, image and record in ${settings.stateDir}. Go on? [y/N] `,
  );
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) fail('nothing removed');
}
await cleanInstance({
  stateDir: settings.stateDir,
  runDir: settings.runDir,
  bridge: coal.network.bridge,
  cgroupParent: coal.containerd.cgroupParent,
  containerdSocket: coal.containerd.socket,
});
process.stdout.write('sdc-docker: clean\n');

function fail(why: string): never {
  process.stderr.write(`sdc-docker: ${why}\n`);
  process.exit(1);
}
