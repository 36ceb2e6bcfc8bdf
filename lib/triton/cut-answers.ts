// Notices an answer that breaks off half-way: restify-clients waits for its end for ever.
import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';

/** Which call a request belongs to: restify-clients hands out no request before it has its answer. */
const callOf = new AsyncLocalStorage<(err: Error) => void>();

/** Runs `send`; `onCut` is called when an answer to a request of it, made with a WatchingAgent, ends before it is whole. */
export function watchAnswers(onCut: (err: Error) => void, send: () => void): void {
  callOf.run(onCut, send);
}

/** node's types do not tell of it. */
const nodesOwn = http.Agent.prototype as unknown as {
  addRequest(this: http.Agent, req: http.ClientRequest, ...rest: unknown[]): void;
};

/** An agent that keeps connections, and looks at the answers. */
export class WatchingAgent extends http.Agent {
  constructor() {
    super({ keepAlive: true });
  }

  /** Called by node for each request, in the context of whoever makes it. */
  addRequest(req: http.ClientRequest, ...rest: unknown[]): void {
    const onCut = callOf.getStore();
    if (onCut !== undefined) req.prependOnceListener('response', (res) => watch(res, onCut));
    nodesOwn.addRequest.call(this, req, ...rest);
  }
}

function watch(res: http.IncomingMessage, onCut: (err: Error) => void): void {
  // Of such an answer node also tells an error, which nobody else listens for.
  res.on('error', () => {});
  res.once('close', () => {
    if (!res.complete) onCut(Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' }));
  });
}
