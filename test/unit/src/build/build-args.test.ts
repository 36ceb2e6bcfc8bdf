// src/build/build-args.ts: which arguments a stage has, and which the history may tell.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BuildArgs } from '#src/build/build-args.ts';

const given = new Map<string, string | null>([
  ['GIVEN', '1'],
  ['NULL', null],
  ['http_proxy', 'http://secret@p'],
  ['STRAY', 'x'],
]);
const values = (args: BuildArgs, env: [string, string][] = []) =>
  Object.fromEntries(args.variables(new Map(env)));

test('what was declared, with what was given, defaults, and those in front of FROM', () => {
  const args = new BuildArgs(given);
  args.declareMeta('META', 'm');
  args.beginStage();
  assert.deepEqual(values(args), { http_proxy: 'http://secret@p' });
  args.declare('GIVEN', 'default');
  args.declare('NULL', 'default');
  args.declare('META', undefined);
  args.declare('NOTHING', undefined);
  assert.deepEqual(values(args), { http_proxy: 'http://secret@p', GIVEN: '1', NULL: 'default', META: 'm' });
  assert.deepEqual(values(args, [['GIVEN', 'env']]).GIVEN, undefined);
  assert.deepEqual(args.unused(), ['STRAY']);
  args.beginStage();
  assert.deepEqual(values(args), { http_proxy: 'http://secret@p' });
});

test('a proxy is told only where an ARG asks for it', () => {
  const args = new BuildArgs(given);
  args.beginStage();
  assert.equal(args.isTold('http_proxy'), false);
  args.declare('http_proxy', undefined);
  assert.equal(args.isTold('http_proxy'), true);
});
