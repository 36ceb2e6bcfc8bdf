// Exec: reading a create body, and the inspect answer in each state.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecRecord } from '#lib/store/types.ts';
import { commandText, decodeExec } from '#src/exec/config.ts';
import { toExecInspect } from '#src/exec/inspect.ts';

test('create body', () => {
  const config = decodeExec({ Cmd: ['ls', '-l'], AttachStdout: true, ConsoleSize: [24, 80] });
  assert.deepEqual([config.Cmd, config.AttachStdout, config.ConsoleSize], [['ls', '-l'], true, [24, 80]]);
  assert.throws(() => decodeExec({}), /No exec command specified/);
  assert.throws(() => decodeExec({ Cmd: ['a'], DetachKeys: 'xx' }), /Invalid escape keys \(xx\) provided/);
  assert.throws(() => decodeExec({ Cmd: 'a' }), /cannot unmarshal string/);
});

const record = (patch: Partial<ExecRecord>): ExecRecord => ({
  id: 'e1',
  owner_uuid: 'o',
  container_id: 'c1',
  vm_uuid: 'v',
  server_uuid: 's',
  run: '',
  config: { ...decodeExec({ Cmd: ['sh', '-c', 'x'], Tty: true, User: '5', AttachStdin: true }) },
  state: 'created',
  exit_code: null,
  pid: 0,
  created_at: 0,
  exited_at: null,
  ...patch,
});

const cases: [Partial<ExecRecord>, { Running: boolean; ExitCode: number | null; Pid: number }][] = [
  [{}, { Running: false, ExitCode: null, Pid: 0 }],
  [
    { state: 'running', pid: 9 },
    { Running: true, ExitCode: null, Pid: 9 },
  ],
  [
    { state: 'exited', pid: 9, exit_code: 127 },
    { Running: false, ExitCode: 127, Pid: 9 },
  ],
];
for (const [patch, want] of cases) {
  test(`inspect: ${patch.state ?? 'created'}`, () => {
    const json = toExecInspect(record(patch));
    assert.deepEqual({ Running: json.Running, ExitCode: json.ExitCode, Pid: json.Pid }, want);
    assert.deepEqual(json.ProcessConfig, {
      tty: true,
      entrypoint: 'sh',
      arguments: ['-c', 'x'],
      privileged: false,
      user: '5',
    });
    assert.deepEqual([json.ContainerID, json.OpenStdin, json.DetachKeys], ['c1', true, '']);
  });
}

test('inspect: detach keys as bytes, in base64', () => {
  const config = { ...decodeExec({ Cmd: ['sh'], DetachKeys: 'ctrl-a,b' }) };
  assert.equal(toExecInspect(record({ config })).DetachKeys, 'AWI=');
});

test('the command in the events', () => {
  assert.equal(commandText(['sh', '-c', 'x']), 'sh -c x');
  assert.equal(commandText(['true']), 'true ');
});
