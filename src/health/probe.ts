// One probe: an exec in the container by the road of docker exec, with dockerd's events, its time limit and its 4096 bytes of output.
import { randomBytes } from 'node:crypto';
import type Logger from 'bunyan';
import type { EndFrame, StdioCommand } from '#lib/docker-vm/stdio.ts';
import type { HealthResult } from '#lib/store/types.ts';
import type { StdioStream } from '#lib/triton/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { App } from '#src/context.ts';
import { commandText } from '#src/exec/config.ts';
import { configOf, dockerIdOf } from '#src/vm/metadata.ts';
import { openStream, serverOf } from '#src/vm/open-stream.ts';
import { goTime } from '#src/vm/state.ts';
import type { HealthCheck } from './check.ts';
import { goDuration } from './go-duration.ts';
import type { LaunchGate } from './launch-gate.ts';

/** Bytes; dockerd cuts there too. */
const MAX_OUTPUT = 4096;
/** For the start of the process, ms. */
const START_LIMIT = 30_000;
const START_TOO_LONG = 'timed out starting health check for container';
const KILLED = 137;

export interface ProbeParts {
  app: Pick<App, 'triton'>;
  log: Logger;
  gate: LaunchGate;
  emit(vm: Vm, action: string, more: Record<string, string>): void;
}

/**
 * Resolves with the result, or null when nothing can be said of the container's health: it no longer runs, the probe was stopped, or
 * the compute node cannot be reached. Never rejects for what the container does.
 */
export async function runProbe(
  parts: ProbeParts,
  vm: Vm,
  check: HealthCheck,
  stop: AbortSignal,
): Promise<HealthResult | null> {
  const leave = await parts.gate.enter(serverOf(vm));
  try {
    if (stop.aborted) return null;
    const start = new Date();
    const outcome = await execute(parts, { vm, check, stop, leave });
    if (outcome === null || stop.aborted) return null;
    return { Start: goTime(start.toISOString()), End: goTime(new Date().toISOString()), ...outcome };
  } finally {
    leave();
  }
}

type Outcome = Pick<HealthResult, 'ExitCode' | 'Output'>;

interface Probe {
  vm: Vm;
  check: HealthCheck;
  stop: AbortSignal;
  /** The process runs, or will not. */
  leave: () => void;
}

async function execute(parts: ProbeParts, probe: Probe): Promise<Outcome | null> {
  const { vm, check, stop, leave } = probe;
  const execID = randomBytes(32).toString('hex');
  const stream = await open(parts, vm, check, execID);
  if (stream === null) return null;
  const words = commandText(check.cmd);
  for (const what of ['exec_create', 'exec_start']) parts.emit(vm, `${what}: ${words}`, { execID });
  const output = new LimitedText();
  const quit = (): void => stream.destroy();
  stop.addEventListener('abort', quit, { once: true });
  if (stop.aborted) quit();
  const watch = new Deadline(stream, check, leave);
  try {
    const end = await stream.run((_stream, piece) => output.add(piece));
    if (end.error !== undefined) return { ExitCode: -1, Output: end.error };
    return exited(parts, vm, execID, end, output);
  } catch {
    // Broken off, by us or by the compute node's agent going away.
    if (watch.passed === null || stop.aborted) return null;
    if (watch.passed === 'start') return { ExitCode: -1, Output: START_TOO_LONG };
    parts.emit(vm, 'exec_die', { execID, exitCode: String(KILLED) });
    return tooLong(check, output);
  } finally {
    watch.stop();
    stop.removeEventListener('abort', quit);
  }
}

function exited(parts: ProbeParts, vm: Vm, execID: string, end: EndFrame, output: LimitedText): Outcome {
  const code = end.code ?? -1;
  parts.emit(vm, 'exec_die', { execID, exitCode: String(code) });
  return { ExitCode: code, Output: output.text() };
}

function tooLong({ timeoutNs }: HealthCheck, output: LimitedText): Outcome {
  const said = output.text();
  const message = `Health check exceeded timeout (${goDuration(timeoutNs)})`;
  return { ExitCode: -1, Output: said === '' ? message : `${message}: ${said}` };
}

/** null for a container that just stopped, and when the compute node is not there: neither says anything of the container's health. */
async function open(
  parts: ProbeParts,
  vm: Vm,
  check: HealthCheck,
  execID: string,
): Promise<StdioStream | null> {
  const { User } = configOf(vm);
  const command: StdioCommand = {
    Cmd: check.cmd,
    Container: dockerIdOf(vm),
    ExecId: execID,
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    Env: [],
    ...(User === '' ? {} : { User }),
    KillWhenGone: true,
  };
  try {
    const call = { reqId: `health-${execID.slice(0, 12)}` };
    return await openStream({ app: parts.app, call }, vm, command);
  } catch (err) {
    parts.log.info({ err, vm: vm.uuid }, 'a health probe could not be made');
    return null;
  }
}

/** Breaks the stream off when the time is up: the compute node then kills the process. */
class Deadline {
  /** Which limit has passed. */
  passed: 'start' | 'run' | null = null;
  #timer: NodeJS.Timeout;

  constructor(stream: StdioStream, { timeoutNs }: HealthCheck, leave: () => void) {
    const limit = (which: 'start' | 'run', ms: number): NodeJS.Timeout =>
      setTimeout(
        () => {
          this.passed = which;
          leave();
          stream.destroy();
        },
        Math.min(ms, 2 ** 31 - 1),
      );
    this.#timer = limit('start', START_LIMIT);
    const started = (): void => {
      leave();
      clearTimeout(this.#timer);
      if (this.passed === null && !this.#stopped) this.#timer = limit('run', timeoutNs / 1e6);
    };
    // An agent that speaks JSON lines does not tell of the start of a silent process.
    if (stream.muxSocket === null) started();
    else stream.started.then(started, () => leave());
  }

  #stopped = false;

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}

/** The first MAX_OUTPUT bytes of what comes. */
export class LimitedText {
  readonly #pieces: Buffer[] = [];
  #left = MAX_OUTPUT;
  #truncated = false;

  add(piece: Buffer): void {
    const part = piece.subarray(0, this.#left);
    // A copy: the piece may be a view of a large buffer.
    if (part.length > 0) this.#pieces.push(Buffer.from(part));
    this.#left -= part.length;
    if (part.length < piece.length) this.#truncated = true;
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString('utf8') + (this.#truncated ? '...' : '');
  }
}
