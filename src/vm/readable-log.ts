// Whether a container's output can be read later.
import { logConfigOf } from '#lib/docker-vm/log/info.ts';
import { isReadable } from '#lib/docker-vm/log/window.ts';
import type { Vm } from '#lib/wire/types.ts';
import { notImplemented } from '#src/errors.ts';

/** Throws DockerError notImplemented for the driver none, and where the local copy is switched off. */
export function requireReadableLog(vm: Vm): void {
  const { driver, config } = logConfigOf(vm);
  if (!isReadable(driver, config)) {
    throw notImplemented('configured logging driver does not support reading');
  }
}
