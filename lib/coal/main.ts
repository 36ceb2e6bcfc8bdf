// CoaL as a program: Triton's services on this machine, as root. Ends on SIGTERM or SIGINT; containers go on.
import { parseArgs } from 'node:util';
import { collectLess } from '#lib/process/collect-less.ts';
import { exitFatal } from '#lib/process/fatal.ts';
import { lockInstance } from '#lib/process/instance-lock.ts';
import { openLog } from '#lib/process/open-log.ts';
import { completePath } from '#lib/process/system-path.ts';
import { systemUser } from '#lib/process/system-user.ts';
import { loadSettings } from '#lib/settings/load.ts';
import { readCoalConfig } from './config.ts';
import { preflight } from './preflight.ts';
import { startCoal } from './start.ts';

try {
  await main();
} catch (err) {
  exitFatal(err);
}

async function main(): Promise<void> {
  collectLess();
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  const config = readCoalConfig(loadSettings(values.config ?? null).coal);
  const log = openLog('coal', config.logLevel);
  process.env.PATH = completePath(process.env.PATH);
  preflight(config);
  await lockInstance('CoaL', config.stateDir);
  // What no container of ours holds on the bridge is removed: another instance's would be.
  const { bridge } = config.network;
  await lockInstance('bridge', bridge, `another CoaL uses the bridge ${bridge}; set coal.network.bridge`);
  const began = performance.now();
  const coal = await startCoal(config, systemUser(config.group).gid, log);
  log.info({ ms: Math.round(performance.now() - began), sockets: config.socketDir }, 'CoaL is up');

  let ending = false;
  const end = (signal: string): void => {
    if (ending) return;
    ending = true;
    log.info({ signal }, 'CoaL ends; containers go on');
    coal.close().then(
      () => process.exit(0),
      (err: unknown) => {
        log.error({ err }, 'CoaL did not end cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  // tools/run.ts is gone, and with it whoever would end us.
  process.on('disconnect', () => end('disconnect'));
  process.on('uncaughtException', (err) => crash(log, err, 'uncaught exception'));
  process.on('unhandledRejection', (err) => crash(log, err, 'unhandled rejection'));
}

/** A mistake of ours: what is in memory is not to be trusted, what is on disk is; run.ts or systemd starts us again. */
function crash(log: ReturnType<typeof openLog>, err: unknown, what: string): void {
  log.fatal({ err }, `${what}: CoaL ends and is started again`);
  process.exitCode = 70;
  setImmediate(() => process.exit(70));
}
