// dockerd's checks of published ports at create.
import { parsePortRange } from '#lib/docker-vm/ports.ts';
import type { HostConfig } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';

/** Throws DockerError invalid with dockerd's text. */
export function validatePorts(bindings: HostConfig['PortBindings']): void {
  for (const [name, hosts] of Object.entries(bindings)) {
    if (name === '') throw wrongPort('invalid port');
    if (name.startsWith('0/')) throw wrongPort(name);
    for (const { HostPort } of hosts ?? []) {
      if (HostPort !== '' && parsePortRange(HostPort.split('/')[0]!) === null) throw wrongPort(HostPort);
    }
  }
}

function wrongPort(text: string): Error {
  return invalid(`invalid port specification: ${JSON.stringify(text)}`);
}
