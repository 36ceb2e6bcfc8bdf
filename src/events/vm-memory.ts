// What is remembered of every container: in memory and, written only when something essential changed, in the store.
import type { Store } from '#lib/store/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import { parseSeen, type Seen } from './seen.ts';

export interface Known {
  seen: Seen;
  /** As last told; null until the changefeed or a listing has told of it in this life of the daemon. */
  vm: Vm | null;
}

/** Not a uuid: the row that says since when this store is kept. */
const BASELINE = 'baseline';
/** Nor this one: the newest last_modified of all that was told. */
const WATERMARK = 'watermark';
/** VMs whose end was told lately: an item that comes late must not bring one back. */
const BURIED_KEPT = 1000;

export class VmMemory {
  /** Time (ms) at which this store was begun: VMs made later are news. */
  readonly since: number;
  readonly #store: Store['events'];
  readonly #known = new Map<string, Known & { json: string }>();
  readonly #buried = new Set<string>();
  #watermark: string;
  #savedWatermark: string;

  constructor(store: Store) {
    this.#store = store.events;
    const rows = this.#store.allSeen();
    const baseline = rows.find((row) => row.vmUuid === BASELINE)?.json;
    this.since = Number(baseline ?? Date.now());
    if (baseline === undefined) this.#store.setSeen(BASELINE, String(this.since));
    const watermark = rows.find((row) => row.vmUuid === WATERMARK)?.json;
    this.#watermark = watermark ?? new Date(this.since).toISOString();
    this.#savedWatermark = this.#watermark;
    for (const { vmUuid, json } of rows) {
      const seen = vmUuid === BASELINE || vmUuid === WATERMARK ? null : parseSeen(json);
      if (seen !== null) this.#known.set(vmUuid, { seen, vm: null, json });
    }
  }

  /** Time (ISO, by VMAPI's clock) of the newest news; what happened later has not been told. */
  get watermark(): string {
    return this.#watermark;
  }

  /** Only in memory: durable with save(). */
  note(lastModified: string): void {
    if (Date.parse(lastModified) > Date.parse(this.#watermark)) this.#watermark = lastModified;
  }

  get(vmUuid: string): Known | undefined {
    return this.#known.get(vmUuid);
  }

  uuids(): string[] {
    return [...this.#known.keys()];
  }

  isBuried(vmUuid: string): boolean {
    return this.#buried.has(vmUuid);
  }

  /** Only in memory: durable with save(). */
  set(vmUuid: string, seen: Seen, vm: Vm): void {
    this.#known.set(vmUuid, { seen, vm, json: this.#known.get(vmUuid)?.json ?? '' });
  }

  /** Writes what is remembered of a VM, unless that stands in the store already. One being provisioned is not worth a write. */
  save(vmUuid: string): void {
    const isEssential = this.#saveKnown(vmUuid) || this.#buried.has(vmUuid);
    if (!isEssential || this.#watermark === this.#savedWatermark) return;
    this.#store.setSeen(WATERMARK, this.#watermark);
    this.#savedWatermark = this.#watermark;
  }

  #saveKnown(vmUuid: string): boolean {
    const known = this.#known.get(vmUuid);
    if (known === undefined || known.seen.phase === 'pre') return false;
    const json = JSON.stringify(known.seen);
    if (json === known.json) return false;
    this.#store.setSeen(vmUuid, json);
    known.json = json;
    return true;
  }

  forget(vmUuid: string): void {
    if (this.#known.get(vmUuid)?.json) this.#store.setSeen(vmUuid, null);
    this.#known.delete(vmUuid);
    this.#buried.add(vmUuid);
    if (this.#buried.size > BURIED_KEPT) this.#buried.delete(this.#buried.values().next().value!);
  }
}
