// A shell script inside a namespace. /proc/sys/net shows the namespace of the process that opens it, so no mount is needed.
import path from 'node:path';
import { NETNS_DIR } from './names.ts';
import { runProgram } from './run-program.ts';

/** `args` are the script's "$@". Throws the programs' words. */
export async function inside(netns: string, script: string, args: string[] = [], stdin = ''): Promise<void> {
  const entry = `--net=${path.join(NETNS_DIR, netns)}`;
  await runProgram('nsenter', [entry, 'sh', '-ec', script, 'sh', ...args], stdin);
}
