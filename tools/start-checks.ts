// What `make run` looks at before it starts a program, so that whatever is wrong is said once and nothing was begun.
import { readCoalConfig } from '#lib/coal/config.ts';
import { preflight } from '#lib/coal/preflight.ts';
import { lockInstance } from '#lib/process/instance-lock.ts';
import { systemUser } from '#lib/process/system-user.ts';
import { loadSettings } from '#lib/settings/load.ts';
import { readDaemonConfig } from '#src/config.ts';
import { parseListenAddress, refuseIfInUse } from '#src/server/listen.ts';

/** Throws an Error whose message is for the person at the terminal. Until this process ends no other one passes for the same folders. */
export async function startChecks(configFile: string | null, listen: readonly string[]): Promise<void> {
  const settings = loadSettings(configFile);
  const coal = readCoalConfig(settings.coal);
  const daemon = readDaemonConfig(settings.daemon, listen);
  const addresses = daemon.listen.map(parseListenAddress);
  preflight(coal);
  for (const name of new Set([daemon.user, coal.group])) systemUser(name);
  await lockInstance('sdc-docker', settings.stateDir);
  await Promise.all(addresses.map(refuseIfInUse));
}
