// A real registry server (Debian's docker-registry) on a loopback port, and a busybox image built here and pushed with skopeo.
import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, mkdtemp, open, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const MEGABYTE = 1024 * 1024;

export interface Registry {
  /** 'http://127.0.0.1:<port>' */
  url: string;
  port: number;
  dir: string;
  stop(): Promise<void>;
}

/** Starts a registry that keeps everything under `dir`, on a port the kernel picks. Rejects with its log when it does not come up. */
export async function startRegistry(dir: string): Promise<Registry> {
  const config = join(dir, 'registry.yml');
  await mkdir(join(dir, 'data'), { recursive: true });
  await writeFile(
    config,
    [
      'version: 0.1',
      'log: {level: info, accesslog: {disabled: true}}',
      'storage:',
      `  filesystem: {rootdirectory: ${JSON.stringify(join(dir, 'data'))}}`,
      '  delete: {enabled: true}',
      'http: {addr: "127.0.0.1:0"}',
      '',
    ].join('\n'),
  );
  const child = spawn('docker-registry', ['serve', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
  });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    let log = '';
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`docker-registry ended with ${code}:\n${log}`)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      const match = /listening on 127\.0\.0\.1:(\d+)/.exec(line);
      if (match) resolve(Number(match[1]));
      if (log.length < 10_000) log += `${line}\n`;
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    dir,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

export interface ImageOptions {
  /** Layers in all, busybox's own included (default 1). */
  layers?: number;
  /** Size of the layers beyond the first together, unpacked; about half of it compresses away (default a few bytes). */
  megabytes?: number;
  /** Fields over the image's `config` (Env, Cmd, Labels, Volumes, ...). */
  config?: Record<string, unknown>;
  /** Makes the tree of the first layer (default: busybox). */
  root?: (dir: string) => Promise<void>;
  /** Manifest format: 'v2s2' (Docker's, default) or 'oci'. */
  format?: 'v2s2' | 'oci';
}

