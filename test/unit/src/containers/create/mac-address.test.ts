// Where each API version says a MAC address, and what is made of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCreate } from '#src/containers/create/decode.ts';
import { applyDefaults } from '#src/containers/create/defaults.ts';
import { placeMacAddress } from '#src/containers/create/mac-address.ts';
import { DockerError } from '#src/errors.ts';

const MAC = '02:42:ac:11:00:02';
const place = (version: number, body: object) => {
  const { request, warnings } = placeMacAddress(
    applyDefaults(decodeCreate({ Image: 'a', ...body })),
    version,
  );
  return { endpoints: request.endpoints, warned: warnings.length > 0 };
};
const onNet = (mode: string, MacAddress: string) => ({
  HostConfig: { NetworkMode: mode },
  NetworkingConfig: { EndpointsConfig: { [mode]: { MacAddress } } },
});

test('the container-wide address is the one of the main network', () => {
  assert.deepEqual(place(43, { MacAddress: MAC }), {
    endpoints: { bridge: { MacAddress: MAC } },
    warned: false,
  });
  assert.deepEqual(place(44, { MacAddress: MAC, HostConfig: { NetworkMode: 'mine' } }), {
    endpoints: { mine: { MacAddress: MAC } },
    warned: true,
  });
  assert.deepEqual(place(44, { MacAddress: MAC, ...onNet('mine', MAC) }).endpoints, {
    mine: { MacAddress: MAC },
  });
});

test('an endpoint has its own since 1.44; before, it was left out', () => {
  assert.deepEqual(place(43, onNet('mine', MAC)).endpoints, { mine: { MacAddress: '' } });
  assert.deepEqual(place(44, onNet('mine', MAC)).endpoints, { mine: { MacAddress: MAC } });
  assert.deepEqual(place(43, { ...onNet('mine', '02:42:ac:11:00:03'), MacAddress: MAC }).endpoints, {
    mine: { MacAddress: MAC },
  });
});

const refused: [string, number, object, RegExp][] = [
  ['since 1.52', 52, { MacAddress: MAC }, /^invalid: container-wide MAC address no longer supported; use/],
  [
    'of two addresses',
    44,
    { ...onNet('mine', '02:42:ac:11:00:03'), MacAddress: MAC },
    /^invalid: the container-wide MAC address must match the endpoint-specific MAC address/,
  ],
  [
    'without a network',
    41,
    { MacAddress: MAC, HostConfig: { NetworkMode: 'host' } },
    /^invalid: conflicting options: mac-address and the network mode$/,
  ],
];
for (const [name, version, body, text] of refused) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => place(version, body),
      (err) => err instanceof DockerError && text.test(`${err.kind}: ${err.clientMessage}`),
    );
  });
}
