// The text of a --link: 'container', 'container:alias', or what inspect shows of one, '/container:/parent/alias'.
import { invalid } from '#src/errors.ts';

export interface LinkText {
  container: string;
  alias: string;
}

/** Throws DockerError invalid with dockerd's words. Pure. */
export function parseLink(text: string): LinkText {
  if (text === '') throw invalid('empty string specified for links');
  const parts = text.split(':');
  if (parts.length > 2) throw invalid(`bad format for links: ${text}`);
  const [container = '', alias = container] = parts;
  if (container.startsWith('/')) return { container: container.slice(1), alias: alias.split('/').at(-1)! };
  // '/mysql' is the same name as 'mysql', below the container's own.
  return { container, alias: alias.replace(/^\/+/, '') };
}
