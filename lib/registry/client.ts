// The registry client: finds an image through mirrors and registry, and reads its blobs.
import type Logger from 'bunyan';
import { authorize, type Challenge, parseChallenges } from './auth.ts';
import { streamBlob } from './blob.ts';
import type { Credentials } from './credentials.ts';
import { type Endpoint, endpointsOf, type RegistrySettings } from './endpoints.ts';
import { naming, RegistryError, refusal } from './errors.ts';
import { bytesOf, createHttp, type Http, type HttpReply, mayBePlainHttp, textOf } from './http.ts';
import {
  type Descriptor,
  type ImageManifestDoc,
  MANIFEST_TYPES,
  MAX_MANIFEST,
  manifestForPlatform,
  parseManifest,
} from './manifest.ts';
import type { Platform } from './platform.ts';
import { readBlob } from './read-blob.ts';
import { canonicalString, type Reference, tagNameOnly, trimNamed } from './reference.ts';
import { listTags } from './tags.ts';

/** One repository on the server that answered. */
export interface Repository {
  /** For reports: 'http://127.0.0.1:5000'. */
  readonly origin: string;
  /** See streamBlob: resumes, five tries; the digest is for the reader to check. */
  blob(blob: Descriptor, opts?: BlobOptions): AsyncGenerator<Buffer>;
  /** A small blob, whole, its digest checked. */
  readBlob(blob: Descriptor, opts?: BlobOptions): Promise<Buffer>;
}
export interface BlobOptions {
  signal?: AbortSignal | undefined;
  onRetry?: ((err: unknown, seconds: number) => void) | undefined;
}

export interface ResolvedImage {
  repository: Repository;
  /** Digest of what the name stands for: the list's when it is one. Docker's RepoDigest. */
  digest: string;
  manifest: ImageManifestDoc;
}

export interface AccessOptions {
  credentials: Credentials | null;
  signal?: AbortSignal | undefined;
}

export interface RegistryClient {
  /**
   * The image for a name with tag or digest (default tag latest). Mirrors are asked first; the registry itself when they fail.
   * Throws RegistryError with dockerd's text, or the signal's reason.
   */
  resolve(ref: Reference, opts: AccessOptions & { platform: Platform }): Promise<ResolvedImage>;
  /** Every tag of a repository. */
  tags(ref: Reference, opts: AccessOptions): Promise<string[]>;
  close(): void;
}

/** What one conversation with one server about one repository needs. */
export interface Session {
  endpoint: Endpoint;
  /** GET of /v2/<path>/<rest>, with the Authorization that the server asks for. Any status. */
  get(rest: string, headers: Record<string, string>, signal?: AbortSignal): Promise<HttpReply>;
}

/** A client for these settings; it keeps connections, not credentials. */
export function createRegistryClient(settings: RegistrySettings, log: Logger): RegistryClient {
  const http = createHttp();

  /** Runs `step` at each endpoint until one gives an answer. */
  async function first<T>(ref: Reference, opts: AccessOptions, step: (s: Session) => Promise<T>): Promise<T> {
    let worst: unknown;
    const endpoints = endpointsOf(ref.domain, settings);
    for (const [i, endpoint] of endpoints.entries()) {
      try {
        return await step(await openSession(http, endpoint, ref, opts));
      } catch (err) {
        opts.signal?.throwIfAborted();
        const next = endpoints[i + 1];
        const schemeOnly = next !== undefined && next.base.host === endpoint.base.host;
        if (schemeOnly && !mayBePlainHttp(err)) throw naming(err, ref);
        log.debug({ err, registry: endpoint.base.origin, image: canonicalString(ref) }, 'registry endpoint');
        worst = tellsMore(worst, err);
      }
    }
    throw naming(worst, ref);
  }

  return {
    resolve(named, opts) {
      const ref = tagNameOnly(named);
      return first(ref, opts, async (session) => {
        const repository = repositoryOf(session);
        const top = await fetchManifest(session, ref.digest ?? ref.tag ?? '', opts.signal, ref.digest);
        if (top.kind === 'image') return { repository, digest: top.digest, manifest: top };
        const { digest } = manifestForPlatform(top, opts.platform);
        const manifest = await fetchManifest(session, digest, opts.signal, digest);
        if (manifest.kind !== 'image') throw new RegistryError('invalid', 'a manifest list inside another');
        return { repository, digest: top.digest, manifest };
      });
    },
    tags: (ref, opts) => first(trimNamed(ref), opts, (session) => listTags(session, opts.signal)),
    close: () => http.close(),
  };
}

/** A registry that answered says more than one that could not be reached, wherever it stands in the order. */
function tellsMore(before: unknown, now: unknown): unknown {
  const answered = (err: unknown) => err instanceof RegistryError && err.kind !== 'unreachable';
  return answered(before) && !answered(now) ? before : now;
}

async function openSession(
  http: Http,
  endpoint: Endpoint,
  ref: Reference,
  opts: AccessOptions,
): Promise<Session> {
  const { insecure, base } = endpoint;
  const prefix = `${base.href.replace(/\/$/, '')}/v2/`;
  const scope = `repository:${ref.path}:pull`;
  const credentials = endpoint.mirror ? null : opts.credentials;
  const ask = async (challenges: Challenge[], signal?: AbortSignal) =>
    authorize({ http, challenges, scope, credentials, base, insecure, signal });

  const ping = await http.request(new URL(prefix), { insecure, signal: opts.signal });
  ping.body.resume();
  const challenges = ping.status === 401 ? parseChallenges(ping.headers['www-authenticate']) : [];
  let authorization: string | null = null;
  let asked: Promise<string | null> | null = null;

  return {
    endpoint,
    async get(rest, headers, signal) {
      const url = new URL(`${prefix}${ref.path}/${rest}`);
      const send = () =>
        http.request(url, {
          headers: authorization === null ? headers : { ...headers, authorization },
          insecure,
          signal,
        });
      const renew = async (from: Challenge[]) => {
        // Layers come three at a time: one of them asks for the token, all of them use it.
        asked ??= ask(from, opts.signal).finally(() => {
          asked = null;
        });
        authorization = await asked;
      };
      if (authorization === null && challenges.length > 0) await renew(challenges);
      const reply = await send();
      if (reply.status !== 401) return reply;
      const again = parseChallenges(reply.headers['www-authenticate']);
      // A token that ran out, or a server that asks only here. Basic again would be the same answer again.
      if (!again.some((one) => one.scheme === 'bearer' || authorization === null)) return reply;
      reply.body.resume();
      await renew(again);
      return send();
    },
  };
}

async function fetchManifest(
  session: Session,
  which: string,
  signal: AbortSignal | undefined,
  expected: string | undefined,
) {
  const reply = await session.get(`manifests/${which}`, { accept: MANIFEST_TYPES.join(', ') }, signal);
  if (reply.status !== 200) throw refusal(reply.status, reply.statusText, await textOf(reply));
  return parseManifest(await bytesOf(reply, MAX_MANIFEST), reply.headers['content-type'], expected);
}

function repositoryOf(session: Session): Repository {
  const blob = (wanted: Descriptor, opts: BlobOptions = {}) =>
    streamBlob(wanted, {
      get: (headers) => session.get(`blobs/${wanted.digest}`, headers, opts.signal),
      signal: opts.signal,
      onRetry: opts.onRetry,
    });
  return {
    origin: session.endpoint.base.origin,
    blob,
    readBlob: (wanted, opts = {}) => readBlob(wanted, blob(wanted, opts)),
  };
}
