// Jobs: steps in order, undone in reverse when one fails, remembered with their results.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createLogger } from 'bunyan';
import { Jobs } from '#lib/coal/vmapi/jobs.ts';
import { TritonError } from '#lib/wire/errors.ts';

const log = createLogger({ name: 'test', level: 61 });
const base = { task: 'provision', vmUuid: 'u', ownerUuid: 'o', serverUuid: 's', reqId: 'r', log };

it('runs the steps in order', async () => {
  const jobs = new Jobs();
  const seen: string[] = [];
  const steps = ['a', 'b'].map((name) => ({ name, run: () => `${name} done ${seen.push(name)}` }));
  const { job, done } = jobs.start({ ...base, steps });
  await done;
  assert.deepEqual(seen, ['a', 'b']);
  assert.equal(job.execution, 'succeeded');
  assert.deepEqual(
    jobs.get(job.uuid).chain_results.map((step) => step.result),
    ['a done 1', 'b done 2'],
  );
});

it('undoes what was done when a step fails', async () => {
  const jobs = new Jobs();
  const seen: string[] = [];
  const step = (name: string) => ({ name, run: () => name, undo: () => void seen.push(`undo ${name}`) });
  const fails = {
    name: 'c',
    run: () => {
      throw new TritonError('SubnetFull', 507, 'no more addresses');
    },
  };
  const { job, done } = jobs.start({
    ...base,
    steps: [step('a'), step('b'), fails],
    onFailed: () => void seen.push('failed'),
  });
  await assert.rejects(done, /no more addresses/);
  assert.deepEqual(seen, ['undo b', 'undo a', 'failed']);
  assert.equal((await jobs.wait(job.uuid)).execution, 'failed');
  assert.partialDeepStrictEqual(job.chain_results.at(-1)?.error, { restCode: 'SubnetFull', statusCode: 507 });
});
