// CoaL's FWAPI over its socket: as the real one was recorded, by the daemon's client and by plain requests; rules outlive it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { createFwapi } from '#lib/coal/fwapi/fwapi.ts';
import { RuleStore } from '#lib/coal/fwapi/rule-store.ts';
import { createFwapiClient } from '#lib/triton/fwapi.ts';
import type { Vm } from '#lib/wire/types.ts';
import { vmRecord } from '#test/unit/lib/cn-agent/vm-record.ts';
import { CALL, type Served, serveOne } from './serve-one.ts';

const OWNER = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d53';
const OTHER = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d54';
const VM = 'c0ffee00-0000-4000-8000-000000000002';
const NOBODY = '99999999-0000-4000-8000-000000000002';
const vm: Vm = {
  ...vmRecord(VM),
  owner_uuid: OWNER,
  state: 'running',
  tags: { role: 'web', sdc_docker: true },
};
const WEB = 'FROM any TO tag role = web ALLOW tcp PORT 80';

let store: RuleStore;
let served: Served;
let client: ReturnType<typeof createFwapiClient>;
const changes: [string, string | null][] = [];
before(async () => {
  served = await serveOne(async (dir) => {
    store = new RuleStore(join(dir, 'fwapi.db'));
    store.onChange((uuid, rule) => changes.push([uuid, rule?.rule ?? null]));
    const records = new Map([[VM, vm]]);
    return createFwapi({
      rules: store,
      vms: { get: (uuid) => records.get(uuid), all: () => records.values() },
    });
  });
  client = createFwapiClient(served.at);
});
after(async () => {
  client.close();
  await served.close();
  store.close();
});
const post = (rule: string, more: object = { owner_uuid: OWNER }) =>
  served.ask('POST', '/rules', { enabled: true, rule, ...more });
const remove = (uuid: string) => client.deleteRule(uuid, {}, CALL);

it('begins with the rule that lets everybody ping', async () => {
  const { body } = await served.ask('GET', '/rules');
  assert.deepEqual(
    body.map(({ rule, global }: { rule: string; global: boolean }) => [rule, global]),
    [
      ['FROM any TO all vms ALLOW icmp TYPE 8 CODE 0', true],
      ['FROM any TO all vms ALLOW icmp6 TYPE 128 CODE 0', true],
    ],
  );
});

it('create answers 202 with the rule in its normal form; update and delete are told to the compute node', async () => {
  const { status, headers, body } = await post(WEB, { owner_uuid: OWNER, description: 'd1' });
  assert.equal(status, 202);
  assert.match(String(headers['x-update-id']), /^[0-9a-f-]{36}$/);
  const { uuid, version, ...rest } = body;
  assert.match(version, /^\d{13}\.\d{6}$/);
  assert.deepEqual(rest, {
    description: 'd1',
    enabled: true,
    log: false,
    owner_uuid: OWNER,
    rule: 'FROM any TO tag "role" = "web" ALLOW tcp PORT 80',
  });
  const updated = await served.ask('PUT', `/rules/${uuid}`, { enabled: false });
  assert.deepEqual([updated.status, updated.body.enabled, updated.body.rule], [202, false, rest.rule]);
  assert.notEqual(updated.body.version, version);
  assert.deepEqual((await served.ask('GET', `/rules/${uuid}`)).body, updated.body);
  assert.equal((await served.ask('DELETE', `/rules/${uuid}?owner_uuid=${OWNER}`)).status, 204);
  assert.deepEqual(changes.splice(0), [
    [uuid, rest.rule],
    [uuid, rest.rule],
    [uuid, null],
  ]);
  const again = await served.ask('DELETE', `/rules/${uuid}?owner_uuid=${OWNER}`);
  assert.deepEqual(
    [again.status, again.body],
    [404, { code: 'ResourceNotFound', message: 'Rule not found' }],
  );
});

