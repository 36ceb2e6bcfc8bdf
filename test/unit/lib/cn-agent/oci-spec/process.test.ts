// lib/cn-agent/oci-spec: the process of a container and that of an exec — environment, limits, tty.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildExecProcess } from '#lib/cn-agent/oci-spec/build-exec-process.ts';
import { buildSpec } from '#lib/cn-agent/oci-spec/build-spec.ts';
import { mergeEnv, rlimitNumber } from '#lib/cn-agent/oci-spec/process.ts';
import type { ExecInput } from '#lib/cn-agent/oci-spec/types.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { type Asked, hostFacts, ID, specInput } from './parts.ts';

const build = (asked?: Asked) => buildSpec(specInput(asked));

test('process: user, directory, tty and its size, limits, no new privileges', () => {
  const hostConfig = {
    ConsoleSize: [24, 80],
    Ulimits: [{ Name: 'nofile', Soft: 10, Hard: -1 }],
    SecurityOpt: ['no-new-privileges'],
    OomScoreAdj: 5,
  };
  const { process } = build({
    hostConfig,
    md: { [MD.tty]: true, [MD.workdir]: '/w', [MD.env]: '["A=1","PATH=/x","TERM"]' },
    input: { user: { uid: 5, gid: 6, additionalGids: [7, 6] } },
  });
  assert.deepEqual(
    [process.terminal, process.consoleSize, process.cwd, process.oomScoreAdj, process.noNewPrivileges],
    [true, { height: 24, width: 80 }, '/w', 5, true],
  );
  assert.deepEqual(process.user, { uid: 5, gid: 6, additionalGids: [6, 7] });
  assert.deepEqual(process.env, ['PATH=/x', `HOSTNAME=${ID.slice(0, 12)}`, 'A=1']);
  assert.equal(
    JSON.stringify(process.rlimits),
    '[{"type":"RLIMIT_NOFILE","soft":10,"hard":18446744073709551615}]',
  );
  assert.equal(
    build({ hostConfig: { ConsoleSize: [0, 0] }, md: { [MD.tty]: true } }).process.consoleSize,
    undefined,
  );
  assert.equal(build({ hostConfig: { ConsoleSize: [24, 80] } }).process.consoleSize, undefined);
});

for (const [option, on] of [
  ['no-new-privileges', true],
  ['no-new-privileges=true', true],
  ['no-new-privileges:true', true],
  ['no-new-privileges=1', true],
  ['no-new-privileges=false', false],
  ['no-new-privileges=yes', false],
  ['x', false],
] as const) {
  test(`security option ${option}: ${on}`, () =>
    assert.equal(build({ hostConfig: { SecurityOpt: [option] } }).process.noNewPrivileges === true, on));
}

const PROFILES: [what: string, hostConfig: object, loaded: string[] | null, profile: string | undefined][] = [
  ['no AppArmor', { SecurityOpt: ['apparmor=mine'] }, null, undefined],
  ['nothing said', {}, ['docker-default'], 'docker-default'],
  ['nothing said, nothing loaded', {}, [], undefined],
  ['a name', { SecurityOpt: ['apparmor:mine'] }, ['docker-default'], 'mine'],
  ['unconfined', { SecurityOpt: ['apparmor=unconfined'] }, ['docker-default'], 'unconfined'],
  ['privileged', { Privileged: true }, ['docker-default'], undefined],
];
for (const [what, hostConfig, appArmor, profile] of PROFILES)
  test(`AppArmor: ${what}`, () =>
    assert.equal(build({ hostConfig, host: { appArmor } }).process.apparmorProfile, profile));

const ENV: [base: string[], over: string[], merged: string[]][] = [
  [
    ['A=1', 'B=2'],
    ['B=3', 'C=4'],
    ['A=1', 'B=3', 'C=4'],
  ],
  [['A=1', 'B=2'], ['A'], ['B=2']],
  [['A=1'], ['AA'], ['A=1']],
  [['A=1'], ['A=', 'A=x=y'], ['A=x=y']],
  [[], ['__proto__=1', 'constructor=2'], ['__proto__=1', 'constructor=2']],
];
for (const [base, over, merged] of ENV)
  test(`env ${over} over ${base}`, () => assert.deepEqual(mergeEnv(base, over), merged));

test('a limit of 2^64-1 reaches JSON digit by digit, also when it was read back', () => {
  for (const value of [-1, 2 ** 64, Number.POSITIVE_INFINITY, Number.NaN, JSON.parse('18446744073709551615')])
    assert.equal(JSON.stringify(rlimitNumber(value)), '18446744073709551615');
  assert.equal(JSON.stringify(rlimitNumber(0)), '0');
});

const exec = (over: Partial<ExecInput> = {}, asked: Asked = {}) =>
  buildExecProcess({
    spec: JSON.parse(JSON.stringify(build(asked))),
    host: hostFacts(),
    cmd: ['ls'],
    env: [],
    workingDir: null,
    user: null,
    tty: false,
    privileged: false,
    ...over,
  });

test('exec: as the container, and what it asks for over it', () => {
  const asked = {
    md: { [MD.workdir]: '/w', [MD.env]: '["A=1"]' },
    hostConfig: {
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Ulimits: [{ Name: 'nofile', Soft: -1, Hard: -1 }],
      OomScoreAdj: 7,
    },
  };
  const plain = exec({}, asked);
  assert.deepEqual(
    [plain.args, plain.cwd, plain.env.at(-1), plain.noNewPrivileges, plain.oomScoreAdj],
    [['ls'], '/w', 'A=1', true, 7],
  );
  assert.deepEqual(plain.capabilities.bounding, []);
  assert.ok(JSON.stringify(plain.rlimits).includes('"hard":18446744073709551615'));
  const own = exec(
    { env: ['A=2', 'B=3'], workingDir: '/x', user: { uid: 5, gid: 5, additionalGids: [] }, privileged: true },
    asked,
  );
  assert.deepEqual(
    [own.cwd, own.env.slice(-2), own.user],
    ['/x', ['A=2', 'B=3'], { uid: 5, gid: 5, additionalGids: [5] }],
  );
  assert.equal(own.capabilities.bounding.length, hostFacts().capabilities.length);
});

test('exec: TERM belongs to the tty of the exec, not to that of the container', () => {
  const tty = { md: { [MD.tty]: true } };
  assert.equal(exec({ tty: true }).env[2], 'TERM=xterm');
  assert.ok(!exec({}, tty).env.some((entry) => entry.startsWith('TERM=')));
  assert.equal(exec({ tty: true }, tty).env.filter((entry) => entry.startsWith('TERM=')).length, 1);
  assert.ok(exec({ tty: true }, { md: { [MD.env]: '["TERM=vt100"]' } }).env.includes('TERM=vt100'));
  assert.deepEqual(exec({ tty: true, consoleSize: [24, 80] }).consoleSize, { height: 24, width: 80 });
  assert.equal(exec({ consoleSize: [24, 80] }).terminal, undefined);
});
