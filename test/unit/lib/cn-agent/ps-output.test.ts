// The output of ps to docker top's table: whose rows, and where the columns end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPs, titlesOf } from '#lib/cn-agent/ps-output.ts';

const EF = `UID        PID  PPID  C STIME TTY          TIME CMD
root       100     1  0 20:27 ?        00:00:41 sh -c sleep  5
root       101   100  0 20:27 ?        00:00:00 sleep 5
root       200     1  0 20:27 ?        00:00:00 other
`;

test('rows of the given processes; the last column takes the rest', () => {
  assert.deepEqual(readPs(EF, new Set([100, 101])), {
    Titles: ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'],
    Processes: [
      ['root', '100', '1', '0', '20:27', '?', '00:00:41', 'sh -c sleep 5'],
      ['root', '101', '100', '0', '20:27', '?', '00:00:00', 'sleep 5'],
    ],
  });
  assert.equal(readPs(EF, new Set([5])).Processes, null, 'no row is null, as in dockerd');
});

test('lines of threads belong to the process above them', () => {
  const threads = '  PID COMMAND\n  100 sh\n    - -\n    - -\n  200 other\n    - -\n  101 sleep\n    - -\n';
  assert.deepEqual(readPs(threads, new Set([100, 101])).Processes, [
    ['100', 'sh'],
    ['-', '-'],
    ['-', '-'],
    ['101', 'sleep'],
    ['-', '-'],
  ]);
});

test('with a column of our own a made-up name deceives nobody', () => {
  // Process 200 calls itself "x 100": by the PID column its row would pass for one of ours.
  const forged = 'COMMAND   PID\nx 100   200\nsh   100\n';
  assert.equal(readPs(forged, new Set([100])).Processes?.length, 2);
  const marked = 'SDCPID COMMAND   PID\n200 x 100   200\n100 sh   100\n';
  assert.deepEqual(readPs(marked, new Set([100]), { marked: true }), {
    Titles: ['COMMAND', 'PID'],
    Processes: [['sh', '100']],
  });
});

test('without a PID there is no telling', () => {
  assert.throws(() => readPs(' PPID\n 1\n', new Set([1])), {
    message: "Couldn't find PID field in ps output",
  });
  assert.throws(() => readPs('', new Set([1])), { message: "Couldn't find PID field in ps output" });
  assert.throws(() => readPs('SDCPID PPID\n1 2\n', new Set([1]), { marked: true }), /find PID field/);
  assert.throws(() => readPs('STARTED PID\nTue Nov 24 5\n', new Set([5])), {
    message: `Unexpected pid 'Nov': strconv.Atoi: parsing "Nov": invalid syntax`,
  });
});

test('titlesOf', () => {
  assert.deepEqual(titlesOf('  PID COMMAND\n 1 x\n'), ['PID', 'COMMAND']);
  assert.deepEqual(titlesOf(''), []);
});
