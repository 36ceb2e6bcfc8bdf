// The ports of a create request: names as dockerd keeps them ('80' and '80/TCP' are '80/tcp'), its texts for what is none.
import { isIP } from 'node:net';
import type { Fields } from '#src/api/fields.ts';
import type { HostConfig } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';

const LAST_PORT = 65_535;

/** ExposedPorts. Throws DockerError invalid. */
export function decodeExposedPorts(ports: Record<string, object> | null): Record<string, object> | null {
  return ports && Object.fromEntries(Object.entries(ports).map(([name, value]) => [decodePort(name), value]));
}

/** HostConfig.PortBindings. Throws DockerError invalid. */
export function decodePortBindings(f: Fields | null): HostConfig['PortBindings'] {
  const names = Object.keys(f?.raw ?? {});
  return Object.fromEntries(
    names.map((name) => [
      decodePort(name),
      f?.objects(name)?.map((binding) => ({
        HostIp: decodeAddress(binding.string('HostIp')),
        HostPort: binding.string('HostPort'),
      })) ?? null,
    ]),
  );
}

/** '080/TCP' → '80/tcp'. One port only; what protocols there are is looked at later. */
function decodePort(name: string): string {
  if (name === '') return '';
  const [, number = '', protocol = ''] = /^([^/]*)\/?(.*)$/s.exec(name) ?? [];
  const wrong = portFault(number);
  if (wrong) throw invalid(`invalid JSON: invalid port '${number}': ${wrong}`);
  return `${Number(number)}/${protocol.toLowerCase() || 'tcp'}`;
}

function portFault(number: string): string | null {
  if (number === '') return 'value is empty';
  if (!/^\d+$/.test(number)) return 'invalid syntax';
  return Number(number) > LAST_PORT ? 'value out of range' : null;
}

function decodeAddress(text: string): string {
  if (text !== '' && isIP(text) === 0)
    throw invalid(`invalid JSON: ParseAddr(${JSON.stringify(text)}): unable to parse IP`);
  return text;
}
