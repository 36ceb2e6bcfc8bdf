// Masks what may differ between two daemons (ids, times, addresses, ports) and nothing else.

const RULES: [RegExp, string][] = [
  [/sha256:[0-9a-f]{64}/g, '<digest>'],
  [/\b[0-9a-f]{64}\b/g, '<id>'],
  [/\b[0-9a-f]{12}\b/g, '<short-id>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/\b198\.\d+\.\d+\.\d+\b/g, '<ip>'],
  [/\b10\.9[78]\.(?=\d+\.\d+)/g, '10.98.'],
  [/\bfd10:9[78]:/g, 'fd10:98:'],
  [/\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, '<mac>'],
  [/\b127\.0\.0\.1:\d+\b/g, '127.0.0.1:<port>'],
];

/** Keys whose numbers are times, sizes on disk, process ids or set by the harness. 0 is not masked: it means none. */
const NUMBERS = new Set([
  'Created',
  'Pid',
  'time',
  'timeNano',
  'Size',
  'VirtualSize',
  'SizeRootFs',
  'IPPrefixLen',
]);

export function mask(value: unknown): unknown {
  if (typeof value === 'string') {
    const plain = RULES.reduce((text, [pattern, by]) => text.replace(pattern, by), value);
    // "0001-01-01T00:00:00Z" means never, on both.
    return value.startsWith('0001-01-01') ? value : plain;
  }
  if (Array.isArray(value)) return value.map(mask);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [
        mask(key),
        NUMBERS.has(key) && typeof item === 'number' && item !== 0 ? '<number>' : mask(item),
      ]),
  );
}

/** The paths at which two masked values differ: 'State.Error: "" | "x"' with ours second. */
export function differences(theirs: unknown, ours: unknown, at = ''): string[] {
  if (isObject(theirs) && isObject(ours)) {
    const keys = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].sort();
    return keys.flatMap((key) => differences(theirs[key], ours[key], at === '' ? key : `${at}.${key}`));
  }
  if (Array.isArray(theirs) && Array.isArray(ours) && theirs.length === ours.length) {
    return theirs.flatMap((item, i) => differences(item, ours[i], `${at}[${i}]`));
  }
  const [a, b] = [JSON.stringify(theirs), JSON.stringify(ours)];
  return a === b ? [] : [`${at}: ${a} | ${b}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
