// How much output is kept on the compute node: the max-size and max-file of json-file, local and of the copy that other drivers keep.
import { atoi, fromHumanSize, parseBool } from './go-values.ts';

/** dockerd's defaults of `local`, which also keeps the copy for drivers that cannot be read. */
const LOCAL_SIZE = 20 * 1024 * 1024;
const LOCAL_FILES = 5;
/** Nobody can read the output later: enough for who is attached. */
const UNREADABLE = 1024 * 1024;

type Config = Readonly<Record<string, string>>;

/**
 * Bytes to keep of stdout and stderr together, max-size × max-file; null = everything. `zlogMaxSize` is the VM's own limit, which an
 * operator or the real sdc-docker sets; the container's options come first. Throws Error in dockerd's words: it looks at values only when
 * the container starts.
 */
export function logWindow(driver: string, config: Config, zlogMaxSize: number | null): number | null {
  if (driver === 'none') return UNREADABLE;
  if (driver === 'json-file') return jsonFileWindow(config, zlogMaxSize);
  const own = driver === 'local' ? config : cacheOptions(config);
  return localWindow(own);
}

function jsonFileWindow(config: Config, zlogMaxSize: number | null): number | null {
  const size = config['max-size'] === undefined ? null : fromHumanSize(config['max-size']);
  if (size !== null && size <= 0) throw new Error('max-size must be a positive number');
  const files = config['max-file'] === undefined ? 1 : atoi(config['max-file']);
  if (files < 1) throw new Error('max-file cannot be less than 1');
  if (config.compress !== undefined && parseBool(config.compress) && (files === 1 || size === null)) {
    throw new Error('compress cannot be true when max-file is less than 2 or max-size is not set');
  }
  const bytes = size ?? zlogMaxSize;
  return bytes === null ? null : bytes * files;
}

function localWindow(config: Config): number | null {
  const size = told('max-size', config, fromHumanSize) ?? LOCAL_SIZE;
  const files = told('max-file', config, atoi) ?? LOCAL_FILES;
  const compress = config.compress === undefined ? true : localBool(config.compress);
  if (size < 0) throw new Error('max-size must not be negative');
  if (files < 0) throw new Error('max-file must not be negative');
  if (compress && files <= 1) throw new Error('compression cannot be enabled when max file count is 1');
  return size * Math.max(1, files);
}

function told(key: string, config: Config, parse: (text: string) => number): number | null {
  const text = config[key];
  if (text === undefined) return null;
  try {
    return parse(text);
  } catch (err) {
    throw new Error(`invalid value for ${key}: ${text}: ${(err as Error).message}`);
  }
}

function localBool(text: string): boolean {
  try {
    return parseBool(text);
  } catch (err) {
    throw new Error(`invalid boolean value for compress: ${(err as Error).message}`);
  }
}

/** cache-max-size and so on, under local's own names. One file and no word on compression is no contradiction. */
function cacheOptions(config: Config): Config {
  const own = Object.entries(config)
    .filter(([key]) => key.startsWith('cache-'))
    .map(([key, value]) => [key.slice('cache-'.length), value] as const);
  return { compress: 'false', ...Object.fromEntries(own) };
}

/** `docker logs` works: not for none, nor where the copy is switched off. */
export function isReadable(driver: string, config: Config): boolean {
  if (driver === 'none') return false;
  if (driver === 'json-file' || driver === 'local') return true;
  const disabled = config['cache-disabled'];
  if (!disabled) return true;
  try {
    return !parseBool(disabled);
  } catch {
    return false;
  }
}
