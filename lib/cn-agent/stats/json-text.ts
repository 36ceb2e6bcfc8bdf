// JSON made from the kernel's own digits: a counter of 64 bits does not fit a JavaScript number.

/** `[name, value]` of each line "name value"; other lines do not count. */
export function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) fields.set(line.slice(0, space), line.slice(space + 1));
  }
  return fields;
}

/** The digits of a file with one number; '0' for anything else. */
export function digits(text: string | undefined): string {
  const value = (text ?? '').trim();
  return /^\d+$/.test(value) ? value : '0';
}

/** The number times 10^zeros. */
export function scaled(text: string | undefined, zeros: number): string {
  const value = digits(text);
  return value === '0' ? value : value + '0'.repeat(zeros);
}

/** The smaller of two. */
export function smaller(a: string, b: string): string {
  return BigInt(a) < BigInt(b) ? a : b;
}

/** An object of values that are JSON already; null values are left out. */
export function objectText(fields: Readonly<Record<string, string | null>>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(fields)) if (value !== null) parts.push(`"${name}":${value}`);
  return `{${parts.join(',')}}`;
}

/** Go's omitempty: null for 0. */
export function unlessZero(value: string): string | null {
  return value === '0' ? null : value;
}
