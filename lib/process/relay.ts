// Lets a program of its own move the rest of a request body from its client to where it belongs (relay.pl): the bytes stay in the kernel.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';

// perl-base is part of every Debian. Elsewhere, and without splice(2), the bytes go through this process as before.
const PERL = '/usr/bin/perl';
const PROGRAM = join(import.meta.dirname, 'relay.pl');

/** How it ended: the body is whole, its receiver went first, its client did, or it is not HTTP. */
export type RelayEnd = 'whole' | 'receiver gone' | 'client gone' | 'malformed';
const ENDS: readonly [number, RelayEnd][] = [
  [0, 'whole'],
  [3, 'receiver gone'],
  [5, 'malformed'],
];

export interface RelayOptions {
  /** Both without TLS, with nothing read from the client that is not in `early` and nothing unwritten to the receiver. */
  client: Socket;
  receiver: Socket;
  /** Decoded bytes that were read before. */
  early: Buffer;
  /** Where the client's bytes stand in HTTP's framing: see BodyRest. */
  rest: { chunked: boolean; left: number; text: string };
}

/** Whether this machine can. */
export function canRelay(): boolean {
  return process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch) && existsSync(PERL);
}

/**
 * From the moment this returns only the program reads the client and writes to the receiver; what the receiver says is still read here. The
 * receiver's end of stream is left to the caller. Should the receiver go, the program reads the body to its end nevertheless. Never
 * rejects.
 */
export function startRelay({ client, receiver, early, rest }: RelayOptions): Promise<RelayEnd> {
  const { chunked, left, text } = rest;
  const words = [process.arch, String(process.pid), chunked ? '1' : '', String(left), text];
  // Not as its standard streams, which libuv makes blocking: they are ours as well.
  const child = spawn(PERL, [PROGRAM, ...words], {
    cwd: '/',
    env: { LC_ALL: 'C' },
    stdio: ['pipe', 'ignore', 'ignore', client, receiver],
  });
  child.stdin?.on('error', () => undefined).end(early);
  // Handing it over stopped its reading.
  receiver.read(0);
  return new Promise((resolve) => {
    child.once('error', () => resolve('client gone'));
    child.once('exit', (code) => resolve(ENDS.find(([known]) => known === code)?.[1] ?? 'client gone'));
  });
}
