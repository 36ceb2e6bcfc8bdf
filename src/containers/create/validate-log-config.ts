// dockerd's checks of a log driver's options at create.
import type { HostConfig } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';

/** Options of every driver. */
const EVERY = [
  'mode',
  'max-buffer-size',
  'cache-disabled',
  'cache-max-size',
  'cache-max-file',
  'cache-compress',
];
const FILES = ['max-file', 'max-size', 'compress'];
const OPTIONS: Readonly<Record<string, string[]>> = {
  'json-file': [...FILES, 'env', 'env-regex', 'labels', 'labels-regex', 'tag'],
  local: FILES,
};
/** A number with a unit, as Docker's users write it. */
const SIZE = /^\d+(\.\d+)? ?([kmgtp]i?)?b?$/i;

/** Throws DockerError invalid: an unknown option, or a size that is none (which dockerd tells only at the start). */
export function validateLogConfig({ Type: type, Config: config }: HostConfig['LogConfig']): void {
  const driver = type || 'json-file';
  const known = OPTIONS[driver];
  if (known === undefined) return;
  for (const key of Object.keys(config)) {
    if ([...EVERY, ...known].includes(key)) continue;
    const whose = driver === 'local' ? 'log driver local' : `${driver} log driver`;
    throw invalid(`unknown log opt '${key}' for ${whose}`);
  }
  const size = config['max-size'];
  if (size !== undefined && size !== '-1' && !SIZE.test(size)) throw invalid(`invalid size: '${size}'`);
  const files = config['max-file'];
  if (files !== undefined && !/^\d+$/.test(files)) {
    throw invalid(`strconv.Atoi: parsing ${JSON.stringify(files)}: invalid syntax`);
  }
}
