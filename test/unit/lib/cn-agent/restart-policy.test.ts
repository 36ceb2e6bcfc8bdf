// When an ended container starts again, by dockerd's rules.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideRestart, parseRestartPolicy } from '#lib/cn-agent/restart-policy.ts';

const FRESH = { exitStatus: 1, ranMs: 50, manuallyStopped: false, restartCount: 0, restartDelay: 0 };

describe('parseRestartPolicy', () => {
  const cases: [unknown, string, number][] = [
    [undefined, 'no', 0],
    ['', 'no', 0],
    ['no', 'no', 0],
    ['nonsense', 'no', 0],
    ['always', 'always', 0],
    ['unless-stopped', 'unless-stopped', 0],
    ['on-failure', 'on-failure', 0],
    ['on-failure:3', 'on-failure', 3],
  ];
  for (const [text, name, maxRetries] of cases) {
    it(`${String(text)}`, () => assert.deepEqual(parseRestartPolicy(text), { name, maxRetries }));
  }
});

describe('decideRestart', () => {
  const cases: [string, Partial<typeof FRESH>, boolean][] = [
    ['no', {}, false],
    ['always', {}, true],
    ['always', { exitStatus: 0, manuallyStopped: true }, true],
    ['unless-stopped', {}, true],
    ['unless-stopped', { exitStatus: 0 }, true],
    ['unless-stopped', { manuallyStopped: true }, false],
    ['on-failure', {}, true],
    ['on-failure', { exitStatus: 0 }, false],
    ['on-failure:2', { restartCount: 1 }, true],
    ['on-failure:2', { restartCount: 2 }, false],
  ];
  for (const [policy, facts, restart] of cases) {
    it(`${policy} ${JSON.stringify(facts)}: ${restart}`, () => {
      assert.equal(decideRestart(parseRestartPolicy(policy), { ...FRESH, ...facts }).restart, restart);
    });
  }

  it('doubles the back-off from 100 ms to one minute', () => {
    const delays: number[] = [];
    let restartDelay = 0;
    for (let round = 0; round < 12; round++) {
      restartDelay = decideRestart(parseRestartPolicy('always'), { ...FRESH, restartDelay }).delayMs;
      delays.push(restartDelay);
    }
    assert.deepEqual(delays.slice(0, 4), [100, 200, 400, 800]);
    assert.deepEqual(delays.slice(9), [51_200, 60_000, 60_000]);
  });

  it('begins anew after a run of ten seconds', () => {
    const facts = { ...FRESH, ranMs: 10_000, restartDelay: 60_000 };
    assert.equal(decideRestart(parseRestartPolicy('always'), facts).delayMs, 100);
  });
});
