// dockerd's checks of a log driver and its options when a container is created.
import { parseFluentdOptions } from './fluentd-options.ts';
import { parseGelfOptions } from './gelf-options.ts';
import { parseBool, ramInBytes } from './go-values.ts';
import { parseSyslogOptions } from './syslog-options.ts';

type Config = Readonly<Record<string, string>>;

/** Drivers whose output leaves the node, as dockerd's `docker info` orders them, and those that stay. */
export const LOG_DRIVERS = ['fluentd', 'gelf', 'journald', 'json-file', 'local', 'none', 'syslog'] as const;
export type LogDriverName = (typeof LOG_DRIVERS)[number];

const ATTRIBUTES = ['env', 'env-regex', 'labels', 'labels-regex', 'tag'];
const FILES = ['max-file', 'max-size', 'compress'];
/** Options that dockerd takes whatever the driver. */
const EVERY = [
  'mode',
  'max-buffer-size',
  'cache-disabled',
  ...[...FILES, ...ATTRIBUTES].map((key) => `cache-${key}`),
];

interface Driver {
  options: readonly string[];
  /** Looks at the values too. */
  check?: (config: Config) => void;
  unknown: (key: string) => string;
}

const plain = (driver: string) => (key: string) => `unknown log opt '${key}' for ${driver} log driver`;
const prefixed = (prefix: string, names: string) => names.split(' ').map((name) => `${prefix}-${name}`);

const DRIVERS: Readonly<Record<Exclude<LogDriverName, 'none'>, Driver>> = {
  'json-file': { options: [...FILES, ...ATTRIBUTES], unknown: plain('json-file') },
  local: {
    options: [...FILES, ...ATTRIBUTES],
    unknown: (key) => `unknown log opt '${key}' for log driver local`,
  },
  syslog: {
    options: [
      ...ATTRIBUTES,
      ...prefixed('syslog', 'address facility tls-ca-cert tls-cert tls-key tls-skip-verify format'),
    ],
    check: parseSyslogOptions,
    unknown: plain('syslog'),
  },
  gelf: {
    options: [
      ...ATTRIBUTES,
      ...prefixed('gelf', 'address compression-level compression-type tcp-max-reconnect tcp-reconnect-delay'),
    ],
    check: parseGelfOptions,
    unknown: (key) => `unknown log opt ${JSON.stringify(key)} for gelf log driver`,
  },
  fluentd: {
    options: [
      ...ATTRIBUTES,
      ...prefixed(
        'fluentd',
        'address async async-reconnect-interval buffer-limit max-retries request-ack retry-wait sub-second-precision write-timeout read-timeout',
      ),
    ],
    check: parseFluentdOptions,
    unknown: plain('fluentd'),
  },
  journald: { options: ATTRIBUTES, unknown: plain('journald') },
};

/** Throws Error in dockerd's words. Sizes and counts are looked at only when the container starts (logWindow), as dockerd does. */
export function validateLogOptions(driver: string, config: Config, enabled: readonly string[]): void {
  const missing = () => new Error(`logger: no log driver named '${driver}' is registered`);
  if (driver === 'none' && enabled.includes(driver)) return;
  validateMode(config);
  const disabled = config['cache-disabled'];
  if (disabled && quietly(() => parseBool(disabled)) === null) {
    throw new Error(`invalid value for option cache-disabled: ${disabled}`);
  }
  const known = Object.hasOwn(DRIVERS, driver) ? DRIVERS[driver as keyof typeof DRIVERS] : undefined;
  if (!known || !enabled.includes(driver)) throw missing();
  const own = Object.keys(config).filter((key) => !EVERY.includes(key));
  const strange = own.find((key) => !known.options.includes(key));
  // gelf wants its address first.
  if (strange !== undefined && driver === 'gelf')
    parseGelfOptions({ 'gelf-address': config['gelf-address'] ?? '' });
  if (strange !== undefined) throw new Error(known.unknown(strange));
  known.check?.(config);
}

function validateMode(config: Config): void {
  const mode = config.mode ?? '';
  if (!['', 'blocking', 'non-blocking'].includes(mode))
    throw new Error(`logger: logging mode not supported: ${mode}`);
  const size = config['max-buffer-size'];
  if (size === undefined) return;
  if (mode !== 'non-blocking') {
    throw new Error("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  }
  try {
    ramInBytes(size);
  } catch (err) {
    throw new Error(`error parsing option max-buffer-size: ${(err as Error).message}`);
  }
}

function quietly<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
