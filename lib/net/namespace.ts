// One network namespace in the making: the `ip` process that waits inside it for the addresses.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { makeBatch } from './batches.ts';
import { type Names, NETNS_DIR, newId } from './names.ts';
import { runProgram } from './run-program.ts';

/** ip takes 1–2 ms; this is for a kernel that is stuck. */
const CLAIM_TIMEOUT_MS = 15_000;
const TRIES = 5;

/**
 * Runs inside the namespace. arp_notify: neighbours learn at once that an address has moved to another MAC. IPv6 only on lo.
 * /proc/sys/net shows the namespace of the process that opens it, so no mount is needed.
 */
const INSIDE = `cd /proc/sys/net
echo 1 > ipv4/conf/all/arp_notify
for of in default eth0 eth1 eth2 eth3; do [ ! -e ipv6/conf/$of ] || echo 1 > ipv6/conf/$of/disable_ipv6; done
exec ip -batch -`;

export interface Namespace {
  id: string;
  /** Number of nics made. */
  nics: number;
  /** Writes the last commands and waits until all are done. Throws ip's own words. Once only. */
  finish(batch: string): Promise<void>;
  /** Ends the waiting process without more commands. */
  abandon(): void;
  /** False when the process inside has died meanwhile. */
  isReady(): boolean;
}

export interface MakeOptions {
  names: Names;
  nics: number;
  mtu: number;
  /** Told of an id before anything of that name exists (true), and when nothing of it is left after a failure (false). */
  onId: (id: string, exists: boolean) => void;
}

/** Makes a namespace with lo up and `nics` veth pairs. Throws the programs' own words; nothing is left then. */
export async function makeNamespace(options: MakeOptions): Promise<Namespace> {
  const id = await makeNamed(options, TRIES);
  return enter(options.names, id, options.nics);
}

async function makeNamed(options: MakeOptions, tries: number): Promise<string> {
  const { names, nics, mtu, onId } = options;
  const id = newId();
  onId(id, true);
  try {
    await runProgram('ip', ['-batch', '-'], makeBatch(names, id, nics, mtu));
    return id;
  } catch (err) {
    const text = (err as Error).message;
    // Not ours when this is where it ended; anything later has left one of ours behind.
    const isTaken = /Cannot create namespace file/.test(text);
    if (!isTaken) await runProgram('ip', ['netns', 'del', names.netns(id)]).catch(() => undefined);
    onId(id, false);
    if (tries > 1 && /File exists/.test(text)) return makeNamed(options, tries - 1);
    throw err;
  }
}

function enter(names: Names, id: string, nics: number): Namespace {
  const file = path.join(NETNS_DIR, names.netns(id));
  const child = spawn('nsenter', [`--net=${file}`, 'sh', '-ec', INSIDE], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const ended = endOf(child);
  // Looked at in `finish`; one that ends while it waits in the pool is found by isReady.
  ended.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  child.stdin.write('link set lo up\n');
  return {
    id,
    nics,
    finish: (batch) => {
      child.stdin.end(batch);
      const timer = setTimeout(() => child.kill('SIGKILL'), CLAIM_TIMEOUT_MS);
      return ended.finally(() => clearTimeout(timer));
    },
    abandon: () => child.stdin.end(),
    isReady: () => child.exitCode === null && child.signalCode === null && child.pid !== undefined,
  };
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let err = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.once('error', reject);
    // 'exit' comes before 'close' and is all we need when it went well.
    child.once('exit', (code) => {
      if (code === 0) resolve();
    });
    child.once('close', (code, signal) => {
      if (code !== 0) reject(new Error(`ip: ${err.trim() || (signal ?? `exit ${code}`)}`));
    });
  });
}
