// A NAPI over a file of its own, for the tests of lib/coal/napi.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import bunyan from 'bunyan';
import { createNapi, type Napi, type NapiOptions } from '#lib/coal/napi/napi.ts';

export const ADMIN = '930896af-bf8c-48d4-885c-6573a94b1853';
export const SERVER = '44454c4c-4800-1034-804a-b2c04f354d31';

/** A directory that goes with the test. */
export function tempDir(t: TestContext, name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `sdct-${name}-`));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function napiIn(stateDir: string, network: Partial<NapiOptions['network']> = {}): Promise<Napi> {
  return createNapi({
    stateDir,
    adminUuid: ADMIN,
    serverUuid: SERVER,
    network: { name: 'docker-default', subnet: '10.9.0.0/29', mtu: 1500, resolvers: ['8.8.8.8'], ...network },
    log: bunyan.createLogger({ name: 'test', level: 'fatal' }),
  });
}

/** The n-th VM of one owner. */
export function vm(n: number): { uuid: string; owner_uuid: string } {
  return { uuid: `d0cca100-0000-4000-8000-${String(n).padStart(12, '0')}`, owner_uuid: ADMIN };
}
