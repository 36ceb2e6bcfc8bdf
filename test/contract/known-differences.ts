// The differences from dockerd 20.10 that are meant, each with the reason. Anything else fails the contract test.

export interface Known {
  /** Matches 'path: theirs | ours'. */
  where: RegExp;
  why: string;
}

export const KNOWN: Known[] = [];
