// Docker's 64-hex container id and Triton's VM uuid: one determines the other (sdc-docker lib/common.js does the same).
import { randomUUID } from 'node:crypto';

const HEX64 = /^[0-9a-f]{64}$/;

/** A new container id: 32 hex of the VM's uuid and 32 of a second one. */
export function newDockerId(): { id: string; uuid: string } {
  const uuid = randomUUID();
  return { id: uuid.replaceAll('-', '') + randomUUID().replaceAll('-', ''), uuid };
}

/** True for a whole container id, 64 lower-case hex digits. */
export function isDockerId(text: string): boolean {
  return HEX64.test(text);
}

/** The VM uuid inside a whole Docker id. */
export function idToUuid(id: string): string {
  return dash(id.slice(0, 32));
}

/**
 * A prefix of a Docker id as a VMAPI wildcard for `uuid` ("5f3a-…*"), or null when the text cannot be an id prefix.
 */
export function idPrefixToUuidPattern(prefix: string): string | null {
  if (!/^[0-9a-f]{1,64}$/.test(prefix)) return null;
  const head = dash(prefix.slice(0, 32));
  return head.length === 36 ? head : `${head.replace(/-+$/, '')}*`;
}

/** Network and SmartOS image ids: the uuid without dashes, twice. */
export function uuidToDoubleId(uuid: string): string {
  const hex = uuid.replaceAll('-', '');
  return hex + hex;
}

/** First 12 digits, as Docker shows. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

function dash(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)]
    .filter((part) => part !== '')
    .join('-');
}

/** 12 hex digits of an image id. */
export function shortImageId(id: string): string {
  return shortId(id.replace(/^sha256:/, ''));
}
