// Starts the program that works inside a container's file system (perl/main.pl) and reads what it says.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { TritonError } from '#lib/wire/errors.ts';

// perl-base is part of every Debian. It is the host's; nothing of the container's is ever loaded or run.
const PERL = '/usr/bin/perl';
const PROGRAM = join(import.meta.dirname, 'perl/main.pl');
/** What the program may say on its standard error or in an answer before we stop listening (bytes). */
const MAX_TEXT = 64 * 1024;

/** HTTP status of what the program refuses; the codes are CNAPI's where it has one. */
const STATUS: Readonly<Record<string, number>> = {
  FileNotFound: 404,
  PathNotDirectory: 400,
  PathReadOnly: 400,
};

export interface CageOptions {
  /** Work and its words, as main.pl says. */
  words: string[];
  /** File descriptor of the mount namespace to go into; null when the work makes its own. */
  namespace: number | null;
  /** Becomes its standard input and output; else the answer is a pipe. */
  socket?: Socket;
}

/** The program; `ended` resolves with its exit code (null = killed) and what it complained of. */
export interface Cage {
  child: ChildProcess;
  ended: Promise<{ code: number | null; complaint: string }>;
}

/** Throws when it cannot be started at all. */
export function startCage({ words, namespace, socket }: CageOptions): Cage {
  const child = spawn(PERL, [PROGRAM, process.arch, String(process.pid), ...words], {
    cwd: '/',
    env: { LC_ALL: 'C' },
    stdio: [socket ?? 'pipe', socket ?? 'pipe', 'pipe', ...(namespace === null ? [] : [namespace])],
  });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < MAX_TEXT) complaint += text;
  });
  const ended = new Promise<{ code: number | null; complaint: string }>((resolve) => {
    child.once('error', (err) => resolve({ code: null, complaint: err.message }));
    child.once('close', (code) => resolve({ code, complaint: complaint.trim() }));
  });
  return { child, ended };
}

/** The answer of a short work. Throws TritonError: what the program refused, in its words. */
export async function readAnswer({ child, ended }: Cage): Promise<Record<string, unknown>> {
  let text = '';
  child.stdin?.on('error', () => undefined).end();
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    if (text.length < MAX_TEXT) text += piece;
  });
  const { code, complaint } = await ended;
  const answer = parse(text);
  if (answer && typeof answer.code === 'string') throw refusal(answer.code, String(answer.message));
  if (code !== 0 || !answer) throw new Error(`the copy program ended with ${code}: ${complaint || text}`);
  return answer;
}

function refusal(code: string, message: string): TritonError {
  return new TritonError(code, STATUS[code] ?? 500, message);
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
