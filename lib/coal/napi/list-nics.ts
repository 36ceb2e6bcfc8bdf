// GET /nics and the addresses of a network: their filters.
import type { Nic } from '#lib/wire/types.ts';
import { type Check, oneOf, PAGING, page, type Schema, strictQuery, text, uuid } from './params.ts';
import type { IpView } from './views.ts';

/** One or more of them, with commas between. */
function listOf(check: Check): Check {
  return (value) => {
    const parts = String(value).split(',');
    const wrong = parts.map(check).find((result) => 'complaint' in result);
    return wrong ?? { value: parts };
  };
}

const BELONGS_TO_TYPE = oneOf('other', 'server', 'zone');

const NIC_SCHEMA: Schema = {
  belongs_to_type: listOf(BELONGS_TO_TYPE),
  belongs_to_uuid: listOf(uuid),
  cn_uuid: listOf(uuid),
  network_uuid: uuid,
  nic_tag: listOf(text),
  owner_uuid: listOf(uuid),
  state: oneOf('provisioning', 'running', 'stopped'),
  ...PAGING,
};

const IP_SCHEMA: Schema = {
  belongs_to_type: BELONGS_TO_TYPE,
  belongs_to_uuid: uuid,
  owner_uuid: uuid,
  ...PAGING,
};

/** By MAC. Throws TritonError InvalidParameters 422. */
export function selectNics(all: Nic[], query: Record<string, string>): Nic[] {
  const wanted = strictQuery(query, NIC_SCHEMA);
  const found = all.filter((nic) => matches(nic, wanted));
  return page(
    found.sort((a, b) => (a.mac < b.mac ? -1 : 1)),
    wanted,
  );
}

/** In the given order. Throws TritonError InvalidParameters 422. */
export function selectIps(all: IpView[], query: Record<string, string>): IpView[] {
  const wanted = strictQuery(query, IP_SCHEMA);
  return page(
    all.filter((ip) => matches(ip, wanted)),
    wanted,
  );
}

function matches(item: object, wanted: Record<string, unknown>): boolean {
  return Object.entries(wanted).every(([field, value]) => {
    if (field === 'limit' || field === 'offset') return true;
    const own = (item as Record<string, unknown>)[field];
    return Array.isArray(value) ? value.includes(own) : own === value;
  });
}
