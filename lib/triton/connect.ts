// Makes the clients of all services from their URLs; the same code for a datacenter ('http://…') and for CoaL ('unix:/…').
import type Logger from 'bunyan';
import { endpoint } from './call.ts';
import { createVmChangefeed } from './changefeed.ts';
import { createCnapiClient } from './cnapi.ts';
import { createFwapiClient } from './fwapi.ts';
import { createImgapiClient } from './imgapi.ts';
import { createNapiClient } from './napi.ts';
import { createPapiClient } from './papi.ts';
import { connectRaw } from './raw-stream.ts';
import { connectStdio } from './stdio-stream.ts';
import type { ConnectStdio, Triton } from './types.ts';
import { createVmapiClient } from './vmapi.ts';
import { createVolapiClient } from './volapi.ts';

export interface TritonUrls {
  vmapi: string;
  cnapi: string;
  imgapi: string;
  napi: string;
  papi: string;
  volapi: string;
  fwapi: string;
}

/**
 * The clients. Nothing is asked of the services yet, except that the changefeed starts to connect. close() ends the
 * changefeed and the kept connections.
 */
export function connectTriton(
  urls: TritonUrls,
  opts: { log: Logger; connectStdio?: ConnectStdio },
): Triton & { close(): Promise<void> } {
  const log = opts.log.child({ component: 'triton' });
  const clients = {
    vmapi: createVmapiClient(endpoint('vmapi', urls.vmapi, log)),
    cnapi: createCnapiClient(endpoint('cnapi', urls.cnapi, log)),
    imgapi: createImgapiClient(endpoint('imgapi', urls.imgapi, log)),
    napi: createNapiClient(endpoint('napi', urls.napi, log)),
    papi: createPapiClient(endpoint('papi', urls.papi, log)),
    volapi: createVolapiClient(endpoint('volapi', urls.volapi, log)),
    fwapi: createFwapiClient(endpoint('fwapi', urls.fwapi, log)),
  };
  const changefeed = createVmChangefeed(urls.vmapi, log);
  return {
    ...clients,
    changefeed,
    connectStdio: opts.connectStdio ?? connectStdio,
    connectRaw,
    close: async () => {
      await changefeed.close();
      for (const client of Object.values(clients)) client.close();
    },
  };
}
