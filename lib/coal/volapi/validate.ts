// What VOLAPI takes: names, types, labels, with the real one's error.
import { TritonError } from '#lib/wire/errors.ts';
import type { Volume } from '#lib/wire/types.ts';
import { isUuid } from '#lib/wire/uuid.ts';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const MAX_NAME = 256;
const TYPES: readonly string[] = ['tritonnfs', 'local'];
const STATES: readonly string[] = ['creating', 'ready', 'failed', 'deleting'];

export interface VolumeWish {
  owner_uuid: string;
  /** null = VOLAPI chooses. */
  name: string | null;
  type: Volume['type'];
  labels: Record<string, string>;
  options: Record<string, string>;
}

/** Body of POST /volumes. Throws TritonError ValidationError. Pure. */
export function readCreate(body: Record<string, unknown>): VolumeWish {
  const { owner_uuid, name = null, type, labels = {}, options = {} } = body;
  const causes: string[] = [];
  if (!isUuid(owner_uuid)) causes.push('Error: owner_uuid is not a valid UUID');
  if (name !== null) causes.push(...nameErrors(name));
  if (!TYPES.includes(String(type))) causes.push(`Error: Volume type: ${String(type)} is not supported`);
  if (!isTextMap(labels)) causes.push('Error: labels must be an object of strings');
  if (!isTextMap(options)) causes.push('Error: options must be an object of strings');
  if (causes.length > 0) throw validationError(causes);
  return { owner_uuid, name, type, labels, options } as VolumeWish;
}

/** A name for POST /volumes/:uuid. Throws TritonError ValidationError. */
export function readName(name: unknown): string {
  const causes = nameErrors(name);
  if (causes.length > 0) throw validationError(causes);
  return name as string;
}

/** The test of GET /volumes. Throws TritonError ValidationError. Pure. */
export function readList(query: Record<string, string>): (volume: Volume) => boolean {
  const known = ['name', 'size', 'owner_uuid', 'billing_id', 'type', 'state', 'vm_uuid', 'usage'];
  const causes = Object.keys(query)
    .filter((key) => !known.includes(key))
    .map((key) => `Error: invalid parameter ${key}`);
  const { owner_uuid, type, state, name } = query;
  if (owner_uuid !== undefined && !isUuid(owner_uuid)) causes.push('Error: owner_uuid is not a valid UUID');
  if (type !== undefined && !TYPES.includes(type))
    causes.push(`Error: Volume type: ${type} is not supported`);
  if (state !== undefined && !STATES.includes(state)) causes.push(`Error: Volume state: ${state} is invalid`);
  if (causes.length > 0) throw validationError(causes);
  const matchesName = nameTest(name);
  return (volume) =>
    matchesName(volume.name) &&
    (owner_uuid === undefined || volume.owner_uuid === owner_uuid) &&
    (type === undefined || volume.type === type) &&
    (state === undefined || volume.state === state) &&
    (query.size === undefined || volume.size === Number(query.size)) &&
    // Of the VM that stores a volume; no VM does here.
    query.vm_uuid === undefined;
}

/** '*' stands for anything at either end. */
function nameTest(name: string | undefined): (name: string) => boolean {
  if (name === undefined) return () => true;
  const [open, close] = [name.length > 1 && name.startsWith('*'), name.length > 1 && name.endsWith('*')];
  const core = name.slice(open ? 1 : 0, close ? -1 : undefined);
  if (open && close) return (text) => text.includes(core);
  if (open) return (text) => text.endsWith(core);
  return close ? (text) => text.startsWith(core) : (text) => text === core;
}

function nameErrors(name: unknown): string[] {
  if (typeof name !== 'string') return ['Error: volume name must be a string'];
  return [
    ...(NAME.test(name) ? [] : [`Error: volume name must match ${String(NAME)}`]),
    ...(name.length > MAX_NAME ? [`Error: volume name is too long, max length is ${MAX_NAME}`] : []),
  ];
}

export function validationError(causes: string[]): TritonError {
  return new TritonError('ValidationError', 409, `Validation error, causes: ${causes.join(', ')}`);
}

function isTextMap(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === 'string')
  );
}
