// EXPOSE's ports: `80`, `53/udp`, `8000-8010/tcp`.
import { invalid } from '#src/errors.ts';

/** As the keys of ExposedPorts. Pure. Throws DockerError invalid with dockerd's texts. */
export function parsePorts(word: string): string[] {
  const [, range = '', protocol = 'tcp'] = /^([^/]*)(?:\/(.*))?$/.exec(word) ?? [];
  const kind = protocol.toLowerCase();
  if (!['tcp', 'udp', 'sctp'].includes(kind)) throw invalid(`invalid proto: ${protocol}`);
  const [, from = '', to = from] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
  if (from === '' || Number(to) > 65_535 || Number(from) > Number(to))
    throw invalid(`invalid containerPort: ${range}`);
  const ports: string[] = [];
  for (let port = Number(from); port <= Number(to); port++) ports.push(`${port}/${kind}`);
  return ports;
}
