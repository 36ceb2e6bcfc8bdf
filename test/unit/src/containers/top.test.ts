// Which ps arguments a client may not use: a column that is called PID and is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseRenamedPid } from '#src/containers/top.ts';

test('only the column of process ids may be called PID', () => {
  for (const fine of ['-ef', 'aux', '-o pid', '-o pid=PID', '-o pid=PIDX,comm', '-o comm=NAME,pid'])
    refuseRenamedPid(fine);
  for (const [args, what] of [
    ['-o comm=PID,pid', 'comm=PID,pid'],
    ['-eo user=PID', 'user=PID'],
    ['-o ppid= PIDs', 'ppid=PIDs'],
  ] as const) {
    const [name, title] = what.split('=');
    assert.throws(() => refuseRenamedPid(args), {
      kind: 'internal',
      clientMessage: `specifying "${name}=${title}" is not allowed`,
    });
  }
});
