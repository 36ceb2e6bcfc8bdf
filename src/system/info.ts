// SystemInfo: GET /info.
import { readdir } from 'node:fs/promises';
import { daemonVersion } from '#src/api/identity.ts';
import { existing } from '#src/containers/lookup.ts';
import type { Reply, Req } from '#src/context.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { infoForVersion } from './info-versions.ts';
import { toServerFacts } from './server-facts.ts';
import type { ServerLists } from './server-list.ts';
import { toInfo } from './to-info.ts';

/** Handler of /info. Only VMAPI must answer: without CNAPI there is a warning instead of facts. */
export function systemInfo(lists: ServerLists): (req: Req) => Promise<Reply> {
  return async (req) => {
    const { app, account, call } = req;
    const query = { predicate: existing(account) };
    const [vms, { servers, stale }, openFiles] = await Promise.all([
      asDocker(app.triton.vmapi.listVms(query, call), { ref: '' }),
      lists.get(req),
      countOpenFiles(),
    ]);
    const info = toInfo({
      config: app.config,
      account: account.login,
      serverVersion: daemonVersion(),
      vms,
      images: app.store.images.list(account.uuid).length,
      facts: toServerFacts(servers),
      stale,
      now: new Date(),
      openFiles,
    });
    return { status: 200, body: infoForVersion(info, req.version) };
  };
}

/** −1 where /proc does not say, as dockerd. */
async function countOpenFiles(): Promise<number> {
  try {
    return (await readdir('/proc/self/fd')).length;
  } catch {
    return -1;
  }
}
