// The options of `docker volume create --opt`, by driver.
import { bytesIn } from '#lib/docker-vm/sizes.ts';
import { invalid } from '#src/errors.ts';

/** Of driver `local`: what mount(8) would be told, and a size. */
const MOUNT_OPTIONS = ['type', 'o', 'device'];
const LOCAL_OPTIONS = [...MOUNT_OPTIONS, 'size'];

/** `hasQuotas`: a size would hold. Throws DockerError invalid with dockerd's texts. Pure. */
export function checkLocalOptions(name: string, options: Record<string, string>, hasQuotas: boolean): void {
  const refuse = (why: string): never => {
    throw invalid(`create ${name}: ${why}`);
  };
  for (const key of Object.keys(options)) {
    if (!LOCAL_OPTIONS.includes(key)) refuse(`invalid option: ${JSON.stringify(key)}`);
  }
  const size = bytesIn(options.size ?? '0');
  if (size === null) refuse(`invalid size: '${options.size}'`);
  if (size !== 0 && !hasQuotas) refuse('quota size requested but no quota support');
  const given = MOUNT_OPTIONS.filter((key) => options[key] !== undefined);
  if (given.length === 0) return;
  for (const key of ['device', 'type']) {
    if (options[key] === undefined) refuse(`missing required option: ${JSON.stringify(key)}`);
  }
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
