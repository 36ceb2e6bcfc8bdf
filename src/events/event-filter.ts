// Which events a client asked for: dockerd's rules, which differ by filter (moby daemon/events/filter.go).
import { familiarName, InvalidReferenceError, parseNormalizedNamed } from '#lib/registry/reference.ts';
import { type Filters, filterExact, filterLabels } from '#src/api/filters.ts';
import type { DockerEvent } from './types.ts';

/** Kinds of objects that are found by the beginning of their id or name. Those of swarm match nothing here. */
const OBJECTS = [
  'config',
  'container',
  'daemon',
  'network',
  'node',
  'plugin',
  'secret',
  'service',
  'volume',
] as const;

/** Actions that go on after a colon: one of these in the filter lets every value of it match by its beginning. */
const OPEN_ENDED = ['exec_create', 'exec_start', 'health_status'];

/** The test for one request; filters of other names are no condition. Pure. */
export function eventTest(filters: Filters): (event: DockerEvent) => boolean {
  const byBeginning = OPEN_ENDED.some((action) => filters.get('event')?.has(action));
  const objects = OBJECTS.filter((name) => filters.has(name));
  return (event) =>
    (byBeginning ? begins(filters, 'event', event.Action) : filterExact(filters, 'event', event.Action)) &&
    filterExact(filters, 'type', event.Type) &&
    filterExact(filters, 'scope', event.scope) &&
    objects.every((name) => isObject(filters, name, event)) &&
    isOfImage(filters, event) &&
    filterLabels(filters, 'label', event.Actor.Attributes);
}

function isObject(filters: Filters, name: string, { Actor }: DockerEvent): boolean {
  return begins(filters, name, Actor.ID) || begins(filters, name, Actor.Attributes.name ?? '');
}

function begins(filters: Filters, name: string, text: string): boolean {
  const values = filters.get(name);
  return !values || values.size === 0 || [...values].some((value) => text.startsWith(value));
}

function isOfImage(filters: Filters, { Type, Actor }: DockerEvent): boolean {
  if (!filters.has('image')) return true;
  const name = Actor.Attributes[Type === 'image' ? 'name' : 'image'] ?? '';
  return [Actor.ID, name, withoutTag(Actor.ID), withoutTag(name)].some((text) =>
    filterExact(filters, 'image', text),
  );
}

function withoutTag(image: string): string {
  try {
    return familiarName(parseNormalizedNamed(image));
  } catch (err) {
    if (err instanceof InvalidReferenceError) return image;
    throw err;
  }
}
