// What a scenario is, and the few moves that most of them make.
import { waitUntil } from '#test/harness/stack.ts';
import type { Answer, Driver } from '../driver.ts';

export interface Scenario {
  name: string;
  /** Everything that was answered, errors too. Leaves nothing behind. */
  play(d: Driver): Promise<unknown>;
}

/** Bodies of POST /containers/create. */
export const NO_NET = { NetworkMode: 'none' };
export const TALK = {
  Image: 'busybox',
  Cmd: ['sh', '-c', 'echo out; echo err >&2; exit 3'],
  HostConfig: NO_NET,
};
export const SLEEP = { Image: 'busybox', Cmd: ['sleep', '1000'], HostConfig: NO_NET };

/** Ends at once on SIGTERM, which `sleep` as process 1 does not. */
export const OBEDIENT = {
  Image: 'busybox',
  Cmd: ['sh', '-c', 'trap "exit 0" TERM; echo ready; while :; do sleep 0.1; done'],
  HostConfig: NO_NET,
};

export async function create(d: Driver, name: string, body: object = SLEEP): Promise<string> {
  const answer = await d.api('POST', `/containers/create?name=${name}`, body);
  if (answer.status !== 201) throw new Error(`create ${name}: ${JSON.stringify(answer)}`);
  return (answer.body as { Id: string }).Id;
}

/** Creates and starts. */
export async function launch(d: Driver, name: string, body: object = SLEEP): Promise<string> {
  const id = await create(d, name, body);
  const { status } = await d.api('POST', `/containers/${id}/start`);
  if (status !== 204) throw new Error(`start ${name}: ${status}`);
  return id;
}

/** Waits for the line that OBEDIENT prints when its trap is set, in its first or a later run. */
export async function ready(d: Driver, name: string, runs = 1): Promise<void> {
  await waitUntil(`${name} says ready in run ${runs}`, async () => {
    const { body } = await d.api('GET', `/containers/${name}/logs?stdout=1`);
    return String(body).split('ready').length > runs;
  });
}

export async function remove(d: Driver, ...names: string[]): Promise<void> {
  for (const name of names) await d.api('DELETE', `/containers/${name}?force=1&v=1`);
}

/** One field of a container's inspect. */
export async function inspected<T>(d: Driver, name: string, field: string): Promise<T> {
  const { body } = await d.api('GET', `/containers/${name}/json`);
  return (body as Record<string, T>)[field] as T;
}

export const stateOf = (d: Driver, name: string): Promise<unknown> => inspected(d, name, 'State');

export const filters = (value: object): string => `filters=${encodeURIComponent(JSON.stringify(value))}`;

/** The keys of an answer's body, for what differs by machine. */
export function keysOf(answer: Answer): unknown {
  return { ...answer, body: Object.keys(answer.body as object).sort() };
}
