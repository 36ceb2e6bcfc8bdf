// ImageCreate: POST /images/create, a pull from a registry.

import { familiarName, familiarString, type Reference, withTag } from '#lib/registry/reference.ts';
import { platformMismatch } from '#src/api/platform.ts';
import type { Reply, Req } from '#src/context.ts';
import { internal, notImplemented } from '#src/errors.ts';
import { emitImageEvent } from './events.ts';
import { labelsOf } from './from-image/config-json.ts';
import { findImage } from './lookup.ts';
import { type MessageStream, messageStream } from './message-stream.ts';
import { fromErrorLine, isAfterFirstLine, toPullError } from './pull-errors.ts';
import {
  ALREADY_EXISTS,
  errorMessage,
  type PullMessage,
  pullingFrom,
  toPullMessage,
} from './pull-messages.ts';
import { type PullRequest, parsePull } from './pull-request.ts';
import { recordImage } from './record-image.ts';

/** 200 with a line for each step. Errors are HTTP errors until the first line, lines after it. */
export async function imageCreate(req: Req): Promise<Reply> {
  if (!req.query.fromImage) throw notImplemented('Image import is not implemented yet by sdc-docker');
  const wanted = parsePull(req.query, req.headers, req.version);
  const out = messageStream<PullMessage>(req.res);
  try {
    const isNew = await pull(req, wanted, out);
    const name = familiarString(wanted.ref);
    const status = isNew ? 'Downloaded newer image' : 'Image is up to date';
    await out.write({ status: `Status: ${status} for ${name}` });
    await warnOfPlatform(req, wanted, out);
    emitPull(req, wanted.ref);
  } catch (err) {
    const failure = toPullError(err);
    if (!out.begun || req.call.signal?.aborted) throw failure;
    req.log.info({ err: failure }, 'a pull failed after its first line');
    await out.write(errorMessage(failure.clientMessage));
  }
  req.res.end();
  return 'handled';
}

/**
 * True when a reference of the account now means another image. A client that leaves ends the pull; nothing is recorded then. A build
 * pulls this way too.
 */
export async function pull(
  req: Pick<Req, 'app' | 'account' | 'call'>,
  wanted: PullRequest,
  out: Pick<MessageStream<PullMessage>, 'write'>,
): Promise<boolean> {
  const { app, account, call } = req;
  const { ref } = wanted;
  let isNew = false;
  let images = 0;
  let held: PullMessage[] = [];
  const release = async (): Promise<void> => {
    for (const message of held.splice(0)) await out.write(message);
  };
  for await (const line of app.triton.imgapi.importDockerImage(importOptions(wanted), call)) {
    call.signal?.throwIfAborted();
    if (line.type === 'error') {
      if (isAfterFirstLine(line.error.message)) await out.write(pullingFrom(ref));
      throw fromErrorLine(line.error);
    }
    if (line.type === 'create-docker-image') {
      const which = isNameOnly(ref) ? withTag(ref, line.tag ?? 'latest') : ref;
      // Of an image that it has, dockerd does not look at the layers.
      if (app.store.images.get(account.uuid, line.config_digest) !== null) held = [];
      await release();
      call.signal?.throwIfAborted();
      isNew = recordImage(app.store, account.uuid, which, line) || isNew;
      images++;
      continue;
    }
    const message = toPullMessage(line, ref);
    if (message?.status === ALREADY_EXISTS) held.push(message);
    else if (message !== null) {
      await release();
      await out.write(message);
    }
  }
  if (images === 0 && !isNameOnly(ref)) throw internal('the image service ended the pull without an image');
  return isNew;
}

function importOptions({ ref, platform, registryAuth, registryConfig }: PullRequest): {
  repo: string;
  tag?: string;
  digest?: string;
  platform?: string;
  registryAuth?: string;
  registryConfig?: string;
} {
  return {
    repo: familiarName(ref),
    ...(ref.digest !== undefined ? { digest: ref.digest } : ref.tag !== undefined ? { tag: ref.tag } : {}),
    ...(platform === null ? {} : { platform: platform.text }),
    ...(registryAuth === undefined ? {} : { registryAuth }),
    ...(registryConfig === undefined ? {} : { registryConfig }),
  };
}

/** An image for one platform only is taken as it is, but the user is told. */
async function warnOfPlatform(
  req: Req,
  { ref, platform }: PullRequest,
  out: MessageStream<PullMessage>,
): Promise<void> {
  if (platform === null) return;
  const name = familiarString(ref);
  const image = findImage(req.app, req.account, name);
  const why = image === null ? null : platformMismatch(image, platform.parsed, name, platform.text);
  if (why !== null) await out.write({ status: `WARNING: ${why}` });
}

/** dockerd's odd pair: the whole reference is the id, the repository the name. */
export function emitPull(req: Pick<Req, 'app' | 'account'>, ref: Reference): void {
  const id = familiarString(ref);
  const image = findImage(req.app, req.account, id);
  const labels = image === null ? null : labelsOf(image);
  emitImageEvent(req, 'pull', id, familiarName(ref), labels ?? {});
}

function isNameOnly(ref: Reference): boolean {
  return ref.tag === undefined && ref.digest === undefined;
}
