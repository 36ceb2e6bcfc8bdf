// Platforms as Docker writes them ("linux/arm64/v8"): parsing, the machine's own, and the best match in a list.

export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
}

const ARCH_OF_NODE: Readonly<Record<string, Platform>> = {
  x64: { os: 'linux', architecture: 'amd64' },
  arm64: { os: 'linux', architecture: 'arm64', variant: 'v8' },
  arm: { os: 'linux', architecture: 'arm', variant: 'v7' },
  ia32: { os: 'linux', architecture: '386' },
};

/** A map, no object: the key is a registry's or a user's word. */
const ARCH_ALIASES = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['i386', '386'],
  ['armhf', 'arm'],
]);

/** Go's, as containerd knows them. */
const SYSTEMS = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos'.split(
    ' ',
  ),
);
const ARCHITECTURES = new Set(
  (
    '386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ' +
    'ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm'
  ).split(' '),
);

/** Whether a word alone says a platform: "windows", "arm64", "aarch64". */
export function isPlatformWord(word: string): boolean {
  const lower = word.toLowerCase();
  return SYSTEMS.has(lower) || ARCHITECTURES.has(ARCH_ALIASES.get(lower) ?? lower);
}

/** The platform of this machine's containers. */
export function localPlatform(arch: string = process.arch): Platform {
  return ARCH_OF_NODE[arch] ?? { os: 'linux', architecture: arch };
}

/** "linux/arm64/v8", "arm64" or "linux"; what is missing is the machine's. null when it is none of these. */
export function parsePlatform(text: string, local: Platform = localPlatform()): Platform | null {
  const parts = text.toLowerCase().split('/');
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) return null;
  const [first = '', second, variant] = parts;
  if (second === undefined) {
    return SYSTEMS.has(first) ? { ...local, os: first } : normal({ os: 'linux', architecture: first });
  }
  return normal({ os: first, architecture: second, ...(variant === undefined ? {} : { variant }) });
}

/** The first entry that fits best, or null. arm takes lower variants too, the highest first. */
export function pickPlatform<T extends { platform?: Platform }>(entries: T[], wanted: Platform): T | null {
  const want = normal(wanted);
  const ranked = entries
    .map((entry) => ({ entry, rank: rankOf(entry.platform, want) }))
    .filter((one) => one.rank >= 0)
    .sort((a, b) => a.rank - b.rank);
  return ranked[0]?.entry ?? null;
}

function rankOf(platform: Platform | undefined, want: Platform): number {
  if (platform === undefined) return -1;
  const have = normal(platform);
  if (have.os !== want.os || have.architecture !== want.architecture) return -1;
  if (have.variant === want.variant) return 0;
  // An amd64 entry of a higher level (v2, v3) may not run; without a level it runs everywhere.
  if (want.architecture !== 'arm') return have.variant === undefined ? 1 : -1;
  const below = Number(want.variant?.slice(1)) - Number((have.variant ?? 'v7').slice(1));
  return below >= 0 ? below : -1;
}

function normal(platform: Platform): Platform {
  const raw = String(platform.architecture).toLowerCase();
  const architecture = ARCH_ALIASES.get(raw) ?? raw;
  const os = String(platform.os).toLowerCase();
  let variant = platform.variant?.toLowerCase() || undefined;
  if (architecture === 'arm64') variant ??= 'v8';
  if (architecture === 'arm') variant = variant === undefined ? 'v7' : `v${variant.replace(/^v/, '')}`;
  if (architecture === 'amd64' && variant === 'v1') variant = undefined;
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}
