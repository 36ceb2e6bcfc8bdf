// What log options add to each message: chosen labels and environment variables, and the tag. `docker logs --details` shows the same.
import { createContext, runInContext } from 'node:vm';
import type { LogInfo } from './info.ts';
import { logTag } from './tag.ts';

/** A regular expression of a user's may cost this much (ms); more is an attack or a mistake. */
const REGEX_MS = 200;

/**
 * The attributes that the options labels, labels-regex, env and env-regex choose, with their names changed by `rename`. Later ones win, as in
 * dockerd: env over labels, regex over list. Throws Error on a bad expression.
 */
export function extraAttributes(info: LogInfo, rename = (key: string) => key): Record<string, string> {
  const { Config: config, ContainerLabels: labels, ContainerEnv } = info;
  const env = Object.fromEntries(
    ContainerEnv.filter((entry) => entry.includes('=')).map((entry) => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
  const chosen = [
    ...choose(labels, config.labels, config['labels-regex']),
    ...choose(env, config.env, config['env-regex']),
  ];
  return Object.fromEntries(chosen.map(([key, value]) => [rename(key), value]));
}

/**
 * What `docker logs --details` puts in front of each line, for every driver that can be read: the attributes above, and the tag if one was
 * asked for by name. `hostname` is the compute node's. Never throws: a line is worth more than its details.
 */
export function detailAttributes(info: LogInfo, hostname: string): Record<string, string> {
  const attributes = quietly(() => extraAttributes(info)) ?? {};
  const tag = info.Config.tag ? (quietly(() => logTag(info, hostname, '')) ?? '') : '';
  return tag === '' ? attributes : { ...attributes, tag };
}

/** Attributes as `docker logs --details` prints them: by name, as in a query string, and a blank also when there are none. Pure. */
export function detailsText(attributes: Record<string, string>): string {
  const pairs = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${pairs.map(([key, value]) => `${queryEscape(key)}=${queryEscape(value)}`).join(',')} `;
}

/** Go's url.QueryEscape. */
function queryEscape(text: string): string {
  const hex = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, hex)
    .replaceAll('%20', '+');
}

function choose(
  from: Record<string, string>,
  list: string | undefined,
  regex: string | undefined,
): [string, string][] {
  const named = (list ?? '').split(',').filter((key) => key !== '' && Object.hasOwn(from, key));
  const matching = regex ? matches(regex, Object.keys(from)) : [];
  return [...named, ...matching].map((key) => [key, from[key]!]);
}

/** The names that an expression matches, in bounded time: Go's engine cannot run away, this one could. */
function matches(regex: string, names: string[]): string[] {
  const [, flags = '', rest = ''] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(regex) ?? [];
  const source = rest.replaceAll('(?P<', '(?<');
  let expression: RegExp;
  try {
    expression = new RegExp(source, flags);
  } catch (err) {
    throw new Error(`error parsing regexp: ${(err as Error).message.replace(/^.*?: /, '')}`);
  }
  const context = createContext({ expression, names });
  try {
    const found: unknown = runInContext(
      'names.filter((name) => expression.test(name)).join("\\0")',
      context,
      {
        timeout: REGEX_MS,
      },
    );
    return String(found)
      .split('\0')
      .filter((name) => name !== '');
  } catch {
    throw new Error(`error parsing regexp: expression takes too long: \`${regex}\``);
  }
}

function quietly<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
