// src/commit/changes.ts: what the instructions of a commit do to the new image's configuration.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withChanges } from '#src/commit/changes.ts';
import { emptyConfig } from '#src/dockerfile/run-config.ts';

const base = { ...emptyConfig(), Env: ['A=1'], WorkingDir: '/w' };
for (const [change, expected] of [
  ['ENV A=2', { Env: ['A=2'] }],
  ['ENV B=$A C="x y"', { Env: ['A=1', 'B=1', 'C=x y'] }],
  ['CMD echo a', { Cmd: ['/bin/sh', '-c', 'echo a'] }],
  ['CMD ["a"]', { Cmd: ['a'] }],
  ['ENTRYPOINT ["a"]', { Entrypoint: ['a'] }],
  ['WORKDIR x', { WorkingDir: '/w/x' }],
  ['WORKDIR /x/../y/', { WorkingDir: '/y' }],
  ['EXPOSE 80-81 9/udp', { ExposedPorts: { '80/tcp': {}, '81/tcp': {}, '9/udp': {} } }],
  ['VOLUME /a /b', { Volumes: { '/a': {}, '/b': {} } }],
  ['SHELL ["bash", "-c"]', { Shell: ['bash', '-c'] }],
  [
    'HEALTHCHECK --retries=2 --timeout=1m30s CMD x',
    { Healthcheck: { Test: ['CMD-SHELL', 'x'], Retries: 2, Timeout: 90e9 } },
  ],
] as const) {
  test(change, () => assert.deepEqual(withChanges(base, [change]), { ...base, ...expected }));
}

for (const [change, message] of [
  ['RUN x', /run is not a valid change command/],
  ['EXPOSE x', /invalid containerPort: x/],
  ['STOPSIGNAL NO', /Invalid signal: NO|invalid signal: NO/],
  ['FOO', /unknown instruction: FOO/],
  ['HEALTHCHECK --interval=x CMD y', /invalid duration "x"/],
] as const) {
  test(`refused: ${change}`, () => assert.throws(() => withChanges(base, [change]), message));
}
