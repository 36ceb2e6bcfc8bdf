// Which addresses the daemon listens on, and which it refuses.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseListenAddress } from '#src/server/listen.ts';

const good: [string, object][] = [
  ['unix:///run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
  ['tcp://127.0.0.1:2375', { kind: 'tcp', host: '127.0.0.1', port: 2375 }],
  ['tcp://localhost:1', { kind: 'tcp', host: 'localhost', port: 1 }],
  ['tcp://[::1]:2375', { kind: 'tcp', host: '::1', port: 2375 }],
];
for (const [text, expected] of good) {
  it(`takes ${text}`, () => assert.deepEqual(parseListenAddress(text), expected));
}
const bad: [string, RegExp][] = [
  ['tcp://0.0.0.0:2375', /loopback/],
  ['tcp://192.0.2.1:2375', /loopback/],
  ['tcp://127.evil.example:2375', /cannot listen/],
  ['tcp://127.0.0.1:99999', /no such port/],
  ['unix://relative', /cannot listen/],
  ['http://127.0.0.1:80', /cannot listen/],
  [`unix:///${'x'.repeat(120)}`, /longer than 107/],
];
for (const [text, reason] of bad) {
  it(`refuses ${text.slice(0, 40)}`, () => assert.throws(() => parseListenAddress(text), reason));
}
