// The options of driver `local` as a call of mount(2).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostToLookUp, mountCall, mountFailure, withAddress } from '#lib/cn-agent/volumes/mount-call.ts';

const call = (type: string, o: string, device = 'dev') => mountCall({ type, o, device }, '/t')!;

test('a volume without a device is a directory', () => assert.equal(mountCall({}, '/t'), null));

const CASES: [type: string, o: string, flags: number, data: string, propagation: number][] = [
  ['none', 'bind', 4096, '', 0],
  ['none', 'rbind,ro', 4096 | 16384 | 1, '', 0],
  ['tmpfs', 'size=1m,uid=7,nosuid', 2, 'size=1m,uid=7', 0],
  ['ext4', 'ro,rw,noexec,exec', 0, '', 0],
  ['none', 'bind,rshared', 4096, '', (1 << 20) | 16384],
  ['nfs', 'addr=1.2.3.4,rw,,nolock', 0, 'addr=1.2.3.4,nolock', 0],
  ['x', 'constructor', 0, 'constructor', 0],
];
for (const [type, o, flags, data, propagation] of CASES) {
  test(`${type} ${o}`, () => {
    assert.deepEqual(call(type, o), { source: 'dev', target: '/t', type, flags, data, propagation });
  });
}

const HOSTS: [type: string, o: string, host: string | null][] = [
  ['nfs', 'addr=nas.example,rw', 'nas.example'],
  ['nfs4', 'rw,addr=nas', 'nas'],
  ['nfs', 'addr=10.0.0.1', null],
  ['nfs', 'addr=fd00::1', null],
  ['cifs', 'username=u,addr=nas', 'nas'],
  ['ext4', 'addr=nas', null],
  ['nfs', 'xaddr=nas', null],
];
for (const [type, o, host] of HOSTS)
  test(`the host of ${type} ${o}`, () => assert.equal(hostToLookUp(call(type, o)), host));

test('the number takes the name’s place', () => {
  assert.equal(withAddress(call('nfs', 'addr=nas,rw,x=$&'), 'nas', '1.2.3.4').data, 'addr=1.2.3.4,x=$&');
});

test('a failure is told in dockerd’s words, without a password', () => {
  assert.equal(
    mountFailure(call('cifs', 'ro,username=me,password=secret,vers=3', '//nas/x'), 'permission denied'),
    "error while mounting volume '/t': failed to mount local volume: mount //nas/x:/t, flags: 0x1, data: username=********,password=********,vers=3: permission denied",
  );
});
