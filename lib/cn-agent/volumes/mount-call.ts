// The options of a volume of driver `local` (type, o, device) as one call of mount(2), read as dockerd reads them.

export interface MountCall {
  source: string;
  target: string;
  type: string;
  flags: number;
  /** What the file system is told. */
  data: string;
  /** MS_SHARED and such, set by a second call; 0 for none. */
  propagation: number;
}

const MS_RDONLY = 1;
const MS_BIND = 4096;
const MS_REC = 16384;

/** Word → flag, and whether the word takes it away. */
const FLAGS: Readonly<Record<string, readonly [flag: number, clear: boolean]>> = {
  defaults: [0, false],
  ro: [MS_RDONLY, false],
  rw: [MS_RDONLY, true],
  suid: [2, true],
  nosuid: [2, false],
  dev: [4, true],
  nodev: [4, false],
  exec: [8, true],
  noexec: [8, false],
  sync: [16, false],
  async: [16, true],
  remount: [32, false],
  mand: [64, false],
  nomand: [64, true],
  dirsync: [128, false],
  atime: [1024, true],
  noatime: [1024, false],
  diratime: [2048, true],
  nodiratime: [2048, false],
  bind: [MS_BIND, false],
  rbind: [MS_BIND | MS_REC, false],
  relatime: [1 << 21, false],
  norelatime: [1 << 21, true],
  strictatime: [1 << 24, false],
  nostrictatime: [1 << 24, true],
};
const PROPAGATION: Readonly<Record<string, number>> = {
  unbindable: 1 << 17,
  runbindable: (1 << 17) | MS_REC,
  private: 1 << 18,
  rprivate: (1 << 18) | MS_REC,
  slave: 1 << 19,
  rslave: (1 << 19) | MS_REC,
  shared: 1 << 20,
  rshared: (1 << 20) | MS_REC,
};

/** Pure. null for a volume that is a plain directory. */
export function mountCall(options: Record<string, string>, target: string): MountCall | null {
  const { type = '', o = '', device = '' } = options;
  if (device === '') return null;
  const call: MountCall = { source: device, target, type, flags: 0, data: '', propagation: 0 };
  const data: string[] = [];
  for (const word of o.split(',').filter(Boolean)) {
    const flag = Object.hasOwn(FLAGS, word) ? FLAGS[word] : undefined;
    if (flag) call.flags = flag[1] ? call.flags & ~flag[0] : call.flags | flag[0];
    else if (Object.hasOwn(PROPAGATION, word)) call.propagation |= PROPAGATION[word]!;
    else data.push(word);
  }
  return { ...call, data: data.join(',') };
}

/** The host in `addr=` of a network file system, which the kernel wants as a number; null when there is nothing to look up. Pure. */
export function hostToLookUp({ type, data }: MountCall): string | null {
  if (!/^(nfs4?|cifs|smb3)$/.test(type)) return null;
  return /(?:^|,)addr=([^,]*[^,0-9.:a-fA-F[\]][^,]*)/.exec(data)?.[1] ?? null;
}

/** With the number in the name's place. Pure. */
export function withAddress(call: MountCall, host: string, address: string): MountCall {
  return { ...call, data: call.data.replace(`addr=${host}`, () => `addr=${address}`) };
}

/** dockerd's words for a mount that failed; `why` is the kernel's. Pure. */
export function mountFailure({ source, target, flags, data }: MountCall, why: string): string {
  const details = [
    ...(flags === 0 ? [] : [`flags: 0x${flags.toString(16)}`]),
    ...(data === '' ? [] : [`data: ${withoutSecrets(data)}`]),
  ];
  const what = [`mount ${source}:${target}`, ...details].join(', ');
  return `error while mounting volume '${target}': failed to mount local volume: ${what}: ${why}`;
}

function withoutSecrets(data: string): string {
  return data.replace(/(^|,)(password2?|pass|user(?:name)?)=[^,]*/g, '$1$2=********');
}
