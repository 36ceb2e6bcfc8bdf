// What is known of each group of flags of the docker CLI; the rows are in the files beside this one.

/** As OperationState, of flags: partial names its differences in `reason` or `refused`, notImplemented is refused whole. */
export type FlagState = 'done' | 'partial' | 'notImplemented';

/** One group of flags of one docker command. */
export interface Flag {
  /** As the CLI has them. */
  flags: string;
  /**
   * Fields of the request that the flags set: 'Config.…', 'HostConfig.…', 'Endpoint.…' (of NetworkingConfig), 'MacAddress'; a query
   * parameter as '?name'. Empty for what the client does by itself.
   */
  fields: readonly string[];
  state: FlagState;
  /** How it differs from dockerd; for partial unless `refused` says all. */
  reason?: string;
  /** What is answered with 501; the words of the message. src/containers/create/refuse.ts says how each is recognised. */
  refused?: readonly string[];
  /**
   * The VM carries it only in docker:config or docker:hostconfig (lib/docker-vm/metadata.ts): a compute node of a Triton datacenter
   * does not read those.
   */
  metadataOnly?: true;
}
