// `make run`: serves CoaL and the daemon from one terminal; Ctrl-C ends both, containers go on.
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exitFatal } from '#lib/process/fatal.ts';
import { startChecks } from './start-checks.ts';

const root = resolve(import.meta.dirname, '..');
const values = await checkedArguments().catch(exitFatal);
const configArgs = values.config ? ['--config', resolve(values.config)] : [];
const listenArgs = (values.listen ?? []).flatMap((url) => ['--listen', url]);

const EXIT_FATAL = 78;
const RESTART_MS = 250;
const programs = [
  { name: 'coal', args: ['lib/coal/main.ts', ...configArgs] },
  { name: 'daemon', args: ['src/main.ts', ...configArgs, ...listenArgs] },
];

// In a terminal bunyan's own pretty-printer reads both logs; elsewhere they stay JSON lines.
const pretty = process.stdout.isTTY
  ? spawn(process.execPath, [resolve(root, 'node_modules/bunyan/bin/bunyan'), '-o', 'short', '--color'], {
      stdio: ['pipe', 'inherit', 'inherit'],
      // Not in the terminal's process group: Ctrl-C must not end it before the last lines are through.
      detached: true,
    })
  : null;
pretty?.stdin?.on('error', () => {});

const running = new Map<string, ChildProcess>();
let stopping = false;
let exitCode = 0;

/** What the command line says, once it is known that things can start so. */
async function checkedArguments(): Promise<{ config?: string; listen?: string[] }> {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, listen: { type: 'string', multiple: true } },
  });
  await startChecks(values.config ?? null, values.listen ?? []);
  return values;
}

function start(program: { name: string; args: string[] }): void {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...program.args], {
    cwd: root,
    // The channel says nothing; that it closes when we are killed tells them to end too.
    stdio: ['ignore', pretty ? 'pipe' : 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  running.set(program.name, child);
  if (pretty?.stdin && child.stdout) child.stdout.pipe(pretty.stdin, { end: false });
  child.on('exit', (code, signal) => {
    running.delete(program.name);
    if (stopping) return finishWhenAlone();
    if (code === EXIT_FATAL || code === 1) {
      // It said why on stderr; starting it again would only say it again.
      exitCode = 1;
      return stop();
    }
    process.stderr.write(`sdc-docker: ${program.name} ended (${signal ?? code}), starting it again\n`);
    setTimeout(() => !stopping && start(program), RESTART_MS);
  });
}

function stop(): void {
  stopping = true;
  for (const child of running.values()) child.kill('SIGTERM');
  finishWhenAlone();
}

function finishWhenAlone(): void {
  if (running.size > 0) return;
  pretty?.stdin?.end();
  if (!pretty) process.exit(exitCode);
  pretty.on('exit', () => process.exit(exitCode));
}

process.on('SIGINT', stop);
process.on('SIGTERM', stop);
process.on('SIGHUP', stop);
for (const program of programs) start(program);
