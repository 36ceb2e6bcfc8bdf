// What a client asks of ImageCreate: the reference to pull, for which platform, with which credentials.
import { decodeRegistryAuth } from '#lib/registry/credentials.ts';
import type { Platform } from '#lib/registry/platform.ts';
import {
  familiarName,
  isDigest,
  type Reference,
  trimNamed,
  withDigest,
  withTag,
} from '#lib/registry/reference.ts';
import { readPlatform } from '#src/api/platform.ts';
import type { ApiVersion } from '#src/api/version.ts';
import type { Req } from '#src/context.ts';
import { forbidden } from '#src/errors.ts';
import { asInvalid, parseName } from './lookup.ts';

export interface PullRequest {
  /** Neither tag nor digest: every tag. */
  ref: Reference;
  platform: { text: string; parsed: Platform } | null;
  /** The header as sent; never to be logged. */
  registryAuth?: string;
  /** A build's X-Registry-Config header, likewise. */
  registryConfig?: string;
}

/** Pure. Throws DockerError invalid or forbidden with dockerd's texts. */
export function parsePull(query: Req['query'], headers: Req['headers'], version: ApiVersion): PullRequest {
  const platform = version >= 32 && query.platform ? readPlatform(query.platform) : null;
  // `docker pull -a` may leave the colon.
  const name = parseName((query.fromImage ?? '').replace(/:$/, ''));
  const ref = asInvalid(() => withTagOrDigest(name, query.tag ?? ''));
  if (familiarName(ref) === 'scratch') throw forbidden("'scratch' is a reserved name");
  const registryAuth = usableAuth(headers['x-registry-auth']);
  return { ref, platform, ...(registryAuth === undefined ? {} : { registryAuth }) };
}

function withTagOrDigest(name: Reference, tag: string): Reference {
  if (tag === '') return name;
  return isDigest(tag) ? withDigest(trimNamed(name), tag) : withTag(name, tag);
}

/** A header that cannot be read, or says nothing, counts as none: dockerd does so for a pull. */
function usableAuth(header: string | undefined): string | undefined {
  try {
    return decodeRegistryAuth(header) === null ? undefined : header;
  } catch {
    return undefined;
  }
}
