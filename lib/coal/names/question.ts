// What a DNS message asks, and the messages that answer it without help. Pure; npm dns-packet knows the format.
import { isIPv6 } from 'node:net';
import dnsPacket, { type Answer, type Question } from 'dns-packet';
import { canonicalIp } from '#lib/wire/ip.ts';

/** Of RFC 1035 §4.1.1. */
export const RCODE = { ok: 0, formatError: 1, serverFailure: 2, noSuchName: 3, refused: 5 } as const;

/** Seconds that an answer may be remembered: names come and go with containers. */
const TTL = 1;
const HEADER = 12;
/** What a client takes that says nothing (RFC 1035), and the most that we send it. */
const MIN_SIZE = 512;
const MAX_SIZE = 4096;

export interface DnsQuery {
  id: number;
  question: Question;
  recursionDesired: boolean;
  /** Bytes that the client takes over UDP; null when it does not speak EDNS. */
  udpSize: number | null;
}

/** null for what is no question, or more than one. */
export function readQuery(message: Buffer): DnsQuery | null {
  if (message.length < HEADER) return null;
  const flags = message.readUInt16BE(2);
  const isQuery = (flags & 0xf800) === 0;
  if (!isQuery || message.readUInt16BE(4) !== 1) return null;
  try {
    const question = dnsPacket.question.decode(message, HEADER);
    return {
      id: message.readUInt16BE(0),
      question,
      recursionDesired: (flags & dnsPacket.RECURSION_DESIRED) !== 0,
      udpSize: udpSizeOf(message),
    };
  } catch {
    return null;
  }
}

/** Addresses of a name, of the family that was asked for; none for a type that it does not have. */
export function addressReply(query: DnsQuery, ips: string[]): Buffer {
  const { name, type } = query.question;
  const answers = ips
    .map((data): Answer => ({ name, type: isIPv6(data) ? 'AAAA' : 'A', class: 'IN', ttl: TTL, data }))
    .filter((each) => type === 'ANY' || type === each.type);
  return reply(query, RCODE.ok, answers);
}

export function pointerReply(query: DnsQuery, data: string): Buffer {
  const { name } = query.question;
  return reply(query, RCODE.ok, [{ name, type: 'PTR', class: 'IN', ttl: TTL, data }]);
}

export function failure(query: DnsQuery, rcode: number): Buffer {
  return reply(query, rcode, []);
}

/** As much of a reply as the client takes over UDP; a longer one says that it is cut, and the client asks again over TCP. */
export function cutForUdp(query: DnsQuery, message: Buffer): Buffer {
  const most = Math.min(Math.max(query.udpSize ?? MIN_SIZE, MIN_SIZE), MAX_SIZE);
  return message.length <= most ? message : reply(query, RCODE.ok, [], dnsPacket.TRUNCATED_RESPONSE);
}

/** '4.3.2.1.in-addr.arpa' → '1.2.3.4', and 32 digits before '.ip6.arpa' → the shortest text; null for anything else. */
export function addressOfPointer(name: string): string | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa\.?$/i.exec(name);
  if (match) return match.slice(1).reverse().join('.');
  const digits = /^((?:[0-9a-f]\.){32})ip6\.arpa\.?$/i.exec(name)?.[1]?.split('.').reverse().join('');
  return canonicalIp(digits?.match(/.{4}/g)?.join(':') ?? '');
}

function reply(query: DnsQuery, rcode: number, answers: Answer[], more = 0): Buffer {
  const desired = query.recursionDesired ? dnsPacket.RECURSION_DESIRED : 0;
  return dnsPacket.encode({
    type: 'response',
    id: query.id,
    flags: dnsPacket.RECURSION_AVAILABLE | desired | more | rcode,
    questions: [query.question],
    answers,
    additionals: query.udpSize === null ? [] : [opt()],
  });
}

function opt(): Answer {
  return {
    name: '.',
    type: 'OPT',
    udpPayloadSize: MAX_SIZE,
    flags: 0,
    extendedRcode: 0,
    ednsVersion: 0,
    options: [],
  };
}

/** A client may send options that the library does not know; then it is taken for one without. */
function udpSizeOf(message: Buffer): number | null {
  try {
    const found = dnsPacket.decode(message).additionals?.find(({ type }) => type === 'OPT');
    return found?.udpPayloadSize ?? null;
  } catch {
    return null;
  }
}
