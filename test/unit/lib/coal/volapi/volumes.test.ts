// The volumes of a VM that goes: a life that is cut off between two of them leaves the next one to finish.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskOrigin, TaskRunner } from '#lib/coal/cnapi/task-runner.ts';
import { openVolapiStore } from '#lib/coal/volapi/store.ts';
import { Volumes } from '#lib/coal/volapi/volumes.ts';
import type { VmVolumeRequest } from '#lib/docker-vm/volumes.ts';

const VM = {
  uuid: 'a0000000-0000-4000-8000-000000000001',
  owner_uuid: 'a0000000-0000-4000-8000-000000000002',
};
const ORIGIN = { reqId: 'test' } as TaskOrigin;
const wanted = ['one', 'two', 'three'].map(
  (name) => ({ name, type: 'local', mountpoint: `/${name}`, mode: 'rw', anonymous: true }) as VmVolumeRequest,
);

/** An agent that answers `deletes` removals and then is gone, with who asked. */
function agent(deletes: number): TaskRunner {
  let left = deletes;
  return {
    run: async (task: string) => {
      if (task === 'volume_delete' && left-- <= 0) throw new Error('cut off');
      return { source: '/somewhere' };
    },
  } as unknown as TaskRunner;
}

for (const deletes of [0, 1, 2]) {
  test(`cut off after ${deletes} of three`, async () => {
    const store = openVolapiStore(':memory:');
    const before = new Volumes(store, agent(deletes));
    await before.provision(VM, wanted, ORIGIN);
    before.settle(VM.uuid);
    await assert.rejects(before.release(VM.uuid, ['one', 'two', 'three'], ORIGIN), /cut off/);
    const after = new Volumes(store, agent(3));
    await after.recover(ORIGIN);
    assert.deepEqual(store.all(), []);
    store.close();
  });
}
