// lib/containerd/errors.ts: what is known by its text, since containerd has no code for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContainerdError, isBundleInTheWay, isShimGone } from '#lib/containerd/errors.ts';

test('a folder in the way of a task that is made', () => {
  const text = 'failed to start shim: mkdir /run/x/io.containerd.runtime.v2.task/ns/id: file exists';
  assert.equal(isBundleInTheWay(new ContainerdError('UNKNOWN', 'tasks.Create', text)), true);
  assert.equal(isBundleInTheWay(new ContainerdError('UNKNOWN', 'tasks.Exec', text)), false);
  const going =
    'failed to start shim: start failed: io.containerd.runc.v2: getwd: no such file or directory\n: exit status 1: unknown';
  assert.equal(isBundleInTheWay(new ContainerdError('UNKNOWN', 'tasks.Create', going)), true);
  const other = 'OCI runtime create failed: mkdir /proc/x: file exists';
  assert.equal(isBundleInTheWay(new ContainerdError('UNKNOWN', 'tasks.Create', other)), false);
  assert.equal(isBundleInTheWay(new Error(text)), false);
});

test('a shim that ended while it was asked', () => {
  assert.equal(isShimGone(new ContainerdError('UNKNOWN', 'tasks.Get', 'ttrpc: closed: unknown')), true);
  assert.equal(isShimGone(new ContainerdError('NOT_FOUND', 'tasks.Get', 'ttrpc: closed')), false);
});
