// A command's row in docs/divergence.md is as good as the worst of its operations and flags.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '#src/api/operations.ts';
import { commandRows, divergence } from '#tools/divergence.ts';

const op = (path: string, state: Operation['state'], more: Partial<Operation> = {}): Operation => ({
  operationId: path,
  method: 'GET',
  path,
  state,
  cli: 'docker x',
  ...more,
});
const cases: [string, Operation[], string, string[]][] = [
  ['all done', [op('/a', 'done'), op('/b', 'done')], 'done', []],
  ['none there', [op('/a', 'notImplemented')], 'notImplemented', []],
  [
    'some there',
    [op('/a', 'done'), op('/b/:id', 'notImplemented')],
    'partial',
    ['GET /b/{id} is not there yet'],
  ],
  ['one with a reason', [op('/a', 'partial', { reason: 'r' }), op('/b', 'done')], 'partial', ['r']],
  ['swarm', [op('/a', 'swarm')], 'swarm', []],
];
for (const [name, operations, state, remarks] of cases) {
  test(`command row: ${name}`, () => {
    assert.deepEqual(commandRows(operations), [{ what: 'docker x', state, remarks }]);
  });
}

test('docker run is no better than its flags', () => {
  const [row] = commandRows([op('/a', 'done', { cli: 'docker run' })]);
  assert.deepEqual(row, { what: 'docker run', state: 'partial', remarks: ['see its flags below'] });
});

test('the text has every command and every line of a table has four bars', () => {
  const lines = divergence()
    .split('\n')
    .filter((line) => line.startsWith('|'));
  assert.ok(lines.some((line) => line.startsWith('| docker run |')));
  for (const line of lines) assert.equal(line.replace(/\\\|/g, '').split('|').length - 1, 4, line);
});
