// What a client of the races does next: one random operation on one of the containers, by name or id.
import type { Client } from './client.ts';

/** A place that holds at most one container, under one of two names. */
export interface Slot {
  names: [string, string];
  /** The last one made there, '' = none yet. */
  id: string;
}

export interface Tally {
  /** Ids that create answered. */
  made: Set<string>;
  /** Id → starts by that id that were answered with 204. */
  started: Map<string, number>;
}

type Move = (client: Client, slot: Slot, tally: Tally) => Promise<unknown>;

const BODIES: object[] = [
  { Cmd: ['sleep', '1000'] },
  { Cmd: ['sh', '-c', 'trap "exit 0" TERM; echo hello; while :; do sleep 0.1; done'] },
  { Cmd: ['sh', '-c', 'echo short; sleep 0.3; exit 3'] },
  { Cmd: ['sh', '-c', 'sleep 0.5'], HostConfig: { AutoRemove: true } },
  { Cmd: ['sh', '-c', 'sleep 0.4; exit 1'], HostConfig: { RestartPolicy: { Name: 'always' } } },
  { Cmd: ['sleep', '1000'], HostConfig: { NetworkMode: 'none' } },
  {
    Cmd: ['sh', '-c', 'sleep 0.6; exit 1'],
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    HostConfig: { PublishAllPorts: true, RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } },
  },
  { Cmd: ['cat'], OpenStdin: true },
  { Cmd: ['sleep', '1000'], Healthcheck: { Test: ['CMD', 'true'], Interval: 1e9 } },
  { Cmd: ['nosuch'] },
];

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;

/** By id one knows which container was meant. */
function refOf(slot: Slot): string {
  return slot.id !== '' && Math.random() < 0.6 ? slot.id : pick(slot.names);
}

async function started(tally: Tally, ref: string, sent: Promise<{ status: number }>): Promise<void> {
  const { status } = await sent;
  if (status === 204 && tally.made.has(ref)) tally.started.set(ref, (tally.started.get(ref) ?? 0) + 1);
}

const post =
  (what: string, query: () => string = () => ''): Move =>
  (client, slot) =>
    client.send({ what, method: 'POST', path: `/containers/${refOf(slot)}/${what}${query()}` });

const create: Move = async (client, slot, tally) => {
  const body = { Image: 'busybox', ...pick(BODIES) };
  const path = `/containers/create?name=${pick(slot.names)}`;
  const { status, body: text } = await client.send({ what: 'create', method: 'POST', path, body });
  if (status !== 201) return;
  slot.id = (JSON.parse(text) as { Id: string }).Id;
  tally.made.add(slot.id);
};

const start: Move = (client, slot, tally) => {
  const ref = refOf(slot);
  return started(
    tally,
    ref,
    client.send({ what: 'start', method: 'POST', path: `/containers/${ref}/start` }),
  );
};

const remove: Move = (client, slot) =>
  client.send({
    what: 'rm',
    method: 'DELETE',
    path: `/containers/${refOf(slot)}?force=${pick(['1', '1', '0'])}`,
  });

const exec: Move = async (client, slot) => {
  const body = { Cmd: ['sh', '-c', pick(['echo hi', 'exit 4', 'sleep 0.2'])], AttachStdout: true };
  const path = `/containers/${refOf(slot)}/exec`;
  const { status, body: text } = await client.send({ what: 'exec', method: 'POST', path, body });
  if (status !== 201) return;
  const { Id } = JSON.parse(text) as { Id: string };
  const start = { Detach: pick([true, false]) };
  await client.send({ what: 'exec-start', method: 'POST', path: `/exec/${Id}/start`, body: start });
  await client.send({ what: 'exec-inspect', method: 'GET', path: `/exec/${Id}/json` });
};

const read =
  (what: string, query: string, leaveAfter?: number): Move =>
  (client, slot) =>
    client.send({ what, method: 'GET', path: `/containers/${refOf(slot)}/${query}`, leaveAfter });

const rename: Move = (client, slot) =>
  client.send({
    what: 'rename',
    method: 'POST',
    path: `/containers/${refOf(slot)}/rename?name=${pick(slot.names)}`,
  });

const wait: Move = (client, slot) =>
  client.send({
    what: 'wait',
    method: 'POST',
    path: `/containers/${refOf(slot)}/wait?condition=${pick(['next-exit', 'removed', 'not-running'])}`,
    leaveAfter: 200,
  });

const update: Move = (client, slot) =>
  client.send({
    what: 'update',
    method: 'POST',
    path: `/containers/${refOf(slot)}/update`,
    body: { CpuShares: pick([512, 1024]) },
  });

/** Those that are there more than once come more often. */
const MOVES: readonly Move[] = [
  ...[create, create, create, start, start, start, start, remove, remove],
  ...[exec, exec, rename, wait, update],
  post('stop', () => '?t=0'),
  post('stop', () => '?t=1'),
  post('kill', () => `?signal=${pick(['KILL', 'KILL', 'TERM', 'USR1'])}`),
  post('restart', () => '?t=0'),
  post('pause'),
  post('unpause'),
  read('inspect', 'json'),
  read('logs', 'logs?stdout=1&stderr=1'),
  read('logs-f', 'logs?stdout=1&stderr=1&follow=1', 200),
  read('top', 'top'),
  (client) => client.send({ what: 'list', method: 'GET', path: '/containers/json?all=1' }),
];

/** Resolves when it is answered. */
export function move(client: Client, slot: Slot, tally: Tally): Promise<unknown> {
  return pick(MOVES)(client, slot, tally);
}
