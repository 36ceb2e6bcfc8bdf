// RUN and WORKDIR: steps that need a container.
import { shortId } from '#lib/docker-vm/ids.ts';
import { createWorker, forgetEnvironment, removeWorker, runWorker, type Worker } from '#src/commit/worker.ts';
import type { ContainerConfig } from '#src/containers/types.ts';
import { variablesOf } from '#src/dockerfile/expand.ts';
import { commandOf } from '#src/dockerfile/run-config.ts';
import type { Instruction } from '#src/dockerfile/types.ts';
import { invalid } from '#src/errors.ts';
import { commentStep, commitStep, fromCache } from './commit-step.ts';
import type { Build, StageState } from './types.ts';

/** A command that did not end with 0. */
export class StepFailed extends Error {
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/** Of a container that no command runs in. */
export const IDLE_HOST = { NetworkMode: 'none', LogConfig: { Type: 'none', Config: {} } };

/** Throws StepFailed, DockerError. */
export async function runStep(build: Build, state: StageState, instruction: Instruction): Promise<void> {
  const [flag] = instruction.flags;
  if (flag) throw needsBuildKit(flag[0]);
  const { args, options, req } = build;
  const command = commandOf(state.config, instruction);
  const variables = args.variables(variablesOf(state.config.Env ?? []));
  const told = [...variables]
    .filter(([name]) => args.isTold(name))
    .map(asEntry)
    .sort();
  const shown = told.length === 0 ? command : [`|${told.length}`, ...told, ...command];
  const step: ContainerConfig = { ...state.config, Cmd: shown, Entrypoint: null };
  if (await fromCache(build, state, step)) return;
  const body = {
    ...state.config,
    Cmd: command,
    Entrypoint: [''],
    Env: [...(state.config.Env ?? []), ...[...variables].map(asEntry).sort()],
    Healthcheck: { Test: ['NONE'] },
    Image: state.image.config_digest,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: { ...options.hostConfig, LogConfig: IDLE_HOST.LogConfig },
  };
  await inWorker(build, body, false, async (worker) => {
    const code = await runWorker(req, worker, pass(build)).finally(async () => {
      if (variables.size === 0) return;
      await forgetEnvironment(req, worker).catch((err) =>
        req.log.warn({ err }, 'the build arguments of a step stay in the record of its container'),
      );
    });
    if (code !== 0) {
      const message = `The command '${command.join(' ')}' returned a non-zero code: ${code}`;
      throw new StepFailed(message, code);
    }
    await commitStep(build, state, step, worker);
  });
}

/** `state` has the new directory already. It is made, and is root's. */
export async function workdirStep(build: Build, state: StageState, comment: string): Promise<void> {
  const step = commentStep(state.config, `#(nop) ${comment}`);
  if (await fromCache(build, state, step)) return;
  const body = { ...step, Image: state.image.config_digest, HostConfig: IDLE_HOST };
  await inWorker(build, body, true, (worker) => commitStep(build, state, step, worker));
}

/**
 * Tells of the container as dockerd does. It goes when all went well, unless the client said not to; one that failed stays for a look at
 * it, unless the client said not to, or has left.
 */
async function inWorker(
  { req, out, options, work }: Build,
  body: object,
  bare: boolean,
  use: (worker: Worker) => Promise<void>,
): Promise<void> {
  const worker = await createWorker(req, await work.containerName(req.account.uuid), body, bare);
  const short = shortId(worker.id);
  let remove = options.remove || options.forceRemove;
  try {
    await out.text(` ---> Running in ${short}\n`);
    await use(worker);
  } catch (err) {
    remove = options.forceRemove || !(err instanceof StepFailed) || req.call.signal?.aborted === true;
    throw err;
  } finally {
    if (remove) {
      await removeWorker(req, worker);
      await out.text(`Removing intermediate container ${short}\n`);
    }
  }
}

/** What the container says, as text: a character that comes in two pieces is not torn. */
function pass({ out }: Build): (stream: 1 | 2, piece: Buffer) => Promise<void> {
  const decoders = { 1: new TextDecoder(), 2: new TextDecoder() };
  return async (stream, piece) => {
    const text = decoders[stream].decode(piece, { stream: true });
    if (text === '') return;
    await (stream === 1 ? out.text(text) : out.errorText(text));
  };
}

/** moby's text. */
export function needsBuildKit(flag: string): Error {
  return invalid(
    `the --${flag} option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled`,
  );
}

function asEntry([name, value]: [string, string]): string {
  return `${name}=${value}`;
}
