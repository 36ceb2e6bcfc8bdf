// One network namespace in the making: the `ip` process that waits inside it for the addresses.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { makeBatch } from './batches.ts';
import type { IpSession } from './ip-session.ts';
import { INSIDE_FOR_RULES, redirectRules } from './name-redirect.ts';
import { type Names, NETNS_DIR, newId } from './names.ts';
import { runProgram } from './run-program.ts';
import type { NamesAt } from './types.ts';

/** ip takes 1–2 ms; this is for a kernel that is stuck. */
const CLAIM_TIMEOUT_MS = 15_000;
const TRIES = 5;

/**
 * Runs inside the namespace. arp_notify: neighbours learn at once that an address has moved to another MAC. IPv6 only on lo.
 * /proc/sys/net shows the namespace of the process that opens it, so no mount is needed.
 */
const INSIDE = `cd /proc/sys/net
echo 1 > ipv4/conf/all/arp_notify
for of in ipv6/conf/*/disable_ipv6; do case $of in */lo/*|*/all/*|*'*'*) ;; *) echo 1 > $of ;; esac; done
exec ip -batch -`;

export interface Namespace {
  id: string;
  /** Number of nics made. */
  nics: number;
  /** Writes the last commands and waits until all are done. Throws ip's own words. Once only. */
  finish(batch: string): Promise<void>;
  /** What is asked of 127.0.0.11 goes there; at any time beside `finish`. Throws the programs' words. Once only, and only when made `named`. */
  redirect(to: NamesAt): Promise<void>;
  /** Ends the waiting processes without more commands. */
  abandon(): void;
  /** False when a process inside has died meanwhile. */
  isReady(): boolean;
}

export interface MakeOptions {
  names: Names;
  ip: IpSession;
  nics: number;
  /** For a VM that finds others by their names: a second process waits for the rules that need it. */
  named: boolean;
  mtu: number;
  /** Told of an id before anything of that name exists (true), and when nothing of it is left after a failure (false). */
  onId: (id: string, exists: boolean) => void;
}

/** Makes a namespace with lo up and `nics` veth pairs. Throws the programs' own words; nothing is left then. */
export async function makeNamespace(options: MakeOptions): Promise<Namespace> {
  const id = await makeNamed(options, TRIES);
  return enter(id, options);
}

async function makeNamed(options: MakeOptions, tries: number): Promise<string> {
  const { names, ip, nics, mtu, onId } = options;
  const id = newId();
  onId(id, true);
  try {
    await ip.run(makeBatch(names, id, nics, mtu));
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

function enter(id: string, { names, nics, named }: MakeOptions): Namespace {
  const file = path.join(NETNS_DIR, names.netns(id));
  const addresses = waitInside(file, INSIDE);
  addresses.child.stdin!.write('link set lo up\n');
  const rules = named ? waitInside(file, INSIDE_FOR_RULES) : null;
  const all = [addresses, ...(rules ? [rules] : [])];
  return {
    id,
    nics,
    finish: (batch) => addresses.tell(batch),
    redirect: async (to) => {
      if (rules === null) throw new Error('this namespace was made for a VM without names');
      await rules.tell(redirectRules(to));
    },
    abandon: () => {
      for (const { child } of all) child.stdin!.end();
    },
    isReady: () => all.every(({ child }) => isAlive(child)),
  };
}

interface Waiting {
  child: ChildProcess;
  /** The last that it hears; resolves when it has ended well. */
  tell(text: string): Promise<void>;
}

/** A script in the namespace, which waits for its standard input. */
function waitInside(file: string, script: string): Waiting {
  const child = spawn('nsenter', [`--net=${file}`, 'sh', '-ec', script], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const ended = endOf(child);
  // Looked at in `tell`; one that ends while it waits in the pool is found by isReady.
  ended.catch(() => undefined);
  child.stdin!.on('error', () => undefined);
  return {
    child,
    tell: (text) => {
      child.stdin!.end(text);
      const timer = setTimeout(() => child.kill('SIGKILL'), CLAIM_TIMEOUT_MS);
      return ended.finally(() => clearTimeout(timer));
    },
  };
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null && child.pid !== undefined;
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
