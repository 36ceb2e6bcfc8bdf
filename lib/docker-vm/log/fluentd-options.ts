// The options of the fluentd driver.
import { parseBool, parseDuration, parseUrl, ramInBytes } from './go-values.ts';

const MIN_RECONNECT_MS = 100;
const MAX_RECONNECT_MS = 10_000;
const MAX_INT32 = 2 ** 31 - 1;

export type FluentdAddress =
  | { protocol: 'unix'; path: string }
  | { protocol: 'tcp' | 'tls'; host: string; port: number };

export interface FluentdOptions {
  address: FluentdAddress;
  async: boolean;
  /** ms; 0 = a connection is kept. */
  asyncReconnectInterval: number;
  /** ms */
  retryWait: number;
  maxRetries: number;
  subSecondPrecision: boolean;
  requestAck: boolean;
  /** ms; 0 = for ever. */
  writeTimeout: number;
  readTimeout: number;
}

type Config = Readonly<Record<string, string>>;

/** Throws Error in dockerd's words. */
export function parseFluentdOptions(config: Config): FluentdOptions {
  const option = <T>(key: string, parse: (text: string) => T, fallback: T): T =>
    config[`fluentd-${key}`] ? parse(config[`fluentd-${key}`]!) : fallback;
  const address = parseAddress(config['fluentd-address'] ?? '');
  option('buffer-limit', ramInBytes, 0);
  return {
    address,
    async: option('async', parseBool, false),
    asyncReconnectInterval: option('async-reconnect-interval', reconnectInterval, 0),
    retryWait: option('retry-wait', parseDuration, 1000),
    maxRetries: option('max-retries', retries, MAX_INT32),
    subSecondPrecision: option('sub-second-precision', parseBool, false),
    requestAck: option('request-ack', parseBool, false),
    writeTimeout: option('write-timeout', (text) => timeout('fluentd-write-timeout', text), 0),
    readTimeout: option('read-timeout', (text) => timeout('fluentd-read-timeout', text), 0),
  };
}

function parseAddress(text: string): FluentdAddress {
  const fallback = { protocol: 'tcp', host: '127.0.0.1', port: 24224 } as const;
  if (text === '') return fallback;
  const fail = (why: string): never => {
    throw new Error(`invalid fluentd-address (${text}): ${why}`);
  };
  const whole = text.includes('://') ? text : `tcp://${text}`;
  let url: ReturnType<typeof parseUrl>;
  try {
    url = parseUrl(whole);
  } catch (err) {
    return fail((err as Error).message);
  }
  const { scheme, host: authority, path } = url;
  if (scheme === 'unix') return /[^/]/.test(path) ? { protocol: scheme, path } : fail('path is empty');
  if (scheme !== 'tcp' && scheme !== 'tls') return fail(`unsupported scheme: '${scheme}'`);
  if (path !== '') return fail('should not contain a path element');
  const [, v6, v4, port] = /^(?:\[(.*)\]|([^:]*))(?::(\d*))?$/.exec(authority) ?? [];
  if (port && Number(port) > 65535) {
    return fail(`invalid port: strconv.ParseUint: parsing ${JSON.stringify(port)}: value out of range`);
  }
  return { protocol: scheme, host: v6 || v4 || fallback.host, port: port ? Number(port) : fallback.port };
}

function retries(text: string): number {
  const quoted = JSON.stringify(text);
  if (!/^\d+$/.test(text)) throw new Error(`strconv.ParseUint: parsing ${quoted}: invalid syntax`);
  if (Number(text) >= 2 ** 32) throw new Error(`strconv.ParseUint: parsing ${quoted}: value out of range`);
  if (Number(text) > MAX_INT32) throw new Error('invalid fluentd-max-retries: value out of range');
  return Number(text);
}

function reconnectInterval(text: string): number {
  const key = 'fluentd-async-reconnect-interval';
  let ms: number;
  try {
    ms = parseDuration(text);
  } catch (err) {
    throw new Error(`invalid value for ${key}: ${(err as Error).message}`);
  }
  if (ms !== 0 && (ms < MIN_RECONNECT_MS || ms > MAX_RECONNECT_MS)) {
    throw new Error(
      `invalid value for ${key}: value (${JSON.stringify(text)}) must be between 100ms and 10s`,
    );
  }
  return ms;
}

function timeout(key: string, text: string): number {
  let ms: number;
  try {
    ms = parseDuration(text);
  } catch (err) {
    throw new Error(`invalid value for ${key}: value must be a duration: ${(err as Error).message}`);
  }
  if (ms < 0) throw new Error(`invalid value for ${key}: value must be a duration that is non-negative`);
  return ms;
}
