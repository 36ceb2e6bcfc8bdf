// The name server of the containers' networks: it listens at the machine's own address on each, and knows who asks by his address there.
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type Logger from 'bunyan';
import type { NameServer } from '#lib/cn-agent/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import { answer } from './answer.ts';
import { listenForNames } from './listen.ts';
import { NameIndex } from './name-index.ts';
import { type Server, serverAt } from './upstream.ts';

/** Always the same: rules inside containers that outlive us lead here. No program of the machine is at this port of our own addresses. */
const PORT = 5311;
/** dockerd's, where the machine has none. */
const FALLBACK = ['8.8.8.8', '8.8.4.4'];

export interface NameServerOptions {
  /** VMAPI's records: all of them now, and each as it changes. */
  vms: Iterable<Vm>;
  onVm: (listener: (vm: Vm) => void) => void;
  log: Logger;
  /** For tests. */
  hostServers?: () => Promise<Server[]>;
}

export interface OwnNameServer extends NameServer {
  /** The address is no longer ours. */
  leave(ip: string): Promise<void>;
  close(): Promise<void>;
}

/** Nobody is listened to yet. */
export function createNameServer({
  vms,
  onVm,
  log,
  hostServers = readHostServers,
}: NameServerOptions): OwnNameServer {
  const index = new NameIndex();
  for (const vm of vms) index.update(vm);
  onVm((vm) => index.update(vm));
  const listening = new Map<string, Promise<() => void>>();
  return {
    async at(ip) {
      let ready = listening.get(ip);
      if (!ready) {
        ready = listenForNames(ip, PORT, async (message, from, protocol) => {
          try {
            return await answer({ index, hostServers }, message, from, protocol);
          } catch (err) {
            log.error({ err, from }, 'a question for a name could not be answered');
            return null;
          }
        });
        listening.set(ip, ready);
        ready.catch(() => listening.delete(ip));
      }
      await ready;
      return { ip, port: PORT };
    },
    async leave(ip) {
      const ready = listening.get(ip);
      listening.delete(ip);
      (await ready?.catch(() => undefined))?.();
    },
    async close() {
      const all = await Promise.allSettled(listening.values());
      for (const each of all) if (each.status === 'fulfilled') each.value();
    },
  };
}

/** Read for each question: the machine may be carried from one network to the next. */
async function readHostServers(): Promise<Server[]> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  const found = [...text.matchAll(/^nameserver[ \t]+(\S+)/gm)]
    .map(([, ip]) => ip!)
    .filter((ip) => isIP(ip) !== 0);
  return (found.length > 0 ? found : FALLBACK).map(serverAt);
}
