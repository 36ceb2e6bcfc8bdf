// Names of our namespaces, links and files, and how to know them again.
import { randomInt } from 'node:crypto';

/** Where `ip netns` keeps namespaces. */
export const NETNS_DIR = '/run/netns';
/** Claims: one symbolic link per VM, named by its uuid, pointing at its namespace. On tmpfs, gone after a reboot like the namespaces. */
export const CLAIMS_DIR = '/run/sdc-docker-net';

const ID_LENGTH = 4;
const ID_SPACE = 36 ** ID_LENGTH;

/** The names that belong to one bridge. */
export interface Names {
  bridge: string;
  /** nft table, family ip. */
  table: string;
  claims: string;
  /** Namespace and link names carry the same id, so that each finds the other. */
  netns(id: string): string;
  /** Host side of nic number `index`. Linux allows 15 characters. */
  link(id: string, index: number): string;
  /** Bridge of fabric network number `number`. */
  fabric(number: number): string;
  /** Number of such a bridge, else null. */
  numberOfFabric(name: string): number | null;
  /** id of a namespace or link name of ours, else null. */
  idOfNetns(name: string): string | null;
  idOfLink(name: string): string | null;
}

/** Throws a RangeError for a bridge name that leaves no room for ours. */
export function namesFor(bridge: string): Names {
  if (!/^[a-z][a-z0-9]{0,8}$/.test(bridge))
    throw new RangeError(`bridge name '${bridge}': 1 to 9 characters of a-z and 0-9, a letter first`);
  const netns = new RegExp(`^${bridge}-([0-9a-z]{${ID_LENGTH}})$`);
  const link = new RegExp(`^${bridge}v([0-9a-z]{${ID_LENGTH}})[0-9a-z]$`);
  const fabric = new RegExp(`^${bridge}f([0-9a-z]{1,5})$`);
  return {
    bridge,
    table: bridge,
    claims: `${CLAIMS_DIR}/${bridge}`,
    netns: (id) => `${bridge}-${id}`,
    link: (id, index) => `${bridge}v${id}${index.toString(36)}`,
    fabric: (number) => `${bridge}f${number.toString(36)}`,
    numberOfFabric: (name) => {
      const digits = fabric.exec(name)?.[1];
      return digits === undefined ? null : Number.parseInt(digits, 36);
    },
    idOfNetns: (name) => netns.exec(name)?.[1] ?? null,
    idOfLink: (name) => link.exec(name)?.[1] ?? null,
  };
}

/** A random id; the caller makes another when the kernel says that the name is taken. */
export function newId(): string {
  return randomInt(ID_SPACE).toString(36).padStart(ID_LENGTH, '0');
}
