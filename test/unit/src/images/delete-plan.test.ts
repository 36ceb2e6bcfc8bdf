// What a removal untags, deletes and refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { familiarString } from '#lib/registry/reference.ts';
import { planDelete } from '#src/images/delete-plan.ts';
import { parseName } from '#src/images/lookup.ts';
import type { NamedImage } from '#src/images/references.ts';
import { goneLayers } from '#src/images/remove-image.ts';
import { type ImageUser, usersOf } from '#src/images/usage.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';
import { buildImage, buildNamed, digest } from './image-record.ts';

const BUSYBOX = `busybox@${digest('d')}`;
const STOPPED: ImageUser = { id: 'a'.repeat(64), running: false };
const RUNNING: ImageUser = { id: 'b'.repeat(64), running: true };
const ONE = buildNamed('1', ['busybox:latest'], [BUSYBOX]);
const TWO_TAGS = buildNamed('1', ['busybox:latest', 'busybox:2'], [BUSYBOX]);
const TWO_REPOS = buildNamed('1', ['busybox:latest', 'mine:1'], [BUSYBOX]);
const NONE = buildNamed('1', []);

interface Facts {
  users?: ImageUser[];
  force?: boolean;
  hasChildren?: boolean;
}

/** "untagged, …" with '*' where there is no event, and "deleted" at the end. */
function plan(typed: string, image: NamedImage, facts: Facts = {}): string {
  const byId = image.image.config_digest.startsWith(typed) || digest('1').slice(7).startsWith(typed);
  const { untag, deleteImage } = planDelete(typed, byId ? null : parseName(typed), {
    ...image,
    users: facts.users ?? [],
    force: facts.force ?? false,
    hasChildren: facts.hasChildren ?? false,
  });
  const names = untag.map(({ ref, event }) => familiarString(ref) + (event ? '' : '*'));
  return [...names, ...(deleteImage ? ['deleted'] : [])].join(', ');
}

const ID = digest('1');

test('what goes', () => {
  const cases: [string, NamedImage, Facts, string][] = [
    ['busybox', ONE, {}, `busybox:latest, ${BUSYBOX}*, deleted`],
    ['busybox:latest', TWO_TAGS, {}, 'busybox:latest'],
    ['mine:1', TWO_REPOS, {}, 'mine:1'],
    ['busybox', TWO_REPOS, {}, `busybox:latest, ${BUSYBOX}*`],
    [BUSYBOX, ONE, {}, BUSYBOX],
    [BUSYBOX, buildNamed('1', [], [BUSYBOX]), {}, `${BUSYBOX}, deleted`],
    [ID, ONE, {}, `busybox:latest, ${BUSYBOX}, deleted`],
    ['111111111111', NONE, {}, 'deleted'],
    [ID, TWO_REPOS, { force: true }, `busybox:latest, ${BUSYBOX}, mine:1, deleted`],
    ['busybox', ONE, { force: true, users: [STOPPED] }, `busybox:latest, ${BUSYBOX}*, deleted`],
    ['busybox', ONE, { force: true, users: [RUNNING] }, `busybox:latest, ${BUSYBOX}*`],
    ['busybox', TWO_TAGS, { users: [RUNNING] }, 'busybox:latest'],
    [ID, ONE, { force: true, users: [STOPPED] }, `busybox:latest, ${BUSYBOX}, deleted`],
    ['busybox', ONE, { hasChildren: true }, `busybox:latest, ${BUSYBOX}*`],
  ];
  for (const [typed, image, facts, text] of cases) {
    assert.equal(plan(typed, image, facts), text, `${typed} ${JSON.stringify(facts)}`);
  }
});

test('what is refused', () => {
  const unable = 'conflict: unable to delete 111111111111';
  const cases: [string, NamedImage, Facts, string][] = [
    [
      'busybox',
      ONE,
      { users: [STOPPED] },
      'conflict: unable to remove repository reference "busybox" (must force) - container aaaaaaaaaaaa is using its referenced image 111111111111',
    ],
    [ID, TWO_REPOS, {}, `${unable} (must be forced) - image is referenced in multiple repositories`],
    [ID, TWO_TAGS, {}, `${unable} (must be forced) - image is referenced in multiple repositories`],
    [
      ID,
      ONE,
      { users: [STOPPED] },
      `${unable} (must be forced) - image is being used by stopped container aaaaaaaaaaaa`,
    ],
    [
      ID,
      NONE,
      { users: [STOPPED] },
      `${unable} (must be forced) - image is being used by stopped container aaaaaaaaaaaa`,
    ],
    [
      ID,
      ONE,
      { users: [STOPPED, RUNNING], force: true },
      `${unable} (cannot be forced) - image is being used by running container bbbbbbbbbbbb`,
    ],
    [
      ID,
      NONE,
      { hasChildren: true, force: true },
      `${unable} (cannot be forced) - image has dependent child images`,
    ],
  ];
  for (const [typed, image, facts, clientMessage] of cases) {
    assert.throws(() => plan(typed, image, facts), { kind: 'conflict', clientMessage });
  }
});

test('layers that go: top first, up to the first that another image has', () => {
  const rootfs = (...digits: string[]) => ({ image: { rootfs: { diff_ids: digits.map(digest) } } });
  const image = buildImage('1', rootfs('1', '2', '3'));
  assert.equal(goneLayers(image, []).length, 3);
  assert.equal(goneLayers(image, []).at(-1), digest('1'));
  assert.deepEqual(goneLayers(image, [buildImage('2', rootfs('1', '2', '3'))]), []);
  assert.equal(goneLayers(image, [buildImage('2', rootfs('1', '2'))]).length, 1);
  // The same layer elsewhere in the chain is another one.
  assert.equal(goneLayers(image, [buildImage('2', rootfs('3', '2'))]).length, 3);
});

test('users of an image', () => {
  const vm = buildVm();
  const users = usersOf([vm]);
  const id = String(vm.internal_metadata['docker:imageid']);
  assert.equal(users.get(id)?.length, 1);
});

test('who mounts an image uses it too, once', () => {
  const vm = buildVm();
  const own = String(vm.internal_metadata['docker:imageid']);
  const mount = (imageId: string) => ({ Type: 'image', Destination: `/${imageId}`, imageId });
  const mounts = JSON.stringify([mount('sha256:1'), mount(own), { Type: 'bind', imageId: 'sha256:2' }]);
  const users = usersOf([{ ...vm, internal_metadata: { ...vm.internal_metadata, 'docker:mounts': mounts } }]);
  assert.deepEqual(
    [...users].map(([id, list]) => [id, list.length]),
    [
      [own, 1],
      ['sha256:1', 1],
    ],
  );
});
