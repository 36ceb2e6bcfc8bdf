// Signal words as docker kill and docker stop accept them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSignal } from '#lib/cn-agent/signals.ts';
import { hasRestCode } from '#lib/wire/errors.ts';

describe('parseSignal', () => {
  const good: [string | number, number][] = [
    ['SIGTERM', 15],
    ['term', 15],
    ['15', 15],
    [9, 9],
    ['KILL', 9],
    [' hup ', 1],
    ['SIGUSR1', 10],
    ['WINCH', 28],
    ['RTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['rtmin+15', 49],
    ['RTMAX', 64],
    ['RTMAX-14', 50],
    [64, 64],
  ];
  for (const [word, number] of good) {
    it(`${JSON.stringify(word)} is ${number}`, () => assert.equal(parseSignal(word), number));
  }
  for (const word of ['', 'NOSUCH', '0', 0, -1, '65', 'RTMIN-1', 'RTMIN+16', 'RTMAX+1', 'RTMAX-15', 1.5]) {
    it(`${JSON.stringify(word)} is refused`, () => {
      assert.throws(
        () => parseSignal(word),
        (err) => hasRestCode(err, 'ValidationFailed'),
      );
    });
  }
});
