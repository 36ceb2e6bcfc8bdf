// test/integration/races/story-check.ts: it must see what a race could do to the order of events.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLives } from '#test/integration/races/story-check.ts';

const told = (text: string) => text.split(' ').map((Action) => ({ Action, Actor: { ID: 'abc' } }));
const cases: [string, number][] = [
  ['create start die destroy', 0],
  ['create attach start kill die stop start pause unpause die destroy', 0],
  ['create start pause die destroy', 0],
  ['create destroy', 0],
  ['start die', 1],
  ['create start start die destroy', 1],
  ['create start destroy', 1],
  ['create start die die destroy', 1],
  ['create destroy start', 1],
  ['create start unpause die destroy', 1],
];
for (const [text, faults] of cases) {
  test(text, () => assert.equal(checkLives(told(text)).impossible.length, faults));
}
