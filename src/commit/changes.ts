// The `changes` of a commit: instructions of a Dockerfile that change the new image's configuration.
import type { ContainerConfig } from '#src/containers/types.ts';
import { variablesOf } from '#src/dockerfile/expand.ts';
import { parseInstructions } from '#src/dockerfile/parse.ts';
import { applyInstruction, type BuildState } from '#src/dockerfile/run-config.ts';
import { type DockerError, invalid } from '#src/errors.ts';

const VALID = new Set([
  'cmd',
  'entrypoint',
  'healthcheck',
  'env',
  'expose',
  'label',
  'onbuild',
  'shell',
  'stopsignal',
  'user',
  'volume',
  'workdir',
]);

/** Pure. Throws DockerError invalid with dockerd's texts. */
export function withChanges(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  if (changes.length === 0) return config;
  const { instructions, escapeChar } = parseInstructions(changes.join('\n'));
  const wrong = instructions.find(({ name }) => !VALID.has(name));
  if (wrong) throw invalid(`${wrong.name} is not a valid change command`);
  const state: BuildState = { config: { ...config }, maintainer: '', cmdSet: false };
  for (const instruction of instructions) {
    try {
      applyInstruction(state, instruction, { variables: variablesOf(state.config.Env ?? []), escapeChar });
    } catch (err) {
      throw (err as DockerError).kind ? err : invalid((err as Error).message);
    }
  }
  return state.config;
}
