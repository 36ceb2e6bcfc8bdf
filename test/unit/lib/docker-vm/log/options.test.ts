// Log options as dockerd reads them: what passes, what does not and in which words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFluentdOptions } from '#lib/docker-vm/log/fluentd-options.ts';
import { parseGelfOptions } from '#lib/docker-vm/log/gelf-options.ts';
import {
  fromHumanSize,
  parseDuration,
  parseUrl,
  ramInBytes,
  splitHostPort,
} from '#lib/docker-vm/log/go-values.ts';
import { parseSyslogOptions } from '#lib/docker-vm/log/syslog-options.ts';
import { LOG_DRIVERS, validateLogOptions } from '#lib/docker-vm/log/validate.ts';
import { isReadable, logWindow } from '#lib/docker-vm/log/window.ts';

type Config = Record<string, string>;
const validate = (driver: string, config: Config, enabled: readonly string[] = LOG_DRIVERS) =>
  validateLogOptions(driver, config, enabled);

test('sizes', () => {
  const good: [string, number][] = [
    ['10', 10],
    ['10b', 10],
    ['10k', 10_000],
    ['1.5MB', 1_500_000],
    ['2 GiB', 2_000_000_000],
    ['3T', 3e12],
  ];
  for (const [text, size] of good) assert.equal(fromHumanSize(text), size, text);
  assert.equal(ramInBytes('10m'), 10_485_760);
  const bad: [string, string][] = [
    ['x', "invalid size: 'x'"],
    ['', "invalid size: ''"],
    ['-1', "invalid size: '-1'"],
    ['10x', "invalid suffix: 'x'"],
    ['10mbb', "invalid suffix: 'mbb'"],
    ['1.2.3', 'strconv.ParseFloat: parsing "1.2.3": invalid syntax'],
  ];
  for (const [text, message] of bad) assert.throws(() => fromHumanSize(text), { message }, text);
});

test('durations, addresses', () => {
  const durations: [string, number][] = [
    ['1s', 1000],
    ['1m30s', 90_000],
    ['250ms', 250],
    ['1.5h', 5_400_000],
    ['-2s', -2000],
    ['0', 0],
  ];
  for (const [text, ms] of durations) assert.equal(parseDuration(text), ms, text);
  assert.throws(() => parseDuration('5'), { message: 'time: missing unit in duration "5"' });
  assert.throws(() => parseDuration('x'), { message: 'time: invalid duration "x"' });
  assert.deepEqual(parseUrl('tcp://[::1]:514/x?y'), { scheme: 'tcp', host: '[::1]:514', path: '/x' });
  assert.deepEqual(splitHostPort('[::1]:514'), { host: '::1', port: '514' });
  assert.deepEqual(splitHostPort('h'), { host: 'h', port: null });
});

