// The text of docs/divergence.md: one row per docker command, one per flag group.
import { CREATE_FLAGS, type Flag } from '#src/api/flags.ts';
import { OPERATIONS, type Operation } from '#src/api/operations.ts';

const WORDS = {
  done: 'done',
  partial: 'partial',
  notImplemented: 'not yet (501)',
  swarm: 'swarm',
} as const satisfies Record<Operation['state'], string>;

interface Row {
  what: string;
  state: keyof typeof WORDS;
  remarks: string[];
}

/** What `make docs` writes. */
export function divergence(): string {
  return `${[
    '# What works, and what does not yet',
    'Made by `make docs` from `src/api/operations/` and `src/api/flags/`. Change those, not this file.',
    [
      '- **done**: as dockerd does it.',
      '- **partial**: works, with the differences named.',
      '- **not yet (501)**: answered with status 501 and a message that names it.',
      '- **swarm**: a datacenter is no swarm; answered with dockerd\'s "This node is not a swarm manager".',
    ].join('\n'),
    '## Commands',
    table('command', commandRows(OPERATIONS)),
    '## Flags of `docker run` and `docker create`',
    'Rows marked ° are for CoaL: a compute node of a Triton datacenter does not know what these flags say.',
    table('flags', CREATE_FLAGS.map(flagRow)),
    '## Operations that no command uses',
    table('operation', OPERATIONS.filter((op) => op.cli === '').map(operationRow)),
  ].join('\n\n')}\n`;
}

/** One row per command, in the order of the operations. A command that needs several operations is as good as all of them. */
export function commandRows(operations: readonly Operation[]): Row[] {
  const commands = new Set(operations.flatMap(commandsOf));
  return [...commands].map((what) => {
    const ops = operations.filter((op) => commandsOf(op).includes(what));
    const states = new Set(ops.map((op) => op.state));
    const isRun = what === 'docker run' || what === 'docker create';
    const [only] = states;
    const state = states.size > 1 ? 'partial' : only === 'done' && isRun ? 'partial' : only!;
    const missing = (op: Operation): string[] =>
      op.state === 'notImplemented' ? [`${endpoint(op)} is not there yet`] : [];
    const reasons = ops.flatMap((op) =>
      op.reason === undefined ? (states.size > 1 ? missing(op) : []) : [op.reason],
    );
    return { what, state, remarks: [...new Set(reasons), ...(isRun ? ['see its flags below'] : [])] };
  });
}

function commandsOf(op: Operation): string[] {
  return op.cli.split(', ').filter((command) => command !== '');
}

function flagRow(flag: Flag): Row {
  return {
    what: flag.metadataOnly ? `${flag.flags} °` : flag.flags,
    state: flag.state,
    remarks: flag.reason === undefined ? [] : [flag.reason],
  };
}

function operationRow(op: Operation): Row {
  return { what: endpoint(op), state: op.state, remarks: op.reason === undefined ? [] : [op.reason] };
}

/** 'GET /containers/{id}/json', as Docker's own reference writes it. */
function endpoint({ method, path }: Operation): string {
  return `${method} ${path.replace(/:(\w+)/g, '{$1}')}`;
}

function table(head: string, rows: Row[]): string {
  const lines = rows.map(({ what, state, remarks }) =>
    ['', cell(what), WORDS[state], cell(remarks.join('. ')), ''].join(' | ').trim(),
  );
  return [`| ${head} | state | differences |`, '| --- | --- | --- |', ...lines].join('\n');
}

function cell(text: string): string {
  return text.replace(/\|/g, '\\|').replace(/\*/g, '\\*');
}
