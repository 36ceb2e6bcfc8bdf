// containerd's messages as plain objects: encoding and decoding by the descriptor that tools/generate-containerd-protos.ts compiled.
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs/light.js';

/** A protobuf timestamp as it comes off the wire. */
export interface Timestamp {
  seconds: number;
  nanos: number;
}

/** A message of a type named by its URL; containerd's URLs have no host part. The key is protobufjs's own. */
export interface Any {
  type_url: string;
  value: Uint8Array;
}

/** Encoder and decoder of one message type. */
export interface Codec {
  encode(message: object): Buffer;
  /** 64-bit numbers as JS numbers (sizes and seconds stay far below 2^53), bytes as Buffer, enums as numbers, defaults filled in. */
  decode(bytes: Uint8Array): Record<string, unknown>;
}

/** One RPC: its path on the wire and how its two messages are coded. */
export interface Method {
  path: string;
  request: Codec;
  response: Codec;
}

export interface Protos {
  /** service: 'tasks', 'content', ...; method: 'Create', ... Throws for a name that does not exist: a mistake in our code. */
  method(service: string, method: string): Method;
  /** A message type by full name, e.g. 'containerd.runc.v1.Options'; null when unknown. */
  codec(typeName: string): Codec | null;
}

const DESCRIPTOR = new URL('./generated/descriptor.json', import.meta.url);

/** Reads the descriptor. Types are resolved at their first use, so that a start pays only for what it calls. */
export function loadProtos(): Protos {
  const root = protobuf.Root.fromJSON(JSON.parse(readFileSync(DESCRIPTOR, 'utf8')));
  const methods = new Map<string, Method>();
  const codecs = new Map<protobuf.Type, Codec>();

  function codecOf(type: protobuf.Type): Codec {
    let codec = codecs.get(type);
    if (codec === undefined) {
      codec = makeCodec(type);
      codecs.set(type, codec);
    }
    return codec;
  }

  return {
    method(serviceName, methodName) {
      const key = `${serviceName}/${methodName}`;
      const known = methods.get(key);
      if (known !== undefined) return known;
      const path = `containerd.services.${serviceName}.v1`;
      const service = root.lookupService(`${path}.${serviceName[0]?.toUpperCase()}${serviceName.slice(1)}`);
      const rpc = service.methods[methodName];
      if (rpc === undefined) throw new Error(`no method ${methodName} in ${service.fullName}`);
      const made: Method = {
        path: `/${service.fullName.slice(1)}/${methodName}`,
        request: codecOf(service.lookupType(rpc.requestType)),
        response: codecOf(service.lookupType(rpc.responseType)),
      };
      methods.set(key, made);
      return made;
    },
    codec(typeName) {
      const found = root.lookup(typeName, [protobuf.Type]);
      return found instanceof protobuf.Type ? codecOf(found) : null;
    },
  };
}

function makeCodec(type: protobuf.Type): Codec {
  return {
    encode: (message) => toBuffer(type.encode(message as protobuf.Message).finish()),
    decode: (bytes) =>
      type.toObject(type.decode(toBuffer(bytes)), {
        longs: Number,
        defaults: true,
        arrays: true,
        objects: true,
      }),
  };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** null for an absent timestamp and for Go's zero time (year 1), which containerd sends for "never". */
export function toDate(time: Timestamp | null | undefined): Date | null {
  if (time === null || time === undefined || time.seconds <= 0) return null;
  return new Date(time.seconds * 1000 + Math.floor(time.nanos / 1e6));
}

/** JSON in an Any, as containerd's typeurl package does it for OCI types. */
export function jsonAny(typeUrl: string, value: object): Any {
  return { type_url: typeUrl, value: Buffer.from(JSON.stringify(value)) };
}
