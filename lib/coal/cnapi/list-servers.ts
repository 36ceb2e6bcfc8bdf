// GET /servers: which servers, and how much of each.
import type { Server, Vm } from '#lib/wire/types.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import { invalid, queryBoolean, queryInteger, validationFailed } from '../validation.ts';
import { ALL_EXTRAS, describeServer, EXTRAS, type Extra } from './server-record.ts';
import type { Sysinfo } from './sysinfo-cache.ts';

/** The one server in a list, or none. `vms` is asked only when they are wanted. Throws TritonError ValidationFailed 409. */
export function selectServers(
  sysinfo: Sysinfo,
  vms: () => Vm[],
  query: Record<string, string>,
): Partial<Server>[] {
  const extras = parseExtras(query.extras);
  const limit = queryInteger(query, 'limit', { min: 1, max: 1000 }) ?? 1000;
  const offset = queryInteger(query, 'offset', { min: 0, max: 1_000_000 }) ?? 0;
  const wants = (field: string) => queryBoolean(query, field);
  const flags = ['setup', 'headnode', 'reserved', 'reservoir'].map((name) => [name, wants(name)] as const);
  const uuids = parseUuids(query.uuids);

  const server = describeServer(sysinfo, extras.has('vms') ? vms() : [], extras);
  const matches =
    (uuids === null || uuids.includes(server.uuid)) &&
    (query.hostname === undefined || query.hostname === server.hostname) &&
    flags.every(([name, wanted]) => wanted === undefined || server[name] === wanted);
  const found = matches ? [pickFields(server, query.fields)] : [];
  return found.slice(offset, offset + limit);
}

function parseExtras(text: string | undefined): ReadonlySet<Extra> {
  const words = (text ?? '').split(',').filter((word) => word !== '');
  if (words.includes('all')) return ALL_EXTRAS;
  const unknown = words.find((word) => !EXTRAS.includes(word as Extra));
  if (unknown !== undefined) throw validationFailed([invalid('extras')]);
  return new Set(words as Extra[]);
}

function parseUuids(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  const uuids = text.split(',');
  if (!uuids.every(isUuid)) throw validationFailed([invalid('uuids')]);
  return uuids;
}

function pickFields(server: Server, fields: string | undefined): Partial<Server> {
  if (fields === undefined || fields === '*') return server;
  const named = fields.split(',').filter((field) => Object.hasOwn(server, field));
  return Object.fromEntries(named.map((field) => [field, server[field]]));
}
