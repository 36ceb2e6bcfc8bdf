// The check of --mount type=bind at create: dockerd refuses a source that is not there, and so do we, on the node where it must be.
import { lstat } from 'node:fs/promises';
import { TritonError } from '#lib/wire/errors.ts';
import type { HostConfig } from './oci-spec/docker-settings.ts';

/** Throws TritonError BindSourceMissing with dockerd's text. */
export async function checkBindSources({ Mounts }: HostConfig): Promise<void> {
  for (const { Type, Source = '', BindOptions } of Mounts ?? []) {
    if (Type !== 'bind' || BindOptions?.CreateMountpoint === true) continue;
    try {
      await lstat(Source);
    } catch {
      const message = `invalid mount config for type "bind": bind source path does not exist: ${Source}`;
      throw new TritonError('BindSourceMissing', 400, message);
    }
  }
}
