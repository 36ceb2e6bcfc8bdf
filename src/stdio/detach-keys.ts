// The key sequence that leaves a terminal session: parsing it, and finding it in what the client types.

/** ctrl-p, ctrl-q */
export const DEFAULT_DETACH_KEYS: Buffer = Buffer.from([16, 17]);

const CTRL = '@abcdefghijklmnopqrstuvwxyz[\\]^_';

/** "ctrl-p,ctrl-q" or "a,b" → bytes; null when the text is no key sequence. '' gives the default. */
export function parseDetachKeys(text: string): Buffer | null {
  if (text === '') return DEFAULT_DETACH_KEYS;
  const bytes = text.split(',').map(keyByte);
  return bytes.includes(-1) ? null : Buffer.from(bytes);
}

function keyByte(key: string): number {
  if (key.length === 1 && key.charCodeAt(0) < 128) return key.charCodeAt(0);
  if (key === 'DEL') return 127;
  const control = /^ctrl-(.)$/.exec(key)?.[1];
  return control === undefined ? -1 : CTRL.indexOf(control);
}

/** Watches input for the sequence, also when it is split over pieces. */
export class DetachScanner {
  readonly #keys: Buffer;
  #matched = 0;

  constructor(keys: Buffer) {
    this.#keys = keys;
  }

  /** What of the piece goes on to the process (a beginning of the sequence is held back), and whether the sequence is complete. */
  scan(piece: Buffer): { forward: Buffer; detached: boolean } {
    const parts: Buffer[] = [];
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      if (piece[at] === this.#keys[this.#matched]) {
        if (this.#matched === 0 && at > from) parts.push(piece.subarray(from, at));
        this.#matched += 1;
        from = at + 1;
        if (this.#matched === this.#keys.length) return { forward: Buffer.concat(parts), detached: true };
        continue;
      }
      if (this.#matched === 0) continue;
      // It was not the sequence after all: what was held back goes on, and this byte may begin it anew.
      parts.push(this.#keys.subarray(0, this.#matched));
      this.#matched = 0;
      from = at;
      at -= 1;
    }
    if (from < piece.length) parts.push(piece.subarray(from));
    return { forward: parts.length === 1 ? parts[0]! : Buffer.concat(parts), detached: false };
  }
}
