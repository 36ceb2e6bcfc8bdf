// What is asked of an interface, where compute nodes can do it and where they cannot.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CnapiClient } from '#lib/triton/types.ts';
import type { Server } from '#lib/wire/types.ts';
import { requireInterfaces } from '#src/containers/create/require-interfaces.ts';
import { DockerError } from '#src/errors.ts';
import { decodeEndpoint } from '#src/vm/endpoint-settings.ts';

const WORD = 'docker_interface_options';

/** How often the datacenter was asked, or the kind of error. */
async function ask(endpoint: object, ...words: string[][]): Promise<number | string> {
  let asked = 0;
  const cnapi: Pick<CnapiClient, 'listServers' | 'capabilities'> = {
    listServers: async () => {
      asked++;
      return words.map((_each, at) => ({ uuid: String(at) }) as Server);
    },
    capabilities: async (uuid) => new Set(words[Number(uuid)]),
  };
  const endpoints = [{}, endpoint].map((one) => decodeEndpoint(one as Record<string, unknown>));
  try {
    await requireInterfaces(cnapi, endpoints, { reqId: 'r' });
    return asked;
  } catch (err) {
    assert.ok(err instanceof DockerError);
    assert.match(err.clientMessage, /^compute nodes of this datacenter give an interface neither a name/);
    return err.kind;
  }
}

test('nobody is asked for what every datacenter does: other options are only kept', async () => {
  for (const endpoint of [{}, { DriverOpts: { a: 'b' } }, { IPAMConfig: { LinkLocalIPs: [] } }])
    assert.equal(await ask(endpoint, []), 0);
});

test('a name, sysctls and link-local addresses: all compute nodes must know how', async () => {
  for (const endpoint of [
    { DriverOpts: { 'com.docker.network.endpoint.ifname': 'front' } },
    { DriverOpts: { 'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.IFNAME.forwarding=0' } },
    { IPAMConfig: { LinkLocalIPs: ['169.254.1.1'] } },
  ]) {
    assert.equal(await ask(endpoint, [WORD]), 1);
    assert.equal(await ask(endpoint, [WORD], []), 'notImplemented');
    assert.equal(await ask(endpoint), 'notImplemented');
  }
});
