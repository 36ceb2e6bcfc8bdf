// The gRPC connection to containerd: unary calls and streams with the namespace on each, and what happens while containerd is away.
import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  connectivityState,
  credentials,
  Metadata,
} from '@grpc/grpc-js';
import { ContainerdError, hasCode, toContainerdError } from './errors.ts';
import type { Protos } from './protos.ts';

/** How long a call waits for a containerd that is being started again; on a busy machine that takes a while. */
const AWAY_MS = 30_000;

export type Message = Record<string, unknown>;

export interface CallOptions {
  signal?: AbortSignal;
  /**
   * The call may be sent a second time: it changes nothing, or doing it twice is the same as once. When containerd dies
   * under such a call, the call is made again on the next one. Others fail with UNAVAILABLE: nobody knows how far they came.
   */
  repeatable?: boolean;
}

export interface Channel {
  readonly protos: Protos;
  /** One unary call. service is 'tasks', 'content', ...; method is named as in the protos. Throws ContainerdError, or the signal's reason. */
  call(service: string, method: string, request: object, options?: CallOptions): Promise<Message>;
  /** All messages of a server stream, as they come, with back-pressure. */
  stream(service: string, method: string, request: object, signal?: AbortSignal): AsyncIterable<Message>;
  /** A two-way stream; its errors are grpc's own: see toContainerdError. */
  duplex(service: string, method: string): ClientDuplexStream<Message, Message>;
  /** Resolves when the connection stands. Throws ContainerdError UNAVAILABLE after timeoutMs. */
  connected(timeoutMs: number): Promise<void>;
  /** Resolves when a standing connection is no more, at once when there is none; also when the signal is aborted. */
  disconnected(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Opens lazily: the first call connects. The socket may appear later, go and come back. */
export function openChannel(socket: string, namespace: string, protos: Protos): Channel {
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 250,
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    // A private subchannel: with the global pool a second connection to the same path would share one back-off state.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    'grpc.default_authority': 'localhost',
  });
  const metadata = new Metadata();
  metadata.set('containerd-namespace', namespace);

  const connected = (timeoutMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      client.waitForReady(Date.now() + timeoutMs, (err) => {
        if (err === undefined) resolve();
        else
          reject(
            new ContainerdError('UNAVAILABLE', 'connect', `no answer on ${socket} in ${timeoutMs} ms`, {
              cause: err,
            }),
          );
      });
    });

  /** A call that is only sent over a standing connection cannot be lost half-way in connecting. */
  async function whenConnected(): Promise<void> {
    if (client.getChannel().getConnectivityState(true) !== connectivityState.READY) await connected(AWAY_MS);
  }

  async function call(
    service: string,
    methodName: string,
    request: object,
    options: CallOptions = {},
  ): Promise<Message> {
    const { signal, repeatable = false } = options;
    const giveUpAt = Date.now() + AWAY_MS;
    for (;;) {
      signal?.throwIfAborted();
      await whenConnected();
      try {
        return await callOnce(client, metadata, protos, { service, methodName, request, signal });
      } catch (err) {
        if (!repeatable || !hasCode(err, 'UNAVAILABLE') || Date.now() >= giveUpAt) throw err;
      }
    }
  }

  return {
    protos,
    call,
    stream: (service, methodName, request, signal) =>
      readAll(whenConnected, `${service}.${methodName}`, signal, () => {
        const method = protos.method(service, methodName);
        return client.makeServerStreamRequest(
          method.path,
          method.request.encode,
          method.response.decode,
          request,
          metadata,
        );
      }),
    duplex(service, methodName) {
      const method = protos.method(service, methodName);
      return client.makeBidiStreamRequest<Message, Message>(
        method.path,
        method.request.encode,
        method.response.decode,
        metadata,
      );
    },
    connected,
    disconnected: (signal) => untilDisconnected(client, signal),
    close: () => client.close(),
  };
}

function untilDisconnected(client: Client, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const channel = client.getChannel();
    if (signal.aborted || channel.getConnectivityState(false) !== connectivityState.READY) return resolve();
    const done = () => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    channel.watchConnectivityState(connectivityState.READY, Number.POSITIVE_INFINITY, done);
  });
}

interface OneCall {
  service: string;
  methodName: string;
  request: object;
  signal: AbortSignal | undefined;
}

function callOnce(client: Client, metadata: Metadata, protos: Protos, one: OneCall): Promise<Message> {
  const { service, methodName, request, signal } = one;
  const method = protos.method(service, methodName);
  return new Promise((resolve, reject) => {
    const onAbort = () => call.cancel();
    const call = client.makeUnaryRequest(
      method.path,
      method.request.encode,
      method.response.decode,
      request,
      metadata,
      (err, response) => {
        signal?.removeEventListener('abort', onAbort);
        if (err === null && response !== undefined) resolve(response);
        else if (signal?.aborted) reject(signal.reason);
        else reject(toContainerdError(err, `${service}.${methodName}`));
      },
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

async function* readAll(
  whenConnected: () => Promise<void>,
  name: string,
  signal: AbortSignal | undefined,
  open: () => ClientReadableStream<Message>,
): AsyncIterable<Message> {
  signal?.throwIfAborted();
  await whenConnected();
  const stream = open();
  const onAbort = () => stream.cancel();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const message of stream) yield message as Message;
  } catch (err) {
    if (signal?.aborted) throw signal.reason;
    throw toContainerdError(err, name);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // A reader that stops early: what is still coming must not fail a stream that nobody listens to.
    stream.on('error', () => {});
    stream.cancel();
  }
}