it('what is wrong is said as the real one says it', async () => {
  assert.deepEqual(await bodyOf(post('FROM any TO nonsense')), {
    code: 'InvalidParameters',
    message: 'Invalid parameters',
    errors: [
      {
        field: 'rule',
        code: 'InvalidParameter',
        message:
          "Error at character 11: 'nonsense', expected: '(', 'all', 'any', 'ip', 'subnet', 'vm', 'tag', found: word",
      },
    ],
  });
  const missing = await served.ask('POST', '/rules', {});
  assert.deepEqual(
    [missing.status, missing.body],
    [409, { code: 'MissingParameter', message: '"rule" parameter required' }],
  );
  assert.equal((await post(WEB, {})).status, 422);
  assert.equal((await served.ask('GET', '/rules?owner_uuid=x')).status, 422);
  assert.equal((await served.ask('GET', '/rules?nosuch=1')).status, 422);
  assert.equal((await served.ask('GET', '/firewalls/vms/nosuch')).status, 404);
});

it('finds rules by owner, tag, VM; those of a VM by its tags; the VMs of a rule', async () => {
  const web = (await post(WEB)).body;
  const own = (await post(`FROM any TO vm ${VM} ALLOW tcp (PORT 443 AND PORT 80)`)).body;
  const others = (await post(`FROM any TO vm ${VM} ALLOW tcp PORT 22`, { owner_uuid: OTHER })).body;
  assert.equal(own.rule, `FROM any TO vm ${VM} ALLOW tcp (PORT 80 AND PORT 443)`);
  const uuids = (rules: { uuid: string }[]) => rules.map(({ uuid }) => uuid).sort();
  const listed = async (query: object) => uuids(await client.listRules(query, CALL));
  assert.deepEqual(await listed({ owner_uuid: OWNER }), uuids([web, own]));
  assert.deepEqual(await listed({ owner_uuid: OWNER, tag: 'role' }), uuids([web]));
  assert.deepEqual(await listed({ vm: VM }), uuids([own, others]));
  const parsed = (await served.ask('GET', '/rules?tag=role&fields=parsed.action&fields=parsed.tags')).body;
  assert.deepEqual(parsed[0].parsed, {
    action: 'allow',
    fromtags: {},
    totags: { role: { all: false, values: ['web'] } },
  });
  const ofVm = (await served.ask('GET', `/firewalls/vms/${VM}`)).body;
  assert.deepEqual(
    uuids(ofVm),
    uuids([
      web,
      own,
      ...store
        .all()
        .map(({ rule }) => rule)
        .filter((r) => r.global),
    ]),
  );
  const noOwner = await served.ask('GET', `/rules/${web.uuid}/vms`);
  assert.deepEqual([noOwner.status, noOwner.body.code], [409, 'MissingParameter']);
  const vms = (await served.ask('GET', `/rules/${web.uuid}/vms?owner_uuid=${OWNER}`)).body;
  assert.deepEqual(uuids(vms), [VM]);
  for (const { uuid } of [web, own, others]) await remove(uuid);
});

it("another owner's rule is neither shown nor changed", async () => {
  const { uuid } = (await post(WEB)).body;
  for (const [method, path] of [
    ['GET', `/rules/${uuid}?owner_uuid=${OTHER}`],
    ['DELETE', `/rules/${uuid}?owner_uuid=${OTHER}`],
    ['PUT', `/rules/${uuid}?owner_uuid=${OTHER}`],
  ] as const) {
    assert.equal((await served.ask(method, path)).status, 403, method);
  }
  await assert.rejects(client.deleteRule(uuid, { owner_uuid: OTHER }, CALL), { restCode: 'Forbidden' });
  await remove(uuid);
  await assert.rejects(remove(uuid), { restCode: 'ResourceNotFound' });
});

it('the uuid may be chosen, once; rules are there after a restart', async () => {
  const uuid = randomUUID();
  const rule = `FROM any TO vm ${NOBODY} ALLOW udp PORT 53`;
  const made = await client.createRule({ uuid, rule, enabled: true, owner_uuid: OWNER }, CALL);
  assert.equal(made.uuid, uuid);
  assert.equal((await post(rule, { owner_uuid: OWNER, uuid })).status, 422);
  const reopened = new RuleStore(join(served.dir, 'fwapi.db'));
  assert.deepEqual(reopened.get(uuid)?.rule, made);
  assert.equal(reopened.all().length, store.all().length);
  reopened.close();
  await remove(uuid);
});

async function bodyOf(answer: ReturnType<Served['ask']>): Promise<unknown> {
  return (await answer).body;
}
