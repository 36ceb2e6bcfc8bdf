// The image that a build stands on: the account's own, pulled when it is missing; or nothing at all.

import { familiarName, tagNameOnly } from '#lib/registry/reference.ts';
import type { DockerImage } from '#lib/store/types.ts';
import { readPlatform } from '#src/api/platform.ts';
import type { Req } from '#src/context.ts';
import { notFound } from '#src/errors.ts';
import { emitPull, pull } from '#src/images/create.ts';
import { findImage, parseName } from '#src/images/lookup.ts';
import { toPullError } from '#src/images/pull-errors.ts';
import type { PullMessage } from '#src/images/pull-messages.ts';

export interface BaseWish {
  /** As in FROM. */
  name: string;
  /** '' = this machine's. */
  platform: string;
  /** Also when it is here. */
  pull: boolean;
  /** X-Registry-Config, never to be logged. */
  registryConfig: string | undefined;
}

/** Throws DockerError. `write` gets the messages of a pull. */
export async function baseImage(
  req: Req,
  wish: BaseWish,
  write: (message: PullMessage) => Promise<void>,
): Promise<DockerImage> {
  const here = findImage(req.app, req.account, wish.name);
  if (here !== null && !wish.pull) return here;
  // An id is no name to pull.
  if (here?.config_digest.includes(wish.name)) return here;
  const ref = tagNameOnly(parseName(wish.name));
  if (familiarName(ref) === 'scratch') throw notFound("'scratch' is a reserved name");
  const platform = wish.platform === '' ? null : readPlatform(wish.platform);
  const { registryConfig } = wish;
  const wanted = { ref, platform, ...(registryConfig === undefined ? {} : { registryConfig }) };
  try {
    await pull(req, wanted, { write });
  } catch (err) {
    throw toPullError(err);
  }
  emitPull(req, ref);
  const image = findImage(req.app, req.account, wish.name);
  if (image === null) throw notFound(`No such image: ${wish.name}`);
  return image;
}
