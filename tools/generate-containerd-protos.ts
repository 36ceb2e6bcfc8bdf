// Compiles the containerd protos of Debian's golang-github-containerd-containerd-dev into lib/containerd/generated/descriptor.json.
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import protobuf from 'protobufjs';

const GOPATH = '/usr/share/gocode/src';
const CONTAINERD = 'github.com/containerd/containerd';
const OUTPUT = resolve(import.meta.dirname, '../lib/containerd/generated/descriptor.json');

const ENTRY_POINTS = [
  'api/services/containers/v1/containers.proto',
  'api/services/content/v1/content.proto',
  'api/services/diff/v1/diff.proto',
  'api/services/events/v1/events.proto',
  'api/services/snapshots/v1/snapshots.proto',
  'api/services/tasks/v1/tasks.proto',
  'api/services/version/v1/version.proto',
  'api/events/task.proto',
  'runtime/v2/runc/options/oci.proto',
];

/** Only imported for Go's code generator: nothing of them is on the wire. */
const GO_ONLY = ['gogoproto/gogo.proto', `${CONTAINERD}/protobuf/plugin/fieldpath.proto`];

type Tree = { [key: string]: unknown };

/**
 * The descriptor without its options: they steer Go's generator, and none of ours (proto3, no packed scalars) changes the bytes.
 * Below `fields`, `methods` and `nested` the keys are names from the protos: a field may itself be called "options".
 */
function withoutOptions(tree: Tree, keysAreNames: boolean): Tree {
  const out: Tree = {};
  for (const [key, value] of Object.entries(tree)) {
    if (!keysAreNames && (key === 'options' || key === 'valuesOptions')) continue;
    const isTree = typeof value === 'object' && value !== null && !Array.isArray(value);
    const below = !keysAreNames && ['fields', 'methods', 'nested', 'oneofs', 'values'].includes(key);
    out[key] = isTree ? withoutOptions(value as Tree, below) : value;
  }
  return out;
}

const root = new protobuf.Root();
root.resolvePath = (_origin, target) => {
  if (GO_ONLY.includes(target)) return null;
  const file = join(GOPATH, target);
  return existsSync(file) ? file : target;
};
root.loadSync(
  ENTRY_POINTS.map((file) => `${CONTAINERD}/${file}`),
  { keepCase: false },
);
root.resolveAll();
writeFileSync(OUTPUT, `${JSON.stringify(withoutOptions(root.toJSON() as Tree, false), null, 1)}\n`);