const REFUSED: [string, Config, string][] = [
  ['nosuch', {}, "logger: no log driver named 'nosuch' is registered"],
  ['splunk', {}, "logger: no log driver named 'splunk' is registered"],
  ['awslogs', { 'awslogs-group': 'g' }, "logger: no log driver named 'awslogs' is registered"],
  ['json-file', { nosuch: '1' }, "unknown log opt 'nosuch' for json-file log driver"],
  ['local', { nosuch: '1' }, "unknown log opt 'nosuch' for log driver local"],
  ['syslog', { nosuch: '1' }, "unknown log opt 'nosuch' for syslog log driver"],
  ['fluentd', { nosuch: '1' }, "unknown log opt 'nosuch' for fluentd log driver"],
  ['journald', { nosuch: '1' }, "unknown log opt 'nosuch' for journald log driver"],
  ['gelf', { nosuch: '1' }, 'gelf-address is a required parameter'],
  ['gelf', { 'gelf-address': 'udp://h:1', nosuch: '1' }, 'unknown log opt "nosuch" for gelf log driver'],
  ['json-file', { mode: 'x' }, 'logger: logging mode not supported: x'],
  [
    'json-file',
    { 'max-buffer-size': '1m' },
    "logger: max-buffer-size option is only supported with 'mode=non-blocking'",
  ],
  [
    'json-file',
    { mode: 'non-blocking', 'max-buffer-size': 'x' },
    "error parsing option max-buffer-size: invalid size: 'x'",
  ],
  ['syslog', { 'cache-disabled': 'x' }, 'invalid value for option cache-disabled: x'],
  ['syslog', { 'syslog-address': 'x://h' }, "unsupported scheme: 'x'"],
  [
    'syslog',
    { 'syslog-address': '127.0.0.1:5' },
    'parse "127.0.0.1:5": first path segment in URL cannot contain colon',
  ],
  ['syslog', { 'syslog-facility': '24' }, 'invalid syslog facility'],
  ['syslog', { 'syslog-format': 'rfc1' }, 'Invalid syslog format'],
  ['gelf', { 'gelf-address': 'http://h:1' }, 'gelf: endpoint needs to be TCP or UDP'],
  ['gelf', { 'gelf-address': 'udp://h' }, 'gelf: please provide gelf-address as proto://host:port'],
  [
    'gelf',
    { 'gelf-address': 'tcp://h:1', 'gelf-compression-level': '1' },
    'compression is only supported on UDP',
  ],
  [
    'gelf',
    { 'gelf-address': 'udp://h:1', 'gelf-compression-level': '10' },
    'unknown value "10" for log opt "gelf-compression-level" for gelf log driver',
  ],
  [
    'gelf',
    { 'gelf-address': 'udp://h:1', 'gelf-tcp-max-reconnect': '1' },
    '"gelf-tcp-max-reconnect" is only valid for TCP',
  ],
  [
    'gelf',
    { 'gelf-address': 'tcp://h:1', 'gelf-tcp-reconnect-delay': '-1' },
    '"gelf-tcp-reconnect-delay" must be a positive integer',
  ],
  ['fluentd', { 'fluentd-address': 'x://h' }, "invalid fluentd-address (x://h): unsupported scheme: 'x'"],
  [
    'fluentd',
    { 'fluentd-address': 'tcp://h/p' },
    'invalid fluentd-address (tcp://h/p): should not contain a path element',
  ],
  ['fluentd', { 'fluentd-address': 'unix://' }, 'invalid fluentd-address (unix://): path is empty'],
  ['fluentd', { 'fluentd-async': 'x' }, 'strconv.ParseBool: parsing "x": invalid syntax'],
  [
    'fluentd',
    { 'fluentd-max-retries': '4294967296' },
    'strconv.ParseUint: parsing "4294967296": value out of range',
  ],
  [
    'fluentd',
    { 'fluentd-write-timeout': '-1s' },
    'invalid value for fluentd-write-timeout: value must be a duration that is non-negative',
  ],
  [
    'fluentd',
    { 'fluentd-async-reconnect-interval': '1ms' },
    'invalid value for fluentd-async-reconnect-interval: value ("1ms") must be between 100ms and 10s',
  ],
];
for (const [driver, config, message] of REFUSED) {
  test(`refused: ${driver} ${JSON.stringify(config)}`, () => {
    assert.throws(() => validate(driver, config), { message });
  });
}

test('accepted', () => {
  const good: [string, Config][] = [
    [
      'json-file',
      { 'max-size': 'x', 'max-file': '0', compress: 'true', labels: 'a', 'env-regex': '.', tag: '{{.ID}}' },
    ],
    ['json-file', { mode: 'non-blocking', 'max-buffer-size': '4m' }],
    ['local', { 'max-size': '10m', tag: 'x' }],
    ['none', { whatever: '1' }],
    ['syslog', {}],
    ['syslog', { 'syslog-address': 'tcp+tls://h', 'syslog-tls-skip-verify': '', 'cache-max-size': '1m' }],
    ['fluentd', {}],
    ['gelf', { 'gelf-address': 'udp://[::1]:12201', 'gelf-compression-level': '-1' }],
    ['journald', { tag: 'x' }],
  ];
  for (const [driver, config] of good) validate(driver, config);
  assert.throws(() => validate('local', {}, ['json-file']), {
    message: "logger: no log driver named 'local' is registered",
  });
  assert.throws(() => validate('none', {}, ['json-file']), {
    message: "logger: no log driver named 'none' is registered",
  });
});

