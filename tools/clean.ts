// `make clean`: removes this machine's containers, images and state, after asking.
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { exitFatal, FatalError } from '#lib/process/fatal.ts';
import { lockInstance } from '#lib/process/instance-lock.ts';
import { loadSettings, type Settings } from '#lib/settings/load.ts';
import { cleanInstance } from './clean-instance.ts';

/** The settings that name what is to go. */
interface CoalNames {
  network: { bridge: string };
  containerd: { own: boolean; socket: string; namespace: string; cgroupParent: string };
}

await clean().catch(exitFatal);

async function clean(): Promise<void> {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, yes: { type: 'boolean', short: 'y' } },
  });
  const settings = loadSettings(values.config ?? null);
  const { network, containerd } = settings.coal as unknown as CoalNames;
  if (process.getuid?.() !== 0) throw new FatalError("must be root; try 'sudo make clean'");
  if (!containerd.own)
    throw new FatalError(
      `the containers are in a containerd that is not ours; end them by 'docker rm', then 'ctr --address ${containerd.socket} namespaces remove ${containerd.namespace}'`,
    );
  await lockPrograms(settings);
  if (!values.yes && !(await agreed(settings.stateDir))) throw new FatalError('nothing removed');
  await cleanInstance({
    stateDir: settings.stateDir,
    runDir: settings.runDir,
    bridge: network.bridge,
    cgroupParent: containerd.cgroupParent,
    containerdSocket: containerd.socket,
  });
  process.stdout.write('sdc-docker: clean\n');
  process.exit(0);
}

/** Throws when one of them runs; none can start until this process ends. */
async function lockPrograms({ stateDir, daemon, coal }: Settings): Promise<void> {
  const running = `it is running on ${stateDir}; stop 'make run' first`;
  await lockInstance('sdc-docker', stateDir, running);
  await lockInstance('CoaL', String(coal.stateDir), running);
  await lockInstance('daemon', String(daemon.stateDir), running);
}

/** False also where nobody can answer. */
async function agreed(stateDir: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const question = `This removes every container, image and record in ${stateDir}. Go on? [y/N] `;
  const answer = await Promise.race([terminal.question(question), ended]);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
