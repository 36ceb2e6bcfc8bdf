// What a Dockerfile is once it is read: instructions, each with its words.

/** One instruction as it was written; nothing is expanded yet. */
export interface Instruction {
  /** Lower case. */
  name: string;
  /** The whole of it on one line, as a build tells its steps. */
  code: string;
  /** Of its first line, from 1. */
  line: number;
  /** `--name=value` in front of the words; a flag without a value has ''. */
  flags: [name: string, value: string][];
  /** The words; of ENV, LABEL and ARG `key=value` each, or the key alone; of shell forms the one command line. */
  args: string[];
  /** The words were a JSON list. */
  json: boolean;
  /** ENV key value: the old form, in which the value is the rest of the line. */
  pairs?: [key: string, value: string][];
}

/** FROM and what follows up to the next one. */
export interface Stage {
  from: Instruction;
  /** '' without AS. */
  name: string;
  instructions: Instruction[];
}

export interface Dockerfile {
  escapeChar: string;
  /** ARGs in front of the first FROM. */
  metaArgs: Instruction[];
  stages: Stage[];
  /** Sentences that dockerd prints as well. */
  warnings: string[];
}
