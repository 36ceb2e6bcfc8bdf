// Streams that share one way: the first goes first while it has something, and one that ends early lets the others through.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createTurns } from '#lib/coal/imgapi/turns.ts';

async function* numbers(from: number, count: number): AsyncGenerator<number> {
  for (let n = from; n < from + count; n++) yield n;
}

it('gives the first stream way, and every item once', async () => {
  const turns = createTurns();
  const seen: number[] = [];
  const drain = async (stream: AsyncGenerator<number>): Promise<void> => {
    for await (const n of stream) {
      seen.push(n);
      // Work on an item, during which the other stream has one ready.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all([
    drain(turns.join().inOrder(numbers(0, 5))),
    drain(turns.join().inOrder(numbers(100, 5))),
  ]);
  assert.deepEqual(
    seen.filter((n) => n < 100),
    [0, 1, 2, 3, 4],
  );
  assert.deepEqual(
    seen.filter((n) => n >= 100),
    [100, 101, 102, 103, 104],
  );
  assert.ok(seen.indexOf(4) < seen.indexOf(102), seen.join(' '));
});

it('goes on when a stream is left early', async () => {
  const turns = createTurns();
  for await (const n of turns.join().inOrder(numbers(0, 5))) if (n === 1) break;
  const rest: number[] = [];
  for await (const n of turns.join().inOrder(numbers(0, 3))) rest.push(n);
  assert.deepEqual(rest, [0, 1, 2]);
});
