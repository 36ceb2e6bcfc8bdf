// Image events: what they carry, in one place.
import type { Req } from '#src/context.ts';

/** `name` is an attribute beside the image's labels; `id` is the image's id, or the reference for a pull. */
export function emitImageEvent(
  req: Pick<Req, 'app' | 'account'>,
  action: 'create' | 'pull' | 'tag' | 'untag' | 'delete',
  id: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): void {
  req.app.events.emit(req.account.uuid, 'image', action, id, { ...labels, name });
}
