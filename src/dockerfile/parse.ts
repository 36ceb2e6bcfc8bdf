// A Dockerfile's text as instructions, and as the stages of a build; the errors are dockerd's.
import { invalid } from '#src/errors.ts';
import { joinLines } from './lines.ts';
import type { Dockerfile, Instruction, Stage } from './types.ts';
import { jsonWords, nameValues, splitWords, takeFlags } from './words.ts';

const KNOWN = new Set([
  'add',
  'arg',
  'cmd',
  'copy',
  'entrypoint',
  'env',
  'expose',
  'from',
  'healthcheck',
  'label',
  'maintainer',
  'onbuild',
  'run',
  'shell',
  'stopsignal',
  'user',
  'volume',
  'workdir',
]);
/** May have flags. */
const FLAGGED = new Set(['add', 'copy', 'from', 'healthcheck', 'run']);
/** A command: a JSON list, else one text. */
const COMMANDS = new Set(['cmd', 'entrypoint', 'run', 'shell']);
/** A JSON list, else words between white space. */
const LISTS = new Set(['add', 'copy', 'volume']);
const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;

/** Pure. Throws DockerError invalid. */
export function parseDockerfile(text: string): Dockerfile {
  const { escapeChar, instructions, warnings } = parseInstructions(text);
  if (instructions.length === 0) throw invalid('file with no instructions');
  const metaArgs: Instruction[] = [];
  const stages: Stage[] = [];
  for (const instruction of instructions) {
    const stage = stages.at(-1);
    if (instruction.name === 'from') stages.push(newStage(instruction));
    else if (stage) stage.instructions.push(instruction);
    else if (instruction.name === 'arg') metaArgs.push(instruction);
    else throw invalid('no build stage in current context');
  }
  if (stages.length === 0) throw invalid('no build stage in current context');
  return { escapeChar, metaArgs, stages, warnings };
}

/** Pure. Throws DockerError invalid. */
export function parseInstructions(text: string): {
  escapeChar: string;
  instructions: Instruction[];
  warnings: string[];
} {
  const { lines, escapeChar, emptyContinuations } = asInvalid(1, () => joinLines(text));
  const instructions = lines.map(({ text: line, line: number }) =>
    asInvalid(number, () => parseLine(line, number, escapeChar)),
  );
  const warnings =
    emptyContinuations > 0
      ? ['[WARNING]: Empty continuation lines will become errors in a future release.\n']
      : [];
  return { escapeChar, instructions, warnings };
}

/** One instruction. Pure. Throws Error with dockerd's text. */
export function parseLine(text: string, line: number, escapeChar: string): Instruction {
  const code = text.trim();
  const [, word = '', after = ''] = /^(\S+)(?:\s+([\s\S]*))?$/.exec(code) ?? [];
  const name = word.toLowerCase();
  if (!KNOWN.has(name)) throw new Error(`unknown instruction: ${word}`);
  const { flags, rest } = FLAGGED.has(name) ? takeFlags(after) : { flags: [], rest: after };
  const base = { name, code, line, flags, json: false };
  const what = name.toUpperCase();
  if (/(?:^|\s)<<-?["']?[a-zA-Z_]/.test(rest) && ['run', 'copy', 'add'].includes(name))
    throw new Error(`here-documents (${what} <<EOF) need BuildKit, which sdc-docker does not have`);
  if (name === 'env' || name === 'label') {
    const pairs = nameValues(rest, what, escapeChar);
    if (pairs.some(([key]) => key === '')) throw new Error(`${what} names can not be blank`);
    return { ...base, args: pairs.map(([key, value]) => `${key}=${value}`), pairs };
  }
  if (name === 'healthcheck') return healthcheck(base, rest);
  const list = COMMANDS.has(name) || LISTS.has(name) ? jsonWords(rest) : null;
  const args = list ?? wordsOf(name, rest, escapeChar);
  require(name, args, list !== null);
  return { ...base, args, json: list !== null };
}

function wordsOf(name: string, rest: string, escapeChar: string): string[] {
  if (rest === '') return [];
  if (name === 'arg') return splitWords(rest, escapeChar);
  if (LISTS.has(name) || name === 'expose' || name === 'from') return rest.split(/\s+/).filter(Boolean);
  return [rest];
}

/** How many words each wants, in dockerd's words. */
function require(name: string, args: readonly string[], json: boolean): void {
  const what = name.toUpperCase();
  if (name === 'from' && args.length !== 1 && args.length !== 3)
    throw new Error('FROM requires either one or three arguments');
  if (name === 'from' && args.length === 3 && args[1]!.toLowerCase() !== 'as')
    throw new Error('FROM requires either one or three arguments');
  if ((name === 'copy' || name === 'add') && args.length < 2)
    throw new Error(
      `${what} requires at least two arguments, but only one was provided. Destination could not be determined`,
    );
  if (name === 'shell' && !json) throw new Error('SHELL requires the arguments to be in JSON form');
  const exactlyOne = ['maintainer', 'onbuild', 'stopsignal', 'user', 'workdir'];
  if (exactlyOne.includes(name) && args.length !== 1)
    throw new Error(`${what} requires exactly one argument`);
  const atLeastOne = ['arg', 'expose', 'run', 'volume', 'shell'];
  if (atLeastOne.includes(name) && args.length === 0)
    throw new Error(`${what} requires at least one argument`);
  if (name === 'volume' && args.some((path) => path.trim() === ''))
    throw new Error('VOLUME specified can not be an empty string');
  if (name === 'onbuild') requireTrigger(args[0]!);
}

function requireTrigger(text: string): void {
  const trigger = /^\S+/.exec(text)?.[0].toUpperCase() ?? '';
  if (trigger === 'ONBUILD') throw new Error("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (trigger === 'MAINTAINER' || trigger === 'FROM')
    throw new Error(`${trigger} isn't allowed as an ONBUILD trigger`);
}

/** NONE, or CMD with a command. */
function healthcheck(base: Omit<Instruction, 'args'>, rest: string): Instruction {
  const [, word = '', command = ''] = /^(\S+)(?:\s+([\s\S]*))?$/.exec(rest) ?? [];
  const type = word.toUpperCase();
  if (type === '') throw new Error('HEALTHCHECK requires at least one argument');
  if (type === 'NONE') {
    if (command !== '') throw new Error('HEALTHCHECK NONE takes no arguments');
    return { ...base, args: ['NONE'] };
  }
  if (type !== 'CMD') throw new Error(`unknown type ${JSON.stringify(type)} in HEALTHCHECK (try CMD)`);
  const list = jsonWords(command);
  if (list ? list.length === 0 : command === '') throw new Error('missing command after HEALTHCHECK CMD');
  return list ? { ...base, args: ['CMD', ...list], json: true } : { ...base, args: ['CMD-SHELL', command] };
}

function newStage(from: Instruction): Stage {
  const name = from.args[2]?.toLowerCase() ?? '';
  if (name !== '' && !STAGE_NAME.test(name)) {
    const why = `invalid name for build stage: ${JSON.stringify(from.args[2])}, name can't start with a number or contain symbols`;
    throw parseError(from.line, why);
  }
  return { from, name, instructions: [] };
}

export function parseError(line: number, message: string): Error {
  return invalid(`dockerfile parse error on line ${line}: ${message}`);
}

function asInvalid<T>(line: number, step: () => T): T {
  try {
    return step();
  } catch (err) {
    throw parseError(line, (err as Error).message);
  }
}
