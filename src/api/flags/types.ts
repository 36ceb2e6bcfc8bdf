// What is known of each group of flags of the docker CLI; the rows are in the files beside this one.

/** As OperationState, of flags: partial names its differences in `reason`; none is refused whole. */
export type FlagState = 'done' | 'partial';

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
  /** What is to be said of it; how it differs from dockerd, for partial. */
  reason?: string;
  /**
   * The VM carries it only in docker:config or docker:hostconfig (lib/docker-vm/metadata.ts): a compute node of a Triton datacenter
   * does not read those.
   */
  metadataOnly?: true;
}
