// The stages of a build, one instruction after the other.

import { shortImageId } from '#lib/docker-vm/ids.ts';
import type { DockerImage } from '#lib/store/types.ts';
import { scratchImage } from '#src/commit/scratch.ts';
import type { ContainerConfig } from '#src/containers/types.ts';
import { expandWord, variablesOf } from '#src/dockerfile/expand.ts';
import { parseLine } from '#src/dockerfile/parse.ts';
import { applyInstruction, changesConfigOnly, emptyConfig } from '#src/dockerfile/run-config.ts';
import type { Dockerfile, Instruction, Stage } from '#src/dockerfile/types.ts';
import { DockerError, invalid } from '#src/errors.ts';
import { configStep } from './commit-step.ts';
import { copyStep } from './copy-step.ts';
import { otherImage, stageImage } from './named-image.ts';
import { runStep, workdirStep } from './run-step.ts';
import type { Build, StageState } from './types.ts';

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Gives the last stage's image. Throws DockerError, StepFailed. */
export async function buildStages(
  build: Build,
  file: Dockerfile,
  stages: readonly Stage[],
): Promise<DockerImage> {
  const total = stages.reduce((sum, { instructions }) => sum + 1 + instructions.length, file.metaArgs.length);
  let number = 0;
  const tell = (code: string): Promise<void> => build.out.text(`Step ${++number}/${total} : ${code}\n`);
  for (const warning of file.warnings) await build.out.errorText(warning);
  for (const arg of file.metaArgs) {
    await tell(arg.code);
    for (const [name, value] of argPairs(arg, build.args.metaVariables(), build.escapeChar))
      build.args.declareMeta(name, value);
  }
  for (const stage of stages) {
    build.req.call.signal?.throwIfAborted();
    await tell(stage.from.code);
    const state = await beginStage(build, stage);
    const shown = stage.from.args[0] === 'scratch' ? '' : shortImageId(state.image.config_digest);
    await build.out.text(` ---> ${shown}\n`);
    for (const instruction of stage.instructions) {
      build.req.call.signal?.throwIfAborted();
      await tell(instruction.code);
      await step(build, state, instruction);
      await build.out.text(` ---> ${shortImageId(state.image.config_digest)}\n`);
    }
    build.done.push({ name: stage.name, image: state.image });
    await build.out.message({ aux: { ID: state.image.config_digest } });
  }
  return build.done.at(-1)!.image;
}

/** Stages up to the one that is asked for; all of them for ''. Pure. Throws DockerError invalid with dockerd's text. */
export function wantedStages(stages: readonly Stage[], target: string): Stage[] {
  if (target === '') return [...stages];
  const named = stages.findIndex(({ name }) => name === target.toLowerCase());
  const at = named < 0 && /^\d+$/.test(target) ? Number(target) : named;
  if (at < 0 || at >= stages.length)
    throw invalid(`target stage ${JSON.stringify(target)} could not be found`);
  return stages.slice(0, at + 1);
}

async function beginStage(build: Build, { from }: Stage): Promise<StageState> {
  const { args, escapeChar, options, req } = build;
  args.beginStage();
  const meta = args.metaVariables();
  const name = expanded(() => expandWord(from.args[0]!, meta, escapeChar));
  if (name === '') throw invalid(`base name (${from.args[0]}) should not be blank`);
  let platform = options.platform;
  for (const [flag, value] of from.flags) {
    if (flag !== 'platform') throw invalid(`unknown flag: --${flag}`);
    platform = expanded(() => expandWord(value, meta, escapeChar));
  }
  const image =
    stageImage(build, name) ??
    (name === 'scratch' ? await scratchImage(req) : await otherImage(build, name, platform));
  const config = {
    ...emptyConfig(),
    ...(image.image.config as Partial<ContainerConfig>),
    Image: image.config_digest,
  };
  if (!config.Env?.some((entry) => entry.startsWith('PATH=')))
    config.Env = [...(config.Env ?? []), DEFAULT_PATH];
  const state: StageState = { config, maintainer: '', cmdSet: false, image, cacheBusted: false };
  await runTriggers(build, state);
  return state;
}

/** The image's ONBUILD instructions, which are not the new image's. */
async function runTriggers(build: Build, state: StageState): Promise<void> {
  const triggers = state.config.OnBuild ?? [];
  state.config.OnBuild = null;
  if (triggers.length === 0) return;
  await build.out.text(`# Executing ${triggers.length} build trigger${triggers.length > 1 ? 's' : ''}\n`);
  for (const text of triggers) {
    build.req.call.signal?.throwIfAborted();
    await step(
      build,
      state,
      expanded(() => parseLine(text, 0, '\\')),
    );
  }
}

async function step(build: Build, state: StageState, instruction: Instruction): Promise<void> {
  const { args, escapeChar } = build;
  const env = variablesOf(state.config.Env ?? []);
  const variables = new Map([...args.variables(env), ...env]);
  const { name } = instruction;
  state.config = { ...state.config, Image: state.image.config_digest };
  if (name === 'run') await runStep(build, state, instruction);
  else if (name === 'copy' || name === 'add') await copyStep(build, state, instruction, variables);
  else if (name === 'arg') {
    const pairs = expanded(() => argPairs(instruction, variables, escapeChar));
    for (const [key, value] of pairs) args.declare(key, value);
    const told = pairs.map(([key, value]) => (value === undefined ? key : `${key}=${value}`));
    await configStep(build, state, `ARG ${told.join(' ')}`);
  } else if (changesConfigOnly(name)) {
    const comment = expanded(() => applyInstruction(state, instruction, { variables, escapeChar }));
    await (name === 'workdir' ? workdirStep(build, state, comment) : configStep(build, state, comment));
  } else throw invalid(`${name.toUpperCase()} isn't allowed here`);
}

function argPairs(
  { args }: Instruction,
  variables: ReadonlyMap<string, string>,
  escapeChar: string,
): [string, string | undefined][] {
  return args.map((word) => {
    const at = word.indexOf('=');
    const name = expandWord(at < 0 ? word : word.slice(0, at), variables, escapeChar);
    return [name, at < 0 ? undefined : expandWord(word.slice(at + 1), variables, escapeChar)];
  });
}

/** An expansion that fails is the Dockerfile's fault. */
function expanded<T>(work: () => T): T {
  try {
    return work();
  } catch (err) {
    throw err instanceof DockerError ? err : invalid((err as Error).message);
  }
}
