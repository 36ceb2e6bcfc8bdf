// What a Triton uuid looks like. Not the `uuid` package's check: uuids made of digests (triton-wire §4.1) carry no version bits.
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** True for a uuid in small letters. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}
