// Many clients do everything at once to the same twenty containers: nothing fails inside, no event is lost or out of order, and
// nothing is left. RACE_SECONDS and RACE_CLIENTS make it longer and heavier.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';
import { findOrphans } from '#tools/check/orphans.ts';
import { Answers, Client, DOCKERD_SAYS_500 } from './client.ts';
import { move, type Slot } from './moves.ts';
import { checkLives, type LifeEvent } from './story-check.ts';

const SECONDS = Number(process.env.RACE_SECONDS ?? 20);
const CLIENTS = Number(process.env.RACE_CLIENTS ?? 40);
const CONTAINERS = 20;

/** Every event of a container from now on. */
async function listen(socketPath: string): Promise<{ events: LifeEvent[]; stop(): void }> {
  const filters = encodeURIComponent(JSON.stringify({ type: ['container'] }));
  const events: LifeEvent[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const req = get({ socketPath, path: `/events?filters=${filters}`, agent: false }, (res) => {
    let rest = '';
    res.setEncoding('utf8').on('data', (piece: string) => {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) events.push(JSON.parse(line) as LifeEvent);
    });
    res.on('error', () => undefined);
    resolve();
  });
  req.on('error', reject);
  await promise;
  return { events, stop: () => req.destroy() };
}

async function unpauseAll(client: Client): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ status: ['paused'] }));
  const { body } = await client.send({
    what: 'list',
    method: 'GET',
    path: `/containers/json?filters=${filters}`,
  });
  for (const { Id } of JSON.parse(body || '[]') as { Id: string }[]) {
    await client.send({ what: 'unpause', method: 'POST', path: `/containers/${Id}/unpause` });
  }
}

/** What both programs logged as an error says more than a 500. */
async function assertNoFaults({ faults }: Answers, dir: string): Promise<void> {
  if (faults.length === 0) return;
  const logs = await Promise.all(
    ['coal', 'daemon'].map((name) => readFile(join(dir, `${name}.log`), 'utf8')),
  );
  const errors = logs
    .flatMap((log) => log.split('\n'))
    .filter((line) => /"level":[56]0/.test(line) && !DOCKERD_SAYS_500.test(line));
  assert.deepEqual([...new Set(faults)], [], errors.slice(-20).join('\n'));
}

describe('races', () => {
  const s = suite('races');

  it(`${CLIENTS} clients on ${CONTAINERS} containers for ${SECONDS} s`, async () => {
    const { socketPath, dir } = s.stack;
    const orphans = () => findOrphans(join(dir, 'config.json'));
    assert.deepEqual(await orphans(), [], 'before anything was done');
    const { events, stop } = await listen(socketPath);
    const slots: Slot[] = Array.from({ length: CONTAINERS }, (_, i) => ({
      names: [`r${i}`, `r${i}b`],
      id: '',
    }));
    const answers = new Answers();
    const made = new Set<string>();
    const started = new Map<string, number>();
    const until = Date.now() + SECONDS * 1000;
    let racing = CLIENTS;
    const race = Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        const client = new Client(socketPath, answers);
        while (Date.now() < until) {
          const slot = slots[Math.floor(Math.random() * slots.length)]!;
          await move(client, slot, { made, started });
        }
        client.close();
        racing -= 1;
      }),
    );
    const sweeper = new Client(socketPath, answers);
    // An exec of a paused container goes on when that does: somebody has to see to it when nobody else will.
    await waitUntil(
      'every client has its answer',
      async () => {
        if (Date.now() > until) await unpauseAll(sweeper);
        return racing === 0;
      },
      (SECONDS + 90) * 1000,
    );
    await race;
    process.stdout.write(`${answers.table()}\n`);
    await assertNoFaults(answers, dir);

    for (const id of made)
      await sweeper.send({ what: 'sweep', method: 'DELETE', path: `/containers/${id}?force=1` });
    await waitUntil('no container is left', async () => {
      const { body } = await sweeper.send({ what: 'list', method: 'GET', path: '/containers/json?all=1' });
      return body.trim() === '[]';
    });
    await waitUntil('every end was told', () => checkLives(events).gone.size >= made.size, 10_000).catch(
      () => '',
    );
    stop();
    const lives = checkLives(events);
    assert.deepEqual(lives.impossible, []);
    assert.deepEqual(
      [...made].filter((id) => !lives.gone.has(id)).map((id) => `${id}: ${lives.actions.get(id)?.join(' ')}`),
      [],
      'made, and its end was not told',
    );
    const short = [...started].filter(([id, times]) => (lives.counts.get(id)?.get('start') ?? 0) < times);
    assert.deepEqual(short, [], 'starts that were answered and not told');
    await assertNoFaults(answers, dir);
    sweeper.close();

    await waitUntil('nothing is left', async () => (await orphans()).length === 0).catch(() => '');
    assert.deepEqual(await orphans(), []);
  });
});
