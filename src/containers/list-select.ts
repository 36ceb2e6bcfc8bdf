// Which containers a `docker ps` with its filters shows, and in which order; dockerd's rules (moby daemon/list.go).
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';
import { type Filters, filterBool, filterExact, filterLabels, filterMatch } from '#src/api/filters.ts';
import { invalid, notFound } from '#src/errors.ts';
import { dockerIdOf, labelsOf } from '#src/vm/metadata.ts';
import { exitCodeOf, isRunning, statusOf } from '#src/vm/state.ts';
import { toMounts } from './from-vm/mounts.ts';
import { toNetworks } from './from-vm/networks.ts';
import { portMatcher } from './list-ports.ts';
import { pickContainer } from './lookup.ts';

export const LIST_FILTERS: readonly string[] = [
  'ancestor',
  'before',
  'exited',
  'expose',
  'health',
  'id',
  'is-task',
  'isolation',
  'label',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
];

const STATES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];
const HEALTH = ['none', 'starting', 'healthy', 'unhealthy'];

export interface ListOptions {
  all: boolean;
  /** 0 = no limit; a limit also shows those that are not running. */
  limit: number;
  filters: Filters;
}

/** What a filter may ask that the VM itself does not say. */
export interface ListFacts {
  /** What an image reference means (ancestor). */
  imageId: (ref: string) => string | null;
  /** The image that one was built on, '' for none. */
  parentOf?: (id: string) => string;
  /** 'none' for a container without health. */
  health?: (vm: Vm) => string;
}

/**
 * The VMs to show, newest first. Pure. Throws DockerError invalid for a bad
 * filter value, notFound for an unknown container in before or since.
 */
export function selectContainers(vms: Vm[], options: ListOptions, facts: ListFacts): Vm[] {
  const { filters, limit } = options;
  checkFilters(filters);
  const sorted = [...vms].sort(
    (a, b) => compare(b.create_timestamp, a.create_timestamp) || compare(a.uuid, b.uuid),
  );
  const byId = idMatches(sorted, filters);
  const showStopped = options.all || limit > 0 || filters.has('status');
  const matches = matcher(filters, facts);
  const range = between(sorted, filters);
  const found = range.filter(
    (vm) => (showStopped || isRunning(vm)) && (byId === null || byId.has(vm.uuid)) && matches(vm),
  );
  return limit > 0 ? found.slice(0, limit) : found;
}

function checkFilters(filters: Filters): void {
  for (const value of filters.get('status') ?? []) {
    if (!STATES.includes(value)) {
      throw invalid(
        `invalid filter 'status=${value}': invalid value for state (${value}): must be one of ${STATES.join(', ')}`,
      );
    }
  }
  for (const value of filters.get('health') ?? []) {
    if (!HEALTH.includes(value)) {
      throw invalid(
        `invalid filter 'health=${value}': invalid value for health (${value}): must be one of ${HEALTH.join(', ')}`,
      );
    }
  }
  for (const value of filters.get('exited') ?? []) {
    if (!/^[+-]?\d+$/.test(value)) {
      throw invalid(
        `invalid filter 'exited=${value}': strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`,
      );
    }
  }
}

/** An `id` filter takes an unambiguous prefix; null when there is none. */
function idMatches(vms: Vm[], filters: Filters): Set<string> | null {
  const ids = filters.get('id');
  if (!ids || ids.size === 0) return null;
  const found = new Set<string>();
  for (const id of ids) {
    const prefixed = id === '' ? [] : vms.filter((vm) => dockerIdOf(vm).startsWith(id));
    if (prefixed.length === 1) found.add(prefixed[0]!.uuid);
  }
  return found;
}

/** before: older than that one; since: newer than that one. */
function between(sorted: Vm[], filters: Filters): Vm[] {
  let range = sorted;
  for (const ref of filters.get('before') ?? []) {
    const pivot = mustFind(sorted, ref);
    range = range.slice(range.indexOf(pivot) + 1);
  }
  for (const ref of filters.get('since') ?? []) {
    const pivot = mustFind(sorted, ref);
    const at = range.indexOf(pivot);
    if (at >= 0) range = range.slice(0, at);
  }
  return range;
}

function mustFind(vms: Vm[], ref: string): Vm {
  const vm = pickContainer(vms, ref);
  if (!vm) throw notFound(`No such container: ${ref}`);
  return vm;
}

function matcher(filters: Filters, facts: ListFacts): (vm: Vm) => boolean {
  const { imageId, health = () => 'none', parentOf = () => '' } = facts;
  const ancestors = filters.has('ancestor') ? [...filters.get('ancestor')!].map(imageId) : null;
  const exited = [...(filters.get('exited') ?? [])].map(Number);
  // Nothing here is a swarm task.
  const never = filters.has('is-task') && filterBool(filters, 'is-task', false);
  const matchesPort = portMatcher(filters);
  return (vm) =>
    !never &&
    matchesPort(vm) &&
    matchesName(vm, filters) &&
    filterLabels(filters, 'label', labelsOf(vm)) &&
    filterMatch(filters, 'status', statusOf(vm)) &&
    (!filters.has('health') || filterExact(filters, 'health', health(vm))) &&
    (exited.length === 0 || (statusOf(vm) === 'exited' && exited.includes(exitCodeOf(vm)))) &&
    (ancestors === null || standsOn(String(vm.internal_metadata[MD.imageId]), ancestors, parentOf)) &&
    matchesVolume(vm, filters) &&
    matchesNetwork(vm, filters);
}

/** Whether the image is one of these, or built on one. */
function standsOn(
  id: string,
  ancestors: readonly (string | null)[],
  parentOf: (id: string) => string,
): boolean {
  for (let at = id; at !== ''; at = parentOf(at)) {
    if (ancestors.includes(at)) return true;
  }
  return false;
}

function matchesName(vm: Vm, filters: Filters): boolean {
  const name = vm.alias ?? '';
  return filterMatch(filters, 'name', `/${name}`) || filterMatch(filters, 'name', name);
}

function matchesVolume(vm: Vm, filters: Filters): boolean {
  const values = filters.get('volume');
  if (!values) return true;
  const mounts = toMounts(vm);
  return mounts.some((m) => values.has(m.Destination) || values.has(m.Name ?? m.Source));
}

function matchesNetwork(vm: Vm, filters: Filters): boolean {
  const values = filters.get('network');
  if (!values) return true;
  return Object.entries(toNetworks(vm)).some(
    ([name, endpoint]) =>
      values.has(name) || [...values].some((value) => value !== '' && endpoint.NetworkID.startsWith(value)),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
