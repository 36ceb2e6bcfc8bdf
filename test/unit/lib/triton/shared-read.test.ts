// Equal reads at once are one request, and nobody is told what was read before he asked.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sharedRead } from '#lib/triton/shared-read.ts';
import { hasRestCode } from '#lib/wire/errors.ts';

const CALL = { reqId: 'r' };

function reader() {
  const sent: { asked: string; answer: (value: string) => void; fail: (err: Error) => void }[] = [];
  const read = sharedRead('papi', (asked: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    sent.push({ asked, answer: resolve, fail: reject });
    return promise;
  });
  return { read, sent };
}

it('sends one request for all who came while another was under way', async () => {
  const { read, sent } = reader();
  const first = read('a', CALL);
  const others = [read('a', CALL), read('a', CALL)];
  const apart = read('b', CALL);
  assert.deepEqual(
    sent.map(({ asked }) => asked),
    ['a', 'b'],
  );
  sent[0]!.answer('old');
  assert.equal(await first, 'old');
  assert.equal(sent.length, 3);
  sent[2]!.answer('new');
  assert.deepEqual(await Promise.all(others), ['new', 'new']);
  sent[1]!.answer('b');
  assert.equal(await apart, 'b');
  void read('a', CALL);
  assert.equal(sent.length, 4, 'nothing is kept');
});

it('passes on a failure to those who waited for it, and to no one else', async () => {
  const { read, sent } = reader();
  const first = read('a', CALL);
  const second = read('a', CALL);
  sent[0]!.fail(new Error('away'));
  await assert.rejects(first, /away/);
  sent[1]!.answer('back');
  assert.equal(await second, 'back');
});

it('lets go of who gives up', async () => {
  const { read, sent } = reader();
  const gone = new AbortController();
  const [mine, his] = [read('a', { ...CALL, signal: gone.signal }), read('a', CALL)];
  gone.abort();
  await assert.rejects(mine, (err) => hasRestCode(err, 'RequestAborted'));
  await assert.rejects(read('a', { ...CALL, signal: gone.signal }), (err) =>
    hasRestCode(err, 'RequestAborted'),
  );
  sent[0]!.answer('one');
  await new Promise(setImmediate);
  sent[1]!.answer('two');
  assert.equal(await his, 'two');
});
