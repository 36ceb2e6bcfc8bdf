// The body of a request as an object: what Go's decoder says of one that is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyFields } from '#src/api/fields.ts';

test('nothing and null are an object of zeros', () => {
  for (const body of [undefined, null, {}])
    assert.deepEqual(bodyFields(body, 'container.UpdateConfig').raw, {});
  assert.equal(bodyFields({ a: 'x' }, 'container.UpdateConfig').string('a'), 'x');
});

for (const [body, kind] of [
  [[], 'array'],
  ['{}', 'string'],
  [1, 'number'],
  [true, 'bool'],
] as const) {
  test(`no object: ${JSON.stringify(body)}`, () => {
    const message = `invalid JSON: json: cannot unmarshal ${kind} into Go value of type container.UpdateConfig`;
    assert.throws(() => bodyFields(body, 'container.UpdateConfig'), { kind: 'invalid', message });
  });
}

test('a field of the wrong type is told by the name of the type alone', () => {
  assert.throws(() => bodyFields({ a: 1 }, 'container.UpdateConfig').string('a'), {
    message: 'invalid JSON: json: cannot unmarshal number into Go struct field UpdateConfig.a of type string',
  });
});
