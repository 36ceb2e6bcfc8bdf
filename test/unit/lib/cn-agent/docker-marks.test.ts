// Where /etc/mtab is made: not over an image's own, and nowhere but in the container.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { etcWithoutMtab, markAsDocker } from '#lib/cn-agent/docker-marks.ts';

const dir = mkdtempSync('/tmp/sdct-marks-');
after(() => rmSync(dir, { recursive: true }));
let count = 0;
/** A layer of these directories and links (name → target), the former with these modes. */
function layer(directories: Record<string, number> = {}, links: Record<string, string> = {}): string {
  const root = `${dir}/${count++}`;
  mkdirSync(root);
  for (const [name, mode] of Object.entries(directories)) {
    mkdirSync(`${root}/${name}`);
    chmodSync(`${root}/${name}`, mode);
  }
  for (const [name, target] of Object.entries(links)) symlinkSync(target, `${root}/${name}`);
  return root;
}
const [uid, gid] = [process.getuid!(), process.getgid!()];

describe('etcWithoutMtab', () => {
  it('is /etc of the topmost layer that has it', async () => {
    const dirs = [layer(), layer({ etc: 0o700 }), layer({ etc: 0o755 })];
    assert.deepEqual(await etcWithoutMtab(dirs), { mode: 0o700, uid, gid });
  });
  it('is a new one where no layer has it', async () => {
    assert.deepEqual(await etcWithoutMtab([layer()]), { mode: 0o755, uid: 0, gid: 0 });
    assert.deepEqual(await etcWithoutMtab([]), { mode: 0o755, uid: 0, gid: 0 });
  });
  it('is null where the image has a mtab, though it lead nowhere', async () => {
    const below = layer({ etc: 0o755 }, { 'etc/mtab': '../proc/mounts' });
    assert.equal(await etcWithoutMtab([layer({ etc: 0o755 }), below]), null);
  });
  it('is null where /etc is a link, and sees nothing through it', async () => {
    assert.equal(await etcWithoutMtab([layer({}, { etc: '/etc' })]), null);
    const hidden = layer({}, { etc: layer({}, { mtab: 'x' }) });
    assert.deepEqual(await etcWithoutMtab([layer({ etc: 0o755 }), hidden]), { mode: 0o755, uid, gid });
  });
});

describe('markAsDocker', () => {
  it('makes both, and an /etc as the image has it', async () => {
    const upper = layer();
    await markAsDocker(upper, { mode: 0o1700, uid, gid });
    assert.equal(statSync(`${upper}/.dockerenv`).size, 0);
    assert.equal(statSync(`${upper}/etc`).mode & 0o7777, 0o1700);
    assert.equal(readlinkSync(`${upper}/etc/mtab`), '/proc/mounts');
  });
  it('leaves what is there', async () => {
    const upper = layer({ etc: 0o711 }, { 'etc/mtab': 'other' });
    await markAsDocker(upper, { mode: 0o755, uid, gid });
    assert.equal(statSync(`${upper}/etc`).mode & 0o7777, 0o711);
    assert.equal(readlinkSync(`${upper}/etc/mtab`), 'other');
  });
  it('makes no /etc where the image has no place for it', async () => {
    const upper = layer();
    await markAsDocker(upper, null);
    assert.throws(() => statSync(`${upper}/etc`), { code: 'ENOENT' });
  });
});
