// At the daemon's start: networks whose making or removal was cut off are taken away.
import type Logger from 'bunyan';
import type { NetworkRecord, Store } from '#lib/store/types.ts';
import type { NapiClient } from '#lib/triton/types.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import { removeFabric } from './remove-fabric.ts';

/** Asked before anybody is served: what is being made later is not cut off. */
export function cutOffNetworks(store: Store['networks']): NetworkRecord[] {
  return store.all().filter(({ state }) => state !== 'ready');
}

/** In the background; what cannot be taken away now stays on record for the next start. Never rejects. */
export async function sweepNetworks(parts: {
  cutOff: NetworkRecord[];
  store: Store['networks'];
  napi: NapiClient;
  log: Logger;
}): Promise<void> {
  const { cutOff, store, napi, log } = parts;
  for (const record of cutOff) {
    log.info({ network: record.uuid, state: record.state }, 'taking away a network that was cut off');
    try {
      await removeFabric({ store, napi, call: { reqId: 'sweep-networks' } }, record);
    } catch (err) {
      // It has become a network again: a container is on it.
      if (record.state === 'going' && hasRestCode(err, 'InUse')) store.put({ ...record, state: 'ready' });
      log.warn({ err, network: record.uuid }, 'a network that was cut off could not be taken away');
    }
  }
}
