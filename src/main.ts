// The daemon as a program: arguments, signals, exit codes. Started as root it binds its sockets and becomes its own user.
import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type Logger from 'bunyan';
import { collectLess } from '#lib/process/collect-less.ts';
import { exitFatal } from '#lib/process/fatal.ts';
import { lockInstance } from '#lib/process/instance-lock.ts';
import { openLog } from '#lib/process/open-log.ts';
import { becomeUser, type SystemUser, systemUser } from '#lib/process/system-user.ts';
import { loadSettings } from '#lib/settings/load.ts';
import { createDaemon, type Daemon } from '#src/app.ts';
import { readDaemonConfig } from '#src/config.ts';
import { bindGate, type Gate, parseListenAddress } from '#src/server/listen.ts';

/** Answers under way get this long (ms). */
const GRACE = 500;
/** sysexits.h EX_SOFTWARE. */
const EXIT_CRASH = 70;

try {
  await main();
} catch (err) {
  exitFatal(err);
}

async function main(): Promise<void> {
  collectLess();
  const { values } = parseArgs({
    options: { config: { type: 'string' }, listen: { type: 'string', multiple: true } },
  });
  const settings = loadSettings(values.config ?? null);
  const config = readDaemonConfig(settings.daemon, values.listen ?? []);
  const log = openLog('sdc-docker', config.logLevel);
  const addresses = config.listen.map(parseListenAddress);
  await lockInstance('daemon', config.stateDir);
  const user = process.getuid?.() === 0 ? systemUser(config.user) : null;
  if (user !== null) prepareStateDir(config.stateDir, user);

  // Bound as root, since their folders are root's; nobody is answered before the daemon is its own user.
  const gates: Gate[] = [];
  for (const address of addresses) gates.push(await bindGate(address, { group: user?.gid ?? null, log }));
  // While it may still write there; otherwise Node does it at the end, as a user who may not.
  flushCompileCache();
  if (user !== null) becomeUser(user);
  else mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const daemon = createDaemon(config, log);
  // It never listens itself: without this event Node would not watch its connections' header time-outs.
  daemon.server.emit('listening');
  for (const gate of gates) gate.open(daemon.server);
  endOnSignals(daemon, gates, log);
}

/** Its folder inside root's; a folder made by root in an earlier life is handed over whole. */
function prepareStateDir(dir: string, { uid, gid }: SystemUser): void {
  mkdirSync(dirname(dir), { recursive: true, mode: 0o711 });
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o700);
  for (const path of [dir, ...readdirSync(dir).map((name) => join(dir, name))]) chownSync(path, uid, gid);
}

function endOnSignals(daemon: Daemon, gates: Gate[], log: Logger): void {
  let ending = false;
  const end = (signal: string): void => {
    if (ending) return;
    ending = true;
    log.info({ signal }, 'the daemon ends; containers go on');
    for (const gate of gates) gate.close();
    daemon.server.closeIdleConnections();
    // Streams (events, attach, logs -f) never end by themselves: they are cut after a moment.
    setTimeout(() => {
      daemon.server.closeAllConnections();
      daemon.close().then(
        () => process.exit(0),
        (err: unknown) => {
          log.error({ err }, 'the daemon did not end cleanly');
          process.exit(1);
        },
      );
    }, GRACE);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  // tools/run.ts is gone, and with it whoever would end us.
  process.on('disconnect', () => end('disconnect'));
  const crash = (what: string) => (err: unknown) => {
    log.fatal({ err }, `${what}: the daemon ends and is started again`);
    setImmediate(() => process.exit(EXIT_CRASH));
  };
  process.on('uncaughtException', crash('uncaught exception'));
  process.on('unhandledRejection', crash('unhandled rejection'));
}
