// Mounts as containerd's answers carry them.
import type { Message } from './channel.ts';
import type { Mount } from './types.ts';

/** The mounts of a reply as our plain objects. */
export function toMounts(reply: Message): Mount[] {
  return (reply.mounts as Message[]).map((mount) => ({
    type: String(mount.type),
    source: String(mount.source),
    ...(mount.target ? { target: String(mount.target) } : {}),
    options: mount.options as string[],
  }));
}
