// The firewall rules of published ports: written before the container is made, taken back when that fails.
import { randomUUID } from 'node:crypto';
import { mergedRanges } from '#lib/docker-vm/ports.ts';
import type { FwapiClient } from '#lib/triton/types.ts';
import type { VmPayload } from '#lib/wire/types.ts';
import { PORT_RULE } from '#src/containers/port-rule.ts';
import type { CreateRequest } from '#src/containers/types.ts';
import type { Req } from '#src/context.ts';
import { outliving } from '#src/vm/outlive.ts';
import { hasOwnAddress, portsOf } from './published-ports.ts';

/** The oldest version of the rules' language takes so many ports in a rule. */
const PORTS_PER_RULE = 8;
/** More ports than these go as ranges, which the language has had later; sdc-docker used to refuse them. */
const PORTS_LISTED = 128;

type NewRule = Parameters<FwapiClient['createRule']>[0] & { uuid: string };

/** Runs `make` with a payload that carries its rules. Throws TritonError of FWAPI or whatever `make` throws; then no rule is left. */
export async function withPortRules(
  req: Req,
  request: CreateRequest,
  payload: VmPayload,
  make: (payload: VmPayload) => Promise<unknown>,
): Promise<void> {
  const wanted = portRules(request, payload.uuid, payload.owner_uuid);
  if (wanted.length === 0) return void (await make(payload));
  const { fwapi } = req.app.triton;
  const call = outliving(req.call);
  req.app.portRules.begin(payload.uuid);
  try {
    const made = await Promise.allSettled(wanted.map((rule) => fwapi.createRule(rule, call)));
    const failed = made.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
    const firewall_rules = made.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    await make({ ...payload, firewall_rules });
  } catch (err) {
    for (const { uuid, owner_uuid } of wanted)
      await fwapi.deleteRule(uuid, { owner_uuid }, call).catch(() => undefined);
    throw err;
  } finally {
    req.app.portRules.end(payload.uuid);
  }
}

/** With the texts that sdc-docker has always written. Pure, but for the rules' uuids. */
export function portRules(request: CreateRequest, vmUuid: string, owner: string): NewRule[] {
  if (!hasOwnAddress(request.hostConfig.NetworkMode)) return [];
  const { open } = portsOf(request);
  return (['tcp', 'udp'] as const).flatMap((protocol) => {
    const ports = open.filter((port) => port.protocol === protocol).map(({ port }) => port);
    const lists = ports.length > PORTS_LISTED ? [rangesOf(ports)] : listsOf(ports);
    return lists.map((list) => ({
      uuid: randomUUID(),
      owner_uuid: owner,
      enabled: true,
      description: PORT_RULE,
      rule: `FROM any TO vm ${vmUuid} ALLOW ${protocol} ${list}`,
    }));
  });
}

/** [80, 81] → ['(PORT 80 AND PORT 81)']. */
function listsOf(ports: number[]): string[] {
  const lists: string[] = [];
  for (let at = 0; at < ports.length; at += PORTS_PER_RULE) {
    const some = ports.slice(at, at + PORTS_PER_RULE).map((port) => `PORT ${port}`);
    lists.push(some.length > 1 ? `(${some.join(' AND ')})` : some[0]!);
  }
  return lists;
}

/** [80, 81, 82, 90] → 'PORTS 80 - 82, 90'. */
function rangesOf(ports: number[]): string {
  const ranges = mergedRanges(ports.map((port) => ({ first: port, last: port })));
  return `PORTS ${ranges.map(({ first, last }) => (first === last ? first : `${first} - ${last}`)).join(', ')}`;
}
