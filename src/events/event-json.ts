// An event as JSON text, as it is kept and as each API version sends it; timeNano stays exact, which a JavaScript number is not.
import type { StoredEvent } from '#lib/store/types.ts';
import type { ApiVersion } from '#src/api/version.ts';
import type { DockerEvent } from './types.ts';

/** Newest shape. */
export function toJson(event: DockerEvent): string {
  return text({}, event);
}

/** As a client of this version reads it: before API 1.52 with the fields of Docker 1.9 on top. */
export function toVersionJson(event: DockerEvent, version: ApiVersion): string {
  return text(version < 52 ? legacyFields(event) : {}, event);
}

export function fromStored({ owner_uuid, time_nano, json }: StoredEvent): DockerEvent {
  return { ...(JSON.parse(json) as DockerEvent), account: owner_uuid, timeNano: time_nano };
}

function text(more: object, event: DockerEvent): string {
  const { Type, Action, Actor, scope, time } = event;
  const json = JSON.stringify({ ...more, Type, Action, Actor, scope, time });
  return `${json.slice(0, -1)},"timeNano":${event.timeNano}}`;
}

function legacyFields({ Type, Action, Actor }: DockerEvent): object {
  if (Type !== 'container' && Type !== 'image') return {};
  const from = Type === 'container' ? Actor.Attributes.image : '';
  // A prune is of no one object.
  return { status: Action, ...(Actor.ID ? { id: Actor.ID } : {}), ...(from ? { from } : {}) };
}
