// Image names as Docker reads them: "busybox" is docker.io/library/busybox:latest (rules: distribution/reference, its grammar and normalisation).

/** A parsed, normalised name. `domain` 'docker.io' or 'host[:port]', `path` e.g. 'library/busybox'. */
export interface Reference {
  domain: string;
  path: string;
  tag?: string;
  /** 'sha256:<64 hex>' */
  digest?: string;
}

/** The text is dockerd's; src answers it with 400. */
export class InvalidReferenceError extends Error {
  override readonly name = 'InvalidReferenceError';
}

const DEFAULT_DOMAIN = 'docker.io';
const LEGACY_DOMAIN = 'index.docker.io';
const OFFICIAL = 'library/';
const MAX_NAME = 255;

const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const TAG = '[\\w][\\w.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const REFERENCE = new RegExp(
  `^(?:(${DOMAIN})/)?(${COMPONENT}(?:/${COMPONENT})*)(?::(${TAG}))?(?:@(${DIGEST}))?$`,
);
const TAG_ONLY = new RegExp(`^${TAG}$`);
const HEX64 = /^[a-f0-9]{64}$/;
const SHA256 = /^sha256:[a-f0-9]{64}$/;

/** True for 'sha256:<64 lower-case hex>', the only digests that this project takes. */
export function isDigest(text: string): boolean {
  return SHA256.test(text);
}

/**
 * Reads a name as a user types it ("busybox", "localhost:5000/a:1", "a@sha256:…"). No default tag is added.
 * Throws InvalidReferenceError with dockerd's text.
 */
export function parseNormalizedNamed(text: string): Reference {
  if (HEX64.test(text)) {
    throw new InvalidReferenceError(
      `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`,
    );
  }
  const { domain, rest } = splitDomain(text);
  const name = rest.split(/[:@]/, 1)[0] ?? '';
  if (name.toLowerCase() !== name) {
    throw new InvalidReferenceError(`invalid reference format: repository name (${name}) must be lowercase`);
  }
  // Far longer than any legal reference: not worth a run of the expression.
  if (text.length > 4096) throw new InvalidReferenceError('invalid reference format');
  const match = REFERENCE.exec(`${domain}/${rest}`);
  if (!match || match[1] !== domain) throw new InvalidReferenceError('invalid reference format');
  const path = match[2] ?? '';
  if (path.length > MAX_NAME) {
    throw new InvalidReferenceError(`repository name must not be more than ${MAX_NAME} characters`);
  }
  const digest = match[4];
  if (digest !== undefined) checkDigest(digest);
  return { domain, path, ...(match[3] ? { tag: match[3] } : {}), ...(digest ? { digest } : {}) };
}

/** What a user may give for an image: a whole id (with or without 'sha256:') or a name. */
export type AnyReference = { kind: 'id'; digest: string } | { kind: 'name'; ref: Reference };

/** Throws InvalidReferenceError. A short id parses as a name: the caller tries both. */
export function parseAnyReference(text: string): AnyReference {
  if (HEX64.test(text)) return { kind: 'id', digest: `sha256:${text}` };
  if (SHA256.test(text)) return { kind: 'id', digest: text };
  return { kind: 'name', ref: parseNormalizedNamed(text) };
}

/** The name without tag and digest. */
export function trimNamed(ref: Reference): Reference {
  return { domain: ref.domain, path: ref.path };
}

/** Throws InvalidReferenceError 'invalid tag format'. */
export function withTag(ref: Reference, tag: string): Reference {
  if (!TAG_ONLY.test(tag)) throw new InvalidReferenceError('invalid tag format');
  return { ...ref, tag };
}

/** Throws InvalidReferenceError for a digest that is none. */
export function withDigest(ref: Reference, digest: string): Reference {
  checkDigest(digest);
  return { ...ref, digest };
}

/** Adds ':latest' when there is neither a tag nor a digest. */
export function tagNameOnly(ref: Reference): Reference {
  return ref.tag === undefined && ref.digest === undefined ? { ...ref, tag: 'latest' } : ref;
}

/** 'busybox', 'user/app', 'localhost:5000/a'. */
export function familiarName(ref: Reference): string {
  if (ref.domain !== DEFAULT_DOMAIN) return `${ref.domain}/${ref.path}`;
  return isOfficial(ref.path) ? ref.path.slice(OFFICIAL.length) : ref.path;
}

/** familiarName with the tag and digest that there are. */
export function familiarString(ref: Reference): string {
  return familiarName(ref) + suffix(ref);
}

/** 'docker.io/library/busybox' with the tag and digest that there are. */
export function canonicalString(ref: Reference): string {
  return `${ref.domain}/${ref.path}${suffix(ref)}`;
}

function suffix(ref: Reference): string {
  return (ref.tag ? `:${ref.tag}` : '') + (ref.digest ? `@${ref.digest}` : '');
}

function isOfficial(path: string): boolean {
  return path.startsWith(OFFICIAL) && !path.slice(OFFICIAL.length).includes('/');
}

function splitDomain(text: string): { domain: string; rest: string } {
  const slash = text.indexOf('/');
  const head = slash < 0 ? '' : text.slice(0, slash);
  const isHost = /[.:]/.test(head) || head === 'localhost' || head.toLowerCase() !== head;
  let domain = isHost ? head : DEFAULT_DOMAIN;
  let rest = isHost ? text.slice(slash + 1) : text;
  if (domain === LEGACY_DOMAIN) domain = DEFAULT_DOMAIN;
  if (domain === DEFAULT_DOMAIN && !rest.includes('/')) rest = OFFICIAL + rest;
  return { domain, rest };
}

function checkDigest(digest: string): void {
  const [algorithm = '', hex = ''] = digest.split(':');
  if (algorithm !== 'sha256') throw new InvalidReferenceError('unsupported digest algorithm');
  if (hex.length !== 64) throw new InvalidReferenceError('invalid checksum digest length');
  if (!SHA256.test(digest)) throw new InvalidReferenceError('invalid checksum digest format');
}
