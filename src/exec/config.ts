// An exec's configuration, as Docker's exec create body has it.
import { bodyFields, type Fields } from '#src/api/fields.ts';
import { invalid } from '#src/errors.ts';
import { parseDetachKeys } from '#src/stdio/detach-keys.ts';

/** Kept whole in the ExecRecord. */
export interface ExecConfig {
  Cmd: string[];
  AttachStdin: boolean;
  AttachStdout: boolean;
  AttachStderr: boolean;
  Tty: boolean;
  DetachKeys: string;
  Env: string[];
  User: string;
  WorkingDir: string;
  Privileged: boolean;
  /** [height, width], or null when not given */
  ConsoleSize: [number, number] | null;
}

/** Throws DockerError invalid: no command, bad detach keys, wrong types. */
export function decodeExec(body: unknown): ExecConfig {
  const f = bodyFields(body, 'container.ExecCreateRequest');
  const config: ExecConfig = {
    Cmd: f.strings('Cmd') ?? [],
    AttachStdin: f.boolean('AttachStdin'),
    AttachStdout: f.boolean('AttachStdout'),
    AttachStderr: f.boolean('AttachStderr'),
    Tty: f.boolean('Tty'),
    DetachKeys: f.string('DetachKeys'),
    Env: f.strings('Env') ?? [],
    User: f.string('User'),
    WorkingDir: f.string('WorkingDir'),
    Privileged: f.boolean('Privileged'),
    ConsoleSize: consoleSizeOf(f),
  };
  if (config.Cmd.length === 0) throw invalid('No exec command specified');
  if (parseDetachKeys(config.DetachKeys) === null) {
    throw invalid(`Invalid escape keys (${config.DetachKeys}) provided`);
  }
  return config;
}

/** The command as exec_create and exec_start events tell it: without arguments dockerd leaves a space at its end. Pure. */
export function commandText([entrypoint = '', ...args]: string[]): string {
  return `${entrypoint} ${args.join(' ')}`;
}

/** [height, width], or null when absent or 0 by 0. */
export function consoleSizeOf(f: Fields): [number, number] | null {
  const size = f.pair('ConsoleSize');
  return size[0] > 0 && size[1] > 0 ? size : null;
}