/** Builds an image, busybox's when nothing else is asked for, and pushes it as `name`:`tag`. Resolves with its manifest digest. */
export async function pushBusybox(
  registry: Registry,
  name: string,
  tag: string,
  opts: ImageOptions = {},
): Promise<{ digest: string }> {
  const work = await mkdtemp(join(registry.dir, 'build-'));
  try {
    const layout = join(work, 'layout');
    await buildLayout(work, layout, opts);
    const target = `docker://127.0.0.1:${registry.port}/${name}:${tag}`;
    await exec('skopeo', [
      '--insecure-policy',
      'copy',
      '--quiet',
      '--dest-tls-verify=false',
      `--format=${opts.format ?? 'v2s2'}`,
      `oci:${layout}:image`,
      target,
    ]);
    return { digest: await manifestDigest(registry, name, tag) };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function manifestDigest(registry: Registry, name: string, tag: string): Promise<string> {
  const reply = await fetch(`${registry.url}/v2/${name}/manifests/${tag}`, {
    headers: {
      accept:
        'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json',
    },
  });
  return `sha256:${createHash('sha256')
    .update(Buffer.from(await reply.arrayBuffer()))
    .digest('hex')}`;
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

/** An OCI image layout of the image, tagged 'image'. */
async function buildLayout(work: string, layout: string, opts: ImageOptions): Promise<void> {
  const blobs = join(layout, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  const layers: Descriptor[] = [];
  const diffIds: string[] = [];
  const count = opts.layers ?? 1;
  for (let i = 0; i < count; i++) {
    const root = join(work, `root${i}`);
    if (i === 0) await (opts.root ?? busyboxRoot)(root);
    else await fillerRoot(root, i, ((opts.megabytes ?? 0) * MEGABYTE) / (count - 1));
    const { layer, diffId } = await packLayer(root, blobs);
    await rm(root, { recursive: true });
    layers.push(layer);
    diffIds.push(diffId);
  }
  const put = (mediaType: string, value: unknown) => putJson(blobs, mediaType, value);
  const config = await put('application/vnd.oci.image.config.v1+json', imageConfig(diffIds, opts));
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = await put(manifestType, { schemaVersion: 2, mediaType: manifestType, config, layers });
  const index = {
    schemaVersion: 2,
    manifests: [{ ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'image' } }],
  };
  await writeFile(join(layout, 'index.json'), JSON.stringify(index));
  await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

function imageConfig(diffIds: string[], opts: ImageOptions): object {
  const created = '2026-01-02T03:04:05Z';
  return {
    created,
    architecture: { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch,
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: ['sh'],
      ...opts.config,
    },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: [
      ...diffIds.map((_, i) => ({ created, created_by: `/bin/sh -c #(nop) ADD layer${i} in / ` })),
      { created, created_by: '/bin/sh -c #(nop)  CMD ["sh"]', empty_layer: true },
    ],
  };
}

async function putJson(blobs: string, mediaType: string, value: unknown): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const hex = createHash('sha256').update(bytes).digest('hex');
  await writeFile(join(blobs, hex), bytes);
  return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
}

/** Tars and compresses a tree, the same bytes for the same tree. */
async function packLayer(root: string, blobs: string): Promise<{ layer: Descriptor; diffId: string }> {
  const tar = `${root}.tar`;
  await exec('tar', [
    '--sort=name',
    '--mtime=@1767323045',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '-cf',
    tar,
    '-C',
    root,
    '.',
  ]);
  const diffId = await sha256OfFile(tar);
  await exec('gzip', ['-n', '-1', tar]);
  const hex = await sha256OfFile(`${tar}.gz`);
  const size = (await stat(`${tar}.gz`)).size;
  await rename(`${tar}.gz`, join(blobs, hex));
  return {
    layer: { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: `sha256:${hex}`, size },
    diffId: `sha256:${diffId}`,
  };
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file);
  for await (const piece of handle.createReadStream()) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** /bin full of hard links to busybox-static, and the few files that a small system has. */
async function busyboxRoot(root: string): Promise<void> {
  for (const dir of [
    'bin',
    'dev',
    'etc',
    'home',
    'lib',
    'usr/bin',
    'usr/sbin',
    'var/spool/mail',
    'var/www',
  ]) {
    await mkdir(join(root, dir), { recursive: true });
  }
  await mkdir(join(root, 'root'), { mode: 0o700 });
  // mkdir's mode is cut by the umask.
  await exec('install', ['-d', '-m', '1777', join(root, 'tmp'), join(root, 'var/tmp')]);
  const busybox = join(root, 'bin/busybox');
  await exec('install', ['-m', '755', '/bin/busybox', busybox]);
  const { stdout } = await exec('/bin/busybox', ['--list']);
  for (const applet of stdout.split('\n')) {
    if (applet !== '' && applet !== 'busybox') await link(busybox, join(root, 'bin', applet));
  }
  await symlink('../../bin/env', join(root, 'usr/bin/env'));
  await writeFile(
    join(root, 'etc/passwd'),
    [
      'root:x:0:0:root:/root:/bin/sh',
      'daemon:x:1:1:daemon:/usr/sbin:/bin/false',
      'bin:x:2:2:bin:/bin:/bin/false',
      'www-data:x:33:33:www-data:/var/www:/bin/false',
      'operator:x:37:37:Operator:/var:/bin/false',
      'nobody:x:65534:65534:nobody:/home:/bin/false',
      '',
    ].join('\n'),
  );
  await writeFile(
    join(root, 'etc/group'),
    [
      'root:x:0:',
      'daemon:x:1:',
      'bin:x:2:',
      'tty:x:5:',
      'wheel:x:10:root',
      'www-data:x:33:',
      'operator:x:37:',
      'nobody:x:65534:',
      '',
    ].join('\n'),
  );
}

/** A layer of data: half noise, half text, in files of a megabyte. */
async function fillerRoot(root: string, index: number, bytes: number): Promise<void> {
  const dir = join(root, `data/layer${index}`);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'name'), `layer ${index}\n`);
  const text = (await readFile('/bin/busybox')).subarray(0, 4096).toString('base64');
  const calm = Buffer.from(text.repeat(Math.ceil(MEGABYTE / 2 / text.length))).subarray(0, MEGABYTE / 2);
  for (let n = 0; n < Math.round(bytes / MEGABYTE); n++) {
    await writeFile(join(dir, `file${n}`), Buffer.concat([randomBytes(MEGABYTE / 2), calm]));
  }
}
