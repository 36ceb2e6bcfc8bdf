// lib/cn-agent/oci-spec/host-devices.ts against the machine's own /dev.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readHostDevices } from '#lib/cn-agent/oci-spec/host-devices.ts';

const dir = mkdtempSync('/tmp/sdct-devices-');
after(() => rmSync(dir, { recursive: true, force: true }));
const mapping = (PathOnHost: string, PathInContainer = '', CgroupPermissions = '') => ({
  PathOnHost,
  PathInContainer,
  CgroupPermissions,
});
const failed = (ownMessage: string) => ({ restCode: 'VmStartFailed', ownMessage });

test('nothing asked, nothing read', async () => {
  assert.deepEqual(await readHostDevices({}), { devices: [], deviceNumbers: {} });
});

test('a device, under its own name or another, with its rights', async () => {
  const { devices } = await readHostDevices({
    Devices: [mapping('/dev/null', '/dev/my', 'r'), mapping('/dev/zero')],
  });
  assert.deepEqual(
    devices.map(({ device, access }) => [device.path, device.type, device.major, device.minor, access]),
    [
      ['/dev/my', 'c', 1, 3, 'r'],
      ['/dev/zero', 'c', 1, 5, 'rwm'],
    ],
  );
});

test('a link to a device is the device, under the name that was asked for', async () => {
  const link = join(dir, 'link');
  symlinkSync('/dev/null', link);
  const { devices } = await readHostDevices({ Devices: [mapping(link)] });
  assert.deepEqual([devices[0]?.device.path, devices[0]?.device.minor], [link, 3]);
});

for (const [path, why] of [
  ['/dev/no-such-device', 'no such file or directory'],
  ['/etc/passwd', 'not a device node'],
  [dir, 'not a device node'],
] as const) {
  test(`no device: ${why}`, async () => {
    await assert.rejects(
      readHostDevices({ Devices: [mapping(path)] }),
      failed(`error gathering device information while adding custom device "${path}": ${why}`),
    );
  });
}

test("privileged: all of /dev but the container's own, none of them twice", async () => {
  const { devices } = await readHostDevices({ Privileged: true, Devices: [mapping('/dev/null')] });
  const paths = devices.map(({ device }) => device.path);
  assert.ok(paths.includes('/dev/null'));
  assert.equal(new Set(paths).size, paths.length);
  assert.ok(!paths.some((path) => /^\/dev\/(pts|shm|fd|mqueue|console)(\/|$)/.test(path)));
});

test('numbers of limited devices', async () => {
  const { deviceNumbers } = await readHostDevices({
    BlkioDeviceReadBps: [{ Path: '/dev/null', Rate: 1 }],
    BlkioWeightDevice: null,
  });
  assert.deepEqual(deviceNumbers, { '/dev/null': [1, 3] });
  await assert.rejects(
    readHostDevices({ BlkioWeightDevice: [{ Path: '/dev/none', Weight: 1 }] }),
    failed('stat /dev/none: no such file or directory'),
  );
});
