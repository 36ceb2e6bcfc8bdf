// The table of operations is total, and the rooms' routes agree with its states.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { OPERATIONS, type Operation } from '#src/api/operations.ts';
import type { Route } from '#src/context.ts';

/** Docker's own specs; not part of the repository. */
const SPECS = process.env.DOCKER_API_SPECS ?? '/work/shared/reference/docker-api';
const root = resolve(import.meta.dirname, '../../../..');

interface SpecOperation {
  method: string;
  path: string;
  operationId: string;
}

/** Enough of YAML for these files: paths are indented by 2, methods by 4, their keys by 6. */
function readSpec(file: string): SpecOperation[] {
  const text = readFileSync(file, 'utf8');
  const found: SpecOperation[] = [];
  let path = '';
  let method = '';
  for (const line of text.slice(text.indexOf('\npaths:')).split('\n')) {
    path = /^ {2}"?(\/[^":]*)"?:/.exec(line)?.[1] ?? path;
    method = /^ {4}(get|head|post|put|delete):/.exec(line)?.[1] ?? method;
    const operationId = /^ {6}operationId: "?(\w+)"?/.exec(line)?.[1];
    if (operationId) found.push({ method: method.toUpperCase(), path, operationId });
  }
  return found;
}

/** 'GET /containers//json': a parameter's name does not matter. */
function shape({ method, path }: { method: string; path: string }): string {
  return `${method} ${path.replace(/\{[^}]*\}|:\w+/g, '')}`;
}

for (const [file, least] of [
  ['v1.55.yaml', 100],
  ['v1.25.yaml', 90],
] as const) {
  const spec = resolve(SPECS, file);
  test(`every operation of ${file} is in the table with its method and path`, {
    skip: !existsSync(spec) && `NOT CHECKED: ${spec} is not there`,
  }, () => {
    const operations = readSpec(spec);
    assert.ok(operations.length >= least, `only ${operations.length} operations found in ${file}`);
    const known = new Map(OPERATIONS.map((op) => [shape(op), op.operationId]));
    const missing = operations.filter((op) => !known.has(shape(op)));
    assert.deepEqual(missing, []);
    if (file !== 'v1.55.yaml') return; // an operation has its newest name
    const misnamed = operations.filter((op) => known.get(shape(op)) !== op.operationId);
    assert.deepEqual(misnamed, []);
  });
}

test('no operation is there twice; partial says what differs', () => {
  const ids = OPERATIONS.map((op) => op.operationId);
  assert.deepEqual([...new Set(ids)], ids);
  const shapes = OPERATIONS.map(shape);
  assert.deepEqual([...new Set(shapes)], shapes);
  const silent = OPERATIONS.filter((op) => op.state === 'partial' && !op.reason);
  assert.deepEqual(
    silent.map((op) => op.operationId),
    [],
  );
});

/** Room → what its routes.ts exports. The rooms of src/app.ts. */
const ROOMS = {
  containers: 'containerRoutes',
  exec: 'execRoutes',
  images: 'imageRoutes',
  networks: 'networkRoutes',
  system: 'systemRoutes',
  volumes: 'volumeRoutes',
  build: 'buildRoutes',
  commit: 'commitRoutes',
};

test('routes are there for what is done or partial, and for nothing else', async (t) => {
  const routes: Route[] = [];
  const absent: string[] = [];
  for (const [room, name] of Object.entries(ROOMS)) {
    const file = resolve(root, `src/${room}/routes.ts`);
    if (existsSync(file)) routes.push(...((await import(file)) as Record<string, Route[]>)[name]!);
    else absent.push(room);
  }
  const routed = new Map(routes.map((route) => [route.operationId, route]));
  const built = (op: Operation): boolean => op.state === 'done' || op.state === 'partial';
  const ids = (ops: readonly Operation[]): string[] => ops.map((op) => op.operationId);

  assert.deepEqual(ids(OPERATIONS.filter((op) => !built(op) && routed.has(op.operationId))), []);
  const unknown = routes.filter((route) => !OPERATIONS.some((op) => op.operationId === route.operationId));
  assert.deepEqual(
    unknown.map((route) => route.operationId),
    [],
  );
  if (absent.length === 0) {
    assert.deepEqual(ids(OPERATIONS.filter((op) => built(op) && !routed.has(op.operationId))), []);
  } else t.skip(`NOT CHECKED whether all that is done has a route: no src/{${absent.join(',')}}/routes.ts`);
});