test('options in our own shapes', () => {
  assert.deepEqual(parseSyslogOptions({}).address, { protocol: 'local' });
  assert.deepEqual(parseSyslogOptions({ 'syslog-address': 'tcp+tls://h' }).address, {
    protocol: 'tcp+tls',
    host: 'h',
    port: 514,
  });
  assert.deepEqual(parseSyslogOptions({ 'syslog-address': 'unixgram:///dev/log' }).address, {
    protocol: 'unixgram',
    path: '/dev/log',
  });
  assert.equal(parseSyslogOptions({ 'syslog-facility': 'local7' }).facility, 23);
  assert.equal(parseSyslogOptions({ 'syslog-facility': 'cron' }).facility, 9);
  assert.equal(parseGelfOptions({ 'gelf-address': 'udp://h:1' }).compression, 'gzip');
  assert.deepEqual(parseFluentdOptions({}).address, { protocol: 'tcp', host: '127.0.0.1', port: 24224 });
  assert.deepEqual(parseFluentdOptions({ 'fluentd-address': 'h:5' }).address, {
    protocol: 'tcp',
    host: 'h',
    port: 5,
  });
  assert.deepEqual(parseFluentdOptions({ 'fluentd-address': 'unix:///run/f' }).address, {
    protocol: 'unix',
    path: '/run/f',
  });
});

test('how much is kept', () => {
  const cases: [string, Config, number | null, number | null][] = [
    ['json-file', {}, null, null],
    ['json-file', {}, 5000, 5000],
    ['json-file', { 'max-size': '10m' }, 5000, 10_000_000],
    ['json-file', { 'max-size': '1k', 'max-file': '3', compress: 'true' }, null, 3000],
    ['json-file', { 'max-file': '3' }, null, null],
    ['local', {}, null, 5 * 20 * 1024 * 1024],
    ['local', { 'max-size': '1m', 'max-file': '1', compress: 'false' }, null, 1_000_000],
    ['syslog', {}, null, 5 * 20 * 1024 * 1024],
    ['gelf', { 'cache-max-size': '1m', 'cache-max-file': '1' }, null, 1_000_000],
    ['none', {}, null, 1024 * 1024],
  ];
  for (const [driver, config, zlog, window] of cases)
    assert.equal(logWindow(driver, config, zlog), window, `${driver} ${JSON.stringify(config)}`);
  const bad: [string, Config, string][] = [
    ['json-file', { 'max-size': 'x' }, "invalid size: 'x'"],
    ['json-file', { 'max-size': '0' }, 'max-size must be a positive number'],
    ['json-file', { 'max-file': '0' }, 'max-file cannot be less than 1'],
    ['json-file', { 'max-file': 'x' }, 'strconv.Atoi: parsing "x": invalid syntax'],
    [
      'json-file',
      { compress: 'true' },
      'compress cannot be true when max-file is less than 2 or max-size is not set',
    ],
    ['local', { 'max-size': 'x' }, "invalid value for max-size: x: invalid size: 'x'"],
    ['local', { 'max-file': '-1' }, 'max-file must not be negative'],
    ['local', { 'max-file': '1' }, 'compression cannot be enabled when max file count is 1'],
    [
      'local',
      { compress: 'x' },
      'invalid boolean value for compress: strconv.ParseBool: parsing "x": invalid syntax',
    ],
  ];
  for (const [driver, config, message] of bad)
    assert.throws(() => logWindow(driver, config, null), { message });
});

test('what can be read', () => {
  assert.equal(isReadable('none', {}), false);
  assert.equal(isReadable('json-file', { 'cache-disabled': 'true' }), true);
  assert.equal(isReadable('syslog', {}), true);
  assert.equal(isReadable('syslog', { 'cache-disabled': 'true' }), false);
  assert.equal(isReadable('syslog', { 'cache-disabled': '0' }), true);
});
