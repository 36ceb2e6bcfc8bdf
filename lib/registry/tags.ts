// The tags of a repository, page by page.
import type { Session } from './client.ts';
import { RegistryError, refusal } from './errors.ts';
import { bytesOf, textOf } from './http.ts';

const MAX_PAGE = 4 * 1024 * 1024;
const MAX_PAGES = 1000;
/** More than any repository has; a hostile registry could otherwise list for ever. */
const MAX_TAGS = 1_000_000;

/** Follows `Link: <…>; rel="next"`, within the same repository only. Throws RegistryError. */
export async function listTags(session: Session, signal: AbortSignal | undefined): Promise<string[]> {
  const all: string[] = [];
  let query = '';
  for (let page = 0; page < MAX_PAGES; page++) {
    const reply = await session.get(`tags/list${query}`, { accept: 'application/json' }, signal);
    if (reply.status !== 200) throw refusal(reply.status, reply.statusText, await textOf(reply));
    for (const tag of tagsIn(await bytesOf(reply, MAX_PAGE))) all.push(tag);
    if (all.length > MAX_TAGS) break;
    const next = /<[^<>?]*(\?[^<>]*)>\s*;\s*rel="?next"?/.exec(String(reply.headers.link ?? ''));
    if (next === null) return all;
    query = next[1] ?? '';
  }
  throw new RegistryError('invalid', 'the registry lists too many tags');
}

function tagsIn(bytes: Buffer): string[] {
  try {
    const { tags } = JSON.parse(bytes.toString('utf8')) as { tags: unknown };
    if (tags === null) return [];
    if (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')) return tags;
  } catch {
    // told below
  }
  throw new RegistryError('invalid', 'the registry sent no valid list of tags');
}
