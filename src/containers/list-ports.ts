// The filters publish and expose of docker ps: a port or a range, of a protocol.
import { parsePortRange } from '#lib/docker-vm/ports.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Filters } from '#src/api/filters.ts';
import { invalid } from '#src/errors.ts';
import { toPortList } from './from-vm/ports.ts';

interface Span {
  first: number;
  last: number;
  protocol: string;
}

/** A container matches when any of its ports does, by either filter. Throws DockerError invalid for a value that is no port. */
export function portMatcher(filters: Filters): (vm: Vm) => boolean {
  const publish = spans(filters, 'publish');
  const expose = spans(filters, 'expose');
  if (publish.length + expose.length === 0) return () => true;
  return (vm) =>
    toPortList(vm).some(
      ({ PrivatePort, PublicPort, Type }) =>
        includes(publish, PublicPort, Type) || includes(expose, PrivatePort, Type),
    );
}

function includes(all: Span[], port: number | undefined, type: string): boolean {
  return all.some(
    ({ first, last, protocol }) => port !== undefined && protocol === type && port >= first && port <= last,
  );
}

function spans(filters: Filters, key: 'publish' | 'expose'): Span[] {
  return [...(filters.get(key) ?? [])].map((value) => {
    if (value.includes(':')) throw invalid(`filter for '${key}' should not contain ':': ${value}`);
    const [port = '', protocol = 'tcp'] = value.split('/');
    const range = parsePortRange(port);
    if (range === null) throw invalid(`error while looking up for ${key} ${value}: ${whyNot(port)}`);
    return { ...range, protocol };
  });
}

/** In the words of Go's parser. */
function whyNot(text: string): string {
  if (text === '') return 'empty string specified for ports';
  const [start = '', end = start] = text.split('-');
  for (const part of [start, end]) {
    if (!/^\d+$/.test(part)) return `strconv.ParseUint: parsing ${JSON.stringify(part)}: invalid syntax`;
    if (Number(part) > 65_535)
      return `strconv.ParseUint: parsing ${JSON.stringify(part)}: value out of range`;
  }
  return `invalid range specified for port: ${text}`;
}
