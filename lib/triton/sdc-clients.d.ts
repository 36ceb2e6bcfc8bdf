// The part of sdc-clients 13 that this folder calls; the package ships no types.
declare module 'sdc-clients/lib/vmapi.js' {
  import type { Answer, ClientOptions, RequestOptions, RestifyClient } from '#lib/triton/call.ts';

  class VMAPI implements RestifyClient {
    constructor(options: ClientOptions);
    get: RestifyClient['get'];
    post: RestifyClient['post'];
    put: RestifyClient['put'];
    del: RestifyClient['del'];
    close(): void;
    getVm(params: object, options: RequestOptions, callback: Answer): void;
    createVm(params: object, options: RequestOptions, callback: Answer): void;
    killVm(params: object, options: RequestOptions, callback: Answer): void;
    updateVm(params: object, options: RequestOptions, callback: Answer): void;
    getVmProc(params: object, options: RequestOptions, callback: Answer): void;
  }
  export default VMAPI;
}

declare module 'sdc-clients/lib/cnapi.js' {
  import type { Answer, ClientOptions, RequestOptions, RestifyClient } from '#lib/triton/call.ts';

  class CNAPI implements RestifyClient {
    constructor(options: ClientOptions);
    get: RestifyClient['get'];
    post: RestifyClient['post'];
    put: RestifyClient['put'];
    del: RestifyClient['del'];
    close(): void;
    dockerExec(server: string, uuid: string, params: object, options: RequestOptions, callback: Answer): void;
  }
  export default CNAPI;
}

declare module 'sdc-clients/lib/napi.js' {
  import type { Answer, ClientOptions, RequestOptions, RestifyClient } from '#lib/triton/call.ts';

  class NAPI implements RestifyClient {
    constructor(options: ClientOptions);
    get: RestifyClient['get'];
    post: RestifyClient['post'];
    put: RestifyClient['put'];
    del: RestifyClient['del'];
    close(): void;
    listNetworks(params: object, options: RequestOptions, callback: Answer): void;
  }
  export default NAPI;
}

declare module 'sdc-clients/lib/papi.js' {
  import type { Answer, ClientOptions, RequestOptions } from '#lib/triton/call.ts';

  class PAPI {
    constructor(options: ClientOptions);
    list(filter: string, options: RequestOptions, callback: Answer): void;
    get(uuid: string, options: RequestOptions, callback: Answer): void;
    close(): void;
  }
  export default PAPI;
}

declare module 'sdc-clients/lib/volapi.js' {
  import type { ClientOptions, RestifyClient } from '#lib/triton/call.ts';

  class VOLAPI implements RestifyClient {
    constructor(options: ClientOptions & { userAgent: string });
    get: RestifyClient['get'];
    post: RestifyClient['post'];
    del: RestifyClient['del'];
    close(): void;
  }
  export default VOLAPI;
}

declare module 'sdc-clients/lib/fwapi.js' {
  import type { Answer, ClientOptions, RequestOptions, RestifyClient } from '#lib/triton/call.ts';

  class FWAPI implements RestifyClient {
    constructor(options: ClientOptions);
    get: RestifyClient['get'];
    post: RestifyClient['post'];
    del: RestifyClient['del'];
    close(): void;
    createRule(params: object, options: RequestOptions, callback: Answer): void;
  }
  export default FWAPI;
}

declare module 'sdc-clients/lib/imgapi.js' {
  import type { ClientOptions, RestifyJsonClient } from '#lib/triton/call.ts';

  class IMGAPI {
    constructor(options: ClientOptions);
    client: RestifyJsonClient;
    close(): void;
  }
  export default IMGAPI;
}
