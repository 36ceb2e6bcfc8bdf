// Lets our bridge through an iptables FORWARD chain whose policy is DROP, as dockerd sets it.
//
// An accept in our own table does not end the journey: another table's chain on the same hook may still drop the packet.
import { readFile } from 'node:fs/promises';
import type Logger from 'bunyan';
import type { NftFamily } from './families.ts';
import { runProgram } from './run-program.ts';

/** In front of everything, and in dockerd's own chain for others' rules when there is one (it keeps that over restarts). */
const CHAINS = ['DOCKER-USER', 'FORWARD'];

/** Never fails: no iptables, no rules. Adding is done only where the policy is DROP; removing wherever there are some. */
export async function legacyRules(
  bridge: string,
  what: 'add' | 'remove',
  log: Logger,
  family: NftFamily = 'ip',
): Promise<void> {
  const program = await programInUse(family);
  if (program === null) return;
  const listed = await runProgram(program, ['-w', '-S']).catch(() => '');
  if (what === 'add' && !/^-P FORWARD DROP$/m.test(listed)) return;
  const chain = CHAINS.find((name) => new RegExp(`^-[NP] ${name}\\b`, 'm').test(listed));
  for (const side of ['-i', '-o']) {
    const rule = `${side} ${bridge} -j ACCEPT`;
    const at = listed.split('\n').find((line) => /^-A/.test(line) && line.endsWith(` ${rule}`));
    const verb =
      what === 'add' && !at && chain
        ? ['-I', chain]
        : what === 'remove' && at
          ? ['-D', at.split(' ')[1]!]
          : null;
    if (verb === null) continue;
    await runProgram(program, ['-w', ...verb, ...rule.split(' ')]).catch((err: Error) =>
      log.warn(
        { err, bridge },
        'cannot change the iptables FORWARD chain: containers may not reach the outside',
      ),
    );
  }
}

/** iptables-legacy only where the kernel has its tables; else the nft one, only when its filter table exists: asking makes none. */
async function programInUse(family: NftFamily): Promise<string | null> {
  const legacy = await readFile(`/proc/net/${family}_tables_names`, 'utf8').catch(() => '');
  if (legacy.split('\n').includes('filter')) return `${family}tables-legacy`;
  const tables = await runProgram('nft', ['list', 'tables', family]).catch(() => '');
  return new RegExp(`^table ${family} filter$`, 'm').test(tables) ? `${family}tables-nft` : null;
}
