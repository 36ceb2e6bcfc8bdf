// POST /networks/:uuid/nics: a nic for whoever asks over the wire.
import type { OpenNetwork } from './network.ts';
import type { Nics, NicWish } from './nics.ts';
import { bool, checked, invalidParameters, oneOf, type Schema, text, uuid } from './params.ts';
import type { NicRow } from './store.ts';

const REQUIRED = ['belongs_to_type', 'belongs_to_uuid', 'owner_uuid'] as const;

const SCHEMA: Schema = {
  belongs_to_type: oneOf('other', 'server', 'zone'),
  belongs_to_uuid: uuid,
  owner_uuid: uuid,
  ip: text,
  mac: text,
  primary: bool,
  state: oneOf('provisioning', 'running', 'stopped'),
};

/** A new nic each time. Throws TritonError InvalidParameters 422, SubnetFull 507. */
export function createNic(nics: Nics, { row }: OpenNetwork, body: Record<string, unknown>): NicRow {
  const absent = REQUIRED.filter((field) => body[field] === undefined);
  if (absent.length > 0) {
    const errors = absent.map((field) => ({
      field,
      code: 'MissingParameter',
      message: 'Missing parameter',
    }));
    throw invalidParameters(errors, 'Missing parameters');
  }
  const wish = checked(body, SCHEMA) as Partial<NicWish>;
  if (row.fabric !== null && row.fabric.owner_uuid !== wish.owner_uuid) {
    const error = {
      field: 'owner_uuid',
      code: 'InvalidParameter',
      message: 'owner cannot provision on network',
    };
    throw invalidParameters([error]);
  }
  const defaults = { primary: false, state: 'provisioning' as const, network_uuid: row.uuid };
  const [made] = nics.add([{ ...defaults, ...wish } as NicWish]);
  return made!;
}
