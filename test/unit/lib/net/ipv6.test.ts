// Forwarding of IPv6 comes on without making the machine deaf to its routers.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import bunyan from 'bunyan';
import { forwardIpv6 } from '#lib/net/ipv6.ts';

const log = bunyan.createLogger({ name: 'test', level: 'fatal' });

test('interfaces that hear routers hear them afterwards; others, and a machine that forwards already, are left alone', async (t) => {
  const conf = await mkdtemp(join(tmpdir(), 'sdct-conf-'));
  t.after(() => rm(conf, { recursive: true, force: true }));
  const put = async (name: string, accept_ra: string, forwarding: string): Promise<void> => {
    await mkdir(join(conf, name), { recursive: true });
    await writeFile(join(conf, name, 'accept_ra'), `${accept_ra}\n`);
    await writeFile(join(conf, name, 'forwarding'), `${forwarding}\n`);
  };
  const ras = async (...names: string[]): Promise<string[]> =>
    Promise.all(names.map(async (name) => (await readFile(join(conf, name, 'accept_ra'), 'utf8')).trim()));
  await put('all', '1', '0');
  await put('default', '1', '0');
  await put('eth0', '1', '0');
  await put('eth1', '0', '0');
  await put('eth2', '2', '0');
  await put('eth3', '1', '1');
  await forwardIpv6(log, conf);
  assert.deepEqual(await ras('all', 'default', 'eth0', 'eth1', 'eth2', 'eth3'), [
    '1',
    '1',
    '2',
    '0',
    '2',
    '1',
  ]);
  assert.equal(await readFile(join(conf, 'all/forwarding'), 'utf8'), '1');
  await put('eth4', '1', '0');
  await forwardIpv6(log, conf);
  assert.deepEqual(await ras('eth4'), ['1']);
});
