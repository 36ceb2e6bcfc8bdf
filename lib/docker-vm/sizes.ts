// Sizes as Docker's users write them in options: '10G', '512m', '1.5 GiB'.

const SIZE = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i;
const POWERS = ' kmgtp';

/** Bytes, with a kilo of 1024; null for what is no size. Pure. */
export function bytesIn(text: string): number | null {
  const match = SIZE.exec(text);
  if (!match) return null;
  const power = POWERS.indexOf((match[2] || ' ').toLowerCase());
  return Math.floor(Number(match[1]) * 1024 ** power);
}
