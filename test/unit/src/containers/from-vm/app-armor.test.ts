// AppArmorProfile of docker inspect.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import { appArmorProfile } from '#src/containers/from-vm/app-armor.ts';
import type { Req } from '#src/context.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

const asking = (words: string[] | null) =>
  ({
    app: {
      triton: {
        cnapi: { capabilities: async () => (words ? new Set(words) : Promise.reject(new Error('down'))) },
      },
    },
    call: {},
  }) as unknown as Req;
const vm = (host: object, started = true) =>
  buildVm(
    {},
    {
      [MD.hostConfig]: JSON.stringify(host),
      ...(started ? { [MD.startedAt]: '2026-11-24T10:00:01.000Z' } : {}),
    },
  );
const ON = ['docker_top', 'app_armor_default'];

const CASES: [what: string, words: string[] | null, host: object, started: boolean, profile: string][] = [
  ['nothing said', ON, {}, true, 'docker-default'],
  ['not started yet', ON, {}, false, ''],
  ['privileged', ON, { Privileged: true }, true, 'unconfined'],
  ['asked for', ON, { SecurityOpt: ['no-new-privileges', 'apparmor=mine'] }, false, 'mine'],
  ['asked for as old clients write it', ON, { SecurityOpt: ['apparmor:unconfined'] }, true, 'unconfined'],
  ['a compute node without AppArmor', ['docker_top'], {}, true, ''],
  ['asked for where there is none', [], { SecurityOpt: ['apparmor=mine'] }, true, 'mine'],
  ['CNAPI is away', null, {}, true, ''],
];
for (const [what, words, host, started, profile] of CASES)
  test(`AppArmor: ${what}`, async () =>
    assert.equal(await appArmorProfile(asking(words), vm(host, started)), profile));
