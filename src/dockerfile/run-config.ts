// The configuration that an image under construction has, and what each instruction without a file system of its own does to it.
import { posix } from 'node:path';
import { parseSignal } from '#src/containers/signals.ts';
import type { ContainerConfig, HealthConfig } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';
import { expandWord, expandWords, type Variables } from './expand.ts';
import { parseGoDuration, quotedHealth, quotedList } from './go-format.ts';
import { parsePorts } from './ports.ts';
import type { Instruction } from './types.ts';

/** Of a stage: the configuration so far, and what is remembered beside it. */
export interface BuildState {
  config: ContainerConfig;
  maintainer: string;
  /** CMD was said since FROM: an ENTRYPOINT then keeps it. */
  cmdSet: boolean;
}

export interface ApplyContext {
  /** What $words mean. */
  variables: Variables;
  escapeChar: string;
}

/** Docker's configuration of nothing. */
export function emptyConfig(): ContainerConfig {
  return {
    Hostname: '',
    Domainname: '',
    User: '',
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: null,
    Cmd: null,
    Image: '',
    Volumes: null,
    WorkingDir: '',
    Entrypoint: null,
    OnBuild: null,
    Labels: {},
  };
}

/** The shell of the stage. */
export function shellOf(config: ContainerConfig): string[] {
  return config.Shell?.length ? config.Shell : ['/bin/sh', '-c'];
}

type Apply = (state: BuildState, instruction: Instruction, context: ApplyContext) => string;

const APPLY: Readonly<Record<string, Apply>> = {
  env: applyEnv,
  label: applyLabel,
  maintainer(state, { args }) {
    state.maintainer = args[0]!;
    return `MAINTAINER ${args[0]}`;
  },
  cmd(state, instruction) {
    state.config.Cmd = commandOf(state.config, instruction);
    state.cmdSet = instruction.args.length > 0;
    return `CMD ${quotedList(state.config.Cmd)}`;
  },
  entrypoint(state, instruction) {
    state.config.Entrypoint = commandOf(state.config, instruction);
    if (!state.cmdSet) state.config.Cmd = null;
    return `ENTRYPOINT ${quotedList(state.config.Entrypoint)}`;
  },
  expose(state, { args }, { variables, escapeChar }) {
    const words = args.flatMap((word) => expandWords(word, variables, escapeChar));
    const ports = words.flatMap(parsePorts);
    state.config.ExposedPorts = {
      ...state.config.ExposedPorts,
      ...Object.fromEntries(ports.map((port) => [port, {}])),
    };
    return `EXPOSE ${[...words].sort().join(' ')}`;
  },
  user(state, { args }, { variables, escapeChar }) {
    state.config.User = expandWord(args[0]!, variables, escapeChar);
    return `USER ${state.config.User}`;
  },
  volume(state, { args }, { variables, escapeChar }) {
    const paths = args.map((path) => expandWord(path, variables, escapeChar).trim());
    if (paths.includes('')) throw invalid('VOLUME specified can not be an empty string');
    state.config.Volumes = {
      ...state.config.Volumes,
      ...Object.fromEntries(paths.map((path) => [path, {}])),
    };
    return `VOLUME [${paths.join(' ')}]`;
  },
  workdir(state, { args }, { variables, escapeChar }) {
    state.config.WorkingDir = resolveDir(
      state.config.WorkingDir,
      expandWord(args[0]!, variables, escapeChar),
    );
    return `WORKDIR ${state.config.WorkingDir}`;
  },
  stopsignal(state, { args }, { variables, escapeChar }) {
    const signal = expandWord(args[0]!, variables, escapeChar);
    parseSignal(signal);
    state.config.StopSignal = signal;
    return `STOPSIGNAL ${signal}`;
  },
  healthcheck(state, instruction) {
    const health = healthOf(instruction);
    state.config.Healthcheck = health;
    return `HEALTHCHECK ${quotedHealth(health)}`;
  },
  shell(state, { args }) {
    state.config.Shell = args;
    return `SHELL [${args.join(' ')}]`;
  },
  onbuild(state, { args }) {
    state.config.OnBuild = [...(state.config.OnBuild ?? []), args[0]!];
    return `ONBUILD ${args[0]}`;
  },
};

/** Whether the instruction only changes the configuration. */
export function changesConfigOnly(name: string): boolean {
  return Object.hasOwn(APPLY, name);
}

/**
 * Changes `state`, which is the caller's own copy, and gives what the history says of the step. Throws DockerError invalid, or Error with
 * buildkit's text.
 */
export function applyInstruction(state: BuildState, instruction: Instruction, context: ApplyContext): string {
  return APPLY[instruction.name]!(state, instruction, context);
}

/** A command as it is run: a shell form goes to the shell. */
export function commandOf(config: ContainerConfig, { args, json }: Instruction): string[] {
  return json ? args : [...shellOf(config), ...args];
}

/** Absolute and clean. Pure. */
export function resolveDir(current: string, path: string): string {
  return posix.resolve('/', current, path);
}

function applyEnv(state: BuildState, { pairs = [] }: Instruction, context: ApplyContext): string {
  const env = [...(state.config.Env ?? [])];
  const told: string[] = [];
  for (const [rawKey, rawValue] of pairs) {
    const key = expandWord(rawKey, context.variables, context.escapeChar);
    const entry = `${key}=${expandWord(rawValue, context.variables, context.escapeChar)}`;
    const at = env.findIndex((one) => one === key || one.startsWith(`${key}=`));
    if (at < 0) env.push(entry);
    else env[at] = entry;
    told.push(entry);
  }
  state.config.Env = env;
  return `ENV ${told.join(' ')}`;
}

function applyLabel(state: BuildState, { pairs = [] }: Instruction, context: ApplyContext): string {
  const labels = { ...state.config.Labels };
  const told = pairs.map(([rawKey, rawValue]) => {
    const key = expandWord(rawKey, context.variables, context.escapeChar);
    labels[key] = expandWord(rawValue, context.variables, context.escapeChar);
    return `${key}=${labels[key]}`;
  });
  state.config.Labels = labels;
  return `LABEL ${told.join(' ')}`;
}

const HEALTH_FLAGS: Readonly<Record<string, 'Interval' | 'Timeout' | 'StartPeriod' | 'StartInterval'>> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
};

function healthOf({ args, flags }: Instruction): HealthConfig {
  const health: HealthConfig = { Test: args };
  for (const [name, value] of flags) {
    const field = HEALTH_FLAGS[name];
    if (field) {
      const ns = parseGoDuration(value);
      if (ns === null) throw invalid(`time: invalid duration ${JSON.stringify(value)}`);
      if (ns > 0 && ns < 1e6) throw invalid(`Interval ${JSON.stringify(name)} cannot be less than 1ms`);
      if (ns > 0) health[field] = ns;
    } else if (name === 'retries') {
      if (!/^\d+$/.test(value)) throw invalid(`strconv.ParseInt: parsing "${value}": invalid syntax`);
      health.Retries = Number(value);
    } else throw invalid(`unknown flag: --${name}`);
  }
  return health;
}
