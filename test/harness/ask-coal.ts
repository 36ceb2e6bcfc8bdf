// Asks one of a stack's Triton services itself, as an operator would.
import { join } from 'node:path';
import { askSocket } from './ask-socket.ts';
import type { Stack } from './stack.ts';

/** The answer's body, null when it is empty; whatever its status. */
export async function askCoal<T>(
  stack: Pick<Stack, 'dir'>,
  service: string,
  asked: [method: string, path: string, body?: object],
): Promise<T> {
  return (await askSocket<T>(join(stack.dir, `run/coal/${service}.sock`), asked)).body;
}
