// Execs that begin while their container is being paused: each runs or is refused, and the container can be thawed and killed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { suite } from '#test/harness/suite.ts';
import { Answers, Client } from './client.ts';

const ROUNDS = 15;

describe('pause beside exec', () => {
  const s = suite('pause-exec');

  it('never leaves a process between the two', async () => {
    const id = await s.stack.ok(['run', '-d', 'busybox', 'sleep', '10000']);
    const answers = new Answers();
    const clients = Array.from({ length: 5 }, () => new Client(s.stack.socketPath, answers));
    const [pauser, ...execs] = clients as [Client, ...Client[]];
    const post = (client: Client, what: string, path: string, body?: object) =>
      client.send({ what, method: 'POST', path, ...(body === undefined ? {} : { body }) });
    const exec = async (client: Client): Promise<void> => {
      const made = await post(client, 'exec', `/containers/${id}/exec`, { Cmd: ['true'] });
      if (made.status !== 201) return;
      const { Id } = JSON.parse(made.body) as { Id: string };
      await post(client, 'start', `/exec/${Id}/start`, { Detach: true });
    };
    for (let round = 0; round < ROUNDS; round++) {
      const begun = execs.map(exec);
      await post(pauser, 'pause', `/containers/${id}/pause`);
      await post(pauser, 'unpause', `/containers/${id}/unpause`);
      await Promise.all(begun);
    }
    for (const client of clients) client.close();
    assert.deepEqual(answers.faults, []);
    assert.equal(answers.counts.get('pause 204'), ROUNDS);
    assert.equal(answers.counts.get('unpause 204'), ROUNDS);
    await s.stack.ok(['rm', '-f', id]);
  });
});
