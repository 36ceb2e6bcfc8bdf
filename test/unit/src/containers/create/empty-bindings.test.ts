// Ports that were asked for without a binding.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCreate } from '#src/containers/create/decode.ts';
import { withEmptyBindings } from '#src/containers/create/empty-bindings.ts';

const asked = (PortBindings: object) => decodeCreate({ Image: 'a', HostConfig: { PortBindings } });
const any = [{ HostIp: '', HostPort: '' }];

test('none is one of any address and port, and API 1.52 is told', () => {
  const ports = { '80/tcp': [], '81': null, '82/tcp': [{ HostPort: '8082' }] };
  const { request, warnings } = withEmptyBindings(asked(ports), 52);
  assert.deepEqual(request.hostConfig.PortBindings, {
    '80/tcp': any,
    '81/tcp': any,
    '82/tcp': [{ HostIp: '', HostPort: '8082' }],
  });
  assert.deepEqual(warnings, [
    'Following container port(s) have an empty list of port-bindings: 80/tcp, 81/tcp. Such bindings will be discarded in a future version.',
  ]);
});

test('before, nothing is said', () => {
  assert.deepEqual(withEmptyBindings(asked({ '80/tcp': [] }), 51).warnings, []);
});

test('a request without such ports stays as it is', () => {
  const request = asked({ '80/tcp': [{ HostPort: '1' }] });
  assert.deepEqual(withEmptyBindings(request, 55), { request, warnings: [] });
});
