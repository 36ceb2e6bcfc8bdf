// The options of `docker volume create --opt`, by driver.
import { invalid } from '#src/errors.ts';

/** Of driver `local`: what mount(8) would be told. `size` is for file systems with project quotas. */
const LOCAL_OPTIONS = ['type', 'o', 'device', 'size'];

/** Throws DockerError invalid with dockerd's texts. Pure. */
export function checkLocalOptions(name: string, options: Record<string, string>): void {
  const refuse = (why: string): never => {
    throw invalid(`create ${name}: ${why}`);
  };
  for (const key of Object.keys(options)) {
    if (!LOCAL_OPTIONS.includes(key)) refuse(`invalid option: ${JSON.stringify(key)}`);
  }
  const { type, o, device, size } = options;
  if (size !== undefined) refuse('quota size requested but no quota support');
  if (type === undefined && o === undefined && device === undefined) return;
  if (!device) refuse('missing device in volume options');
  if (!type && !`,${o ?? ''},`.includes(',bind,')) refuse('missing type in volume options');
}

const SIZE = /^([1-9]\d*)([GM]?)$/i;

/** Of driver `tritonnfs`: size (10G, or MiB) and the networks it is reached on. Throws DockerError invalid. Pure. */
export function nfsParams(
  name: string,
  options: Record<string, string>,
): { size?: number; networks?: string[] } {
  const { size, network, ...unknown } = options;
  const [other] = Object.keys(unknown);
  if (other !== undefined) throw invalid(`create ${name}: invalid option: ${JSON.stringify(other)}`);
  const match = size === undefined ? null : SIZE.exec(size);
  if (size !== undefined && match === null) {
    throw invalid(`create ${name}: invalid size ${JSON.stringify(size)}: a number with G, or of MiB`);
  }
  return {
    ...(match ? { size: Number(match[1]) * (match[2]?.toUpperCase() === 'G' ? 1024 : 1) } : {}),
    ...(network === undefined ? {} : { networks: [network] }),
  };
}
