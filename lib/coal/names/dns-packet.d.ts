// The part of dns-packet 5 that this folder calls; the package ships no types.
declare module 'dns-packet' {
  export interface Question {
    name: string;
    type: string;
    class: string;
  }
  export interface Answer {
    name: string;
    type: string;
    class?: string;
    ttl?: number;
    data?: unknown;
    /** Of an OPT. */
    udpPayloadSize?: number;
    flags?: number;
    extendedRcode?: number;
    ednsVersion?: number;
    options?: unknown[];
  }
  export interface Packet {
    type: 'query' | 'response';
    id: number;
    flags: number;
    opcode?: string;
    questions: Question[];
    answers?: Answer[];
    authorities?: Answer[];
    additionals?: Answer[];
  }
  const dnsPacket: {
    decode(buffer: Buffer): Packet;
    encode(packet: Packet): Buffer;
    question: { decode(buffer: Buffer, offset: number): Question };
    RECURSION_DESIRED: number;
    RECURSION_AVAILABLE: number;
    TRUNCATED_RESPONSE: number;
  };
  export default dnsPacket;
}
