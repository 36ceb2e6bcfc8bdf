// dockerd's checks of published ports at create.
import { isIP } from 'node:net';
import { parsePortRange } from '#lib/docker-vm/ports.ts';
import type { HostConfig } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';

/** Throws DockerError invalid with dockerd's text. */
export function validatePorts(bindings: HostConfig['PortBindings']): void {
  for (const [name, hosts] of Object.entries(bindings)) {
    check(name);
    for (const { HostIp, HostPort } of hosts ?? []) {
      if (HostPort !== '') check(HostPort);
      // dockerd takes any text, and publishes at all addresses when it is none.
      if (HostIp !== '' && isIP(HostIp) === 0) throw invalid(`invalid host IP: ${JSON.stringify(HostIp)}`);
    }
  }
}

function check(text: string): void {
  const [number = ''] = text.split('/');
  if (parsePortRange(number) === null) throw invalid(`invalid port specification: ${JSON.stringify(number)}`);
}
