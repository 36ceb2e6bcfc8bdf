// The log driver of a new container: asked for, or the daemon's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCreate } from '#src/containers/create/decode.ts';
import { withLogConfig } from '#src/containers/create/log-config.ts';

const defaults = {
  logDriver: 'local',
  logOpts: { 'max-size': '1m', 'cache-max-size': '2m' },
  enabledLogDrivers: ['json-file', 'local', 'none', 'syslog'],
};
const logConfig = (LogConfig: object | null) =>
  withLogConfig(decodeCreate({ Image: 'a', HostConfig: { LogConfig } }), defaults).hostConfig.LogConfig;

test('merged with the daemon’s', () => {
  const own = { 'max-size': '1m', 'cache-max-size': '2m' };
  assert.deepEqual(logConfig(null), { Type: 'local', Config: own });
  assert.deepEqual(logConfig({ Config: { 'max-size': '3m' } }), {
    Type: 'local',
    Config: { ...own, 'max-size': '3m' },
  });
  assert.deepEqual(logConfig({ Type: 'local', Config: { tag: 'x' } }), {
    Type: 'local',
    Config: { ...own, tag: 'x' },
  });
  assert.deepEqual(logConfig({ Type: 'json-file', Config: {} }), {
    Type: 'json-file',
    Config: { 'cache-max-size': '2m' },
  });
});

test('refused with dockerd’s texts', () => {
  assert.throws(() => logConfig({ Type: 'foo' }), {
    kind: 'invalid',
    message: "logger: no log driver named 'foo' is registered",
  });
  assert.throws(() => logConfig({ Type: 'gelf' }), {
    kind: 'invalid',
    message: "logger: no log driver named 'gelf' is registered",
  });
  assert.throws(() => logConfig({ Type: 'syslog', Config: { nosuch: '1' } }), {
    kind: 'invalid',
    message: "unknown log opt 'nosuch' for syslog log driver",
  });
});
