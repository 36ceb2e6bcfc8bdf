// Copies of a VM are counted: a start waits for the last of them, and a destruction kills them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Copies, type Copy } from '#lib/cn-agent/copy/copies.ts';

const copy = (kill: () => void = () => undefined): Copy => ({ pid: null, kill });

describe('Copies', () => {
  it('is idle when there is none', () => new Copies().idle());
  it('is idle when the last one has ended', async () => {
    const copies = new Copies();
    const [a, b] = [copy(), copy()];
    copies.add(a);
    copies.add(b);
    let idle = false;
    const waiting = copies.idle().then(() => {
      idle = true;
    });
    copies.remove(a);
    // Counted out once, however often it is said.
    copies.remove(a);
    await Promise.resolve();
    assert.equal(idle, false);
    copies.remove(b);
    await waiting;
    await copies.idle();
  });
  it('kills those under way', () => {
    const copies = new Copies();
    const killed: string[] = [];
    copies.add(copy(() => killed.push('a')));
    const ended = copy(() => killed.push('b'));
    copies.add(ended);
    copies.remove(ended);
    copies.abort();
    assert.deepEqual(killed, ['a']);
  });
});
