// Takes a request target apart: the version prefix, the path that is routed, the query; names with slashes become one segment.

import type { ApiVersion } from '#src/api/version.ts';
import { formatApiVersion, MAX_VERSION, MIN_VERSION } from '#src/api/version.ts';
import { invalid } from '#src/errors.ts';

export interface Target {
  /** As written in the path ('1.43'), null when there was none. */
  versionText: string | null;
  /** Without version, ready for the router. */
  path: string;
  /** With its '?', or ''. */
  search: string;
}

// Image, plugin and distribution names hold slashes and are sent bare by the CLI: 'images/localhost:5000/a/b/json'.
const NAMED = [
  /^\/(images)\/(.+)\/(json|history|push|tag|get|attestations)$/,
  /^\/(distribution)\/(.+)\/(json)$/,
  /^\/(plugins)\/(.+)\/(json|enable|disable|push|set|upgrade)$/,
];
const BARE = /^\/(images|plugins)\/(.+)$/;
// A linked container is known by the name that the link gives it, too: /containers/parent/alias/json.
const VERBS =
  'archive|attach|attach/ws|changes|checkpoints|copy|exec|export|json|kill|logs|pause|rename|resize|restart|start|stats|stop|top|unpause|update|wait';
const LINKED = new RegExp(`^/(containers)/(.+)/(${VERBS})$`);
/** DELETE takes a link away. */
const LINK = /^\/containers\/([^/]+)\/([^/]+)$/;

/** Splits a request target. Never throws. */
export function splitTarget(url: string): Target {
  const mark = url.indexOf('?');
  const whole = mark < 0 ? url : url.slice(0, mark);
  const search = mark < 0 ? '' : url.slice(mark);
  const match = /^\/v([0-9.]+)(\/.*)$/.exec(whole);
  // Names as inspect shows them begin with a slash, and some clients send them so: /containers//web/json.
  const path = (match ? match[2]! : whole).replace(/\/{2,}/g, '/');
  return { versionText: match ? match[1]! : null, path: joinName(path), search };
}

function joinName(path: string): string {
  // dockerd knows this one list by both names.
  if (path === '/networks/') return '/networks';
  for (const pattern of [...NAMED, LINKED]) {
    const match = pattern.exec(path);
    if (match) return `/${match[1]}/${oneSegment(match[2]!)}/${match[3]}`;
  }
  const link = LINK.exec(path);
  if (link && !link[1]!.includes('%2F')) return `/containers/${link[1]}%2F${link[2]}`;
  const bare = BARE.exec(path);
  return bare ? `/${bare[1]}/${oneSegment(bare[2]!)}` : path;
}

function oneSegment(name: string): string {
  return name.includes('/') ? name.replaceAll('/', '%2F') : name;
}

/**
 * The version to serve, from the path's text; none = the newest. Throws `invalid` with dockerd's texts (middleware/version.go)
 * outside the window 1.24…1.55.
 */
export function negotiate(versionText: string | null): ApiVersion {
  if (versionText === null) return MAX_VERSION;
  const [major = 0, minor = 0] = versionText.split('.').map(Number);
  if (major < 1 || (major === 1 && minor < MIN_VERSION)) {
    throw invalid(
      `client version ${versionText} is too old. Minimum supported API version is ${formatApiVersion(MIN_VERSION)}, ` +
        'please upgrade your client to a newer version',
    );
  }
  if (major > 1 || minor > MAX_VERSION) {
    throw invalid(
      `client version ${versionText} is too new. Maximum supported API version is ${formatApiVersion(MAX_VERSION)}`,
    );
  }
  return minor;
}
