// The build arguments of a build: what the client gave, which of them a stage has asked for, and what they are worth.

/** Every build may use these without an ARG; in no history. */
const PREDEFINED = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

export class BuildArgs {
  readonly #given: ReadonlyMap<string, string | null>;
  readonly #meta = new Map<string, string | undefined>();
  #declared = new Map<string, string | undefined>();
  readonly #used = new Set<string>();

  constructor(given: ReadonlyMap<string, string | null>) {
    this.#given = given;
  }

  /** A new stage knows nothing of the ARGs of others. */
  beginStage(): void {
    this.#declared = new Map();
  }

  /** An ARG in front of the first FROM. */
  declareMeta(name: string, value: string | undefined): void {
    this.#meta.set(name, value);
    this.#used.add(name);
  }

  declare(name: string, value: string | undefined): void {
    this.#declared.set(name, value);
    this.#used.add(name);
  }

  /** What FROM may use. */
  metaVariables(): Map<string, string> {
    return this.#valuesOf(this.#meta, () => undefined);
  }

  /** What this stage may use; an ENV of the same name wins. */
  variables(env: ReadonlyMap<string, string>): Map<string, string> {
    const predefined = PREDEFINED.filter((name) => this.#given.has(name) && !this.#declared.has(name));
    const all = new Map([...predefined.map((name) => [name, undefined] as const), ...this.#declared]);
    const values = this.#valuesOf(all, (name) => this.metaVariables().get(name));
    return new Map([...values].filter(([name]) => !env.has(name)));
  }

  /** Of those, what the history may tell. */
  isTold(name: string): boolean {
    return this.#declared.has(name) || !PREDEFINED.includes(name);
  }

  /** Given, and no ARG anywhere asked for them. */
  unused(): string[] {
    return [...this.#given.keys()]
      .filter((name) => !this.#used.has(name) && !PREDEFINED.includes(name))
      .sort();
  }

  #valuesOf(
    declared: ReadonlyMap<string, string | undefined>,
    other: (name: string) => string | undefined,
  ): Map<string, string> {
    const values = new Map<string, string>();
    for (const [name, fallback] of declared) {
      const value = this.#given.get(name) ?? fallback ?? other(name);
      if (value !== undefined) values.set(name, value);
    }
    return values;
  }
}
