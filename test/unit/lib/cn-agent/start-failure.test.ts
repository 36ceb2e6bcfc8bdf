// Failed starts in Docker's words, with dockerd's exit status.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toStartFailure } from '#lib/cn-agent/start-failure.ts';
import { ContainerdError } from '#lib/containerd/errors.ts';
import { TritonError } from '#lib/wire/errors.ts';

const RUNC =
  'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process';
const CREATE = `failed to create task for container: ${RUNC}`;

describe('toStartFailure', () => {
  const cases: [string, string, string, number, number][] = [
    [
      'a command that is not there',
      `${RUNC}: exec: "nosuch": executable file not found in $PATH: unknown`,
      `${CREATE}: exec: "nosuch": executable file not found in $PATH: unknown`,
      127,
      400,
    ],
    [
      'a path that is not there, without the word of its code',
      `${RUNC}: exec: "/nosuch": stat /nosuch: no such file or directory`,
      `${CREATE}: exec: "/nosuch": stat /nosuch: no such file or directory: unknown`,
      127,
      400,
    ],
    [
      'a file that may not be executed',
      `${RUNC}: exec: "/etc/passwd": permission denied: unknown`,
      `${CREATE}: exec: "/etc/passwd": permission denied: unknown`,
      126,
      400,
    ],
    [
      'a directory',
      `${RUNC}: exec: "/etc": is a directory: unknown`,
      `${CREATE}: exec: "/etc": is a directory: unknown: permission denied`,
      126,
      400,
    ],
    ['anything else', `${RUNC}: kaputt: unknown`, `${CREATE}: kaputt: unknown`, 128, 500],
  ];
  for (const [name, details, text, exitStatus, statusCode] of cases) {
    it(name, () => {
      const failure = toStartFailure(new ContainerdError('UNKNOWN', 'tasks.Create', details), 'create');
      assert.equal(failure.error.ownMessage, text);
      assert.equal(failure.exitStatus, exitStatus);
      assert.equal(failure.error.statusCode, statusCode);
      assert.equal(failure.error.restCode, 'VmStartFailed');
    });
  }

  it('keeps the text and status of our own errors', () => {
    const cause = new TritonError(
      'UserNotFound',
      500,
      'unable to find user x: no matching entries in passwd file',
    );
    const { error, exitStatus } = toStartFailure(cause, 'prepare');
    assert.deepEqual(
      [error.restCode, error.statusCode, error.ownMessage, exitStatus],
      ['VmStartFailed', 500, cause.ownMessage, 128],
    );
  });
});
