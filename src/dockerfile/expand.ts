// The shell-like words of a Dockerfile: quotes taken off, escapes undone, $variables replaced.

export type Variables = ReadonlyMap<string, string>;

/** 'KEY=value' entries as variables; the last of a key wins. Pure. */
export function variablesOf(env: readonly string[]): Map<string, string> {
  return new Map(
    env.map((entry) => {
      const at = entry.indexOf('=');
      return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

/** The word as one text. Pure. Throws Error with buildkit's texts. */
export function expandWord(word: string, variables: Variables, escapeChar: string): string {
  return new Expander(word, variables, escapeChar).run().text;
}

/** The word as the words that unquoted white space in it makes. Pure. */
export function expandWords(word: string, variables: Variables, escapeChar: string): string[] {
  return new Expander(word, variables, escapeChar).run().words;
}

const NAME = /^(?:[a-zA-Z_][a-zA-Z0-9_]*|[0-9@*#])/;
const MODIFIER = /^(:?[-+?])/;

class Expander {
  readonly #text: string;
  readonly #variables: Variables;
  readonly #escapeChar: string;
  #at = 0;
  #out = '';
  #words: string[] = [];
  #word: string | null = null;

  constructor(text: string, variables: Variables, escapeChar: string) {
    this.#text = text;
    this.#variables = variables;
    this.#escapeChar = escapeChar;
  }

  run(): { text: string; words: string[] } {
    while (this.#at < this.#text.length) this.#step();
    this.#endWord();
    return { text: this.#out, words: this.#words };
  }

  #step(): void {
    const char = this.#text[this.#at]!;
    if (char === "'") this.#single();
    else if (char === '"') this.#double();
    else if (char === '$') this.#take(this.#dollar(), true);
    else if (char === this.#escapeChar) {
      this.#take(this.#text[this.#at + 1] ?? '', false);
      this.#at += 2;
    } else {
      this.#take(char, true);
      this.#at++;
    }
  }

  /** `splits`: white space in it ends a word. */
  #take(piece: string, splits: boolean): void {
    this.#out += piece;
    if (!splits) {
      this.#word = (this.#word ?? '') + piece;
      return;
    }
    for (const char of piece) {
      if (/\s/.test(char)) this.#endWord();
      else this.#word = (this.#word ?? '') + char;
    }
  }

  #endWord(): void {
    if (this.#word !== null) this.#words.push(this.#word);
    this.#word = null;
  }

  #single(): void {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) throw new Error('unexpected end of statement while looking for matching single-quote');
    this.#take(this.#text.slice(this.#at + 1, end), false);
    this.#at = end + 1;
  }

  #double(): void {
    this.#at++;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined)
        throw new Error('unexpected end of statement while looking for matching double-quote');
      if (char === '"') break;
      if (char === '$') this.#take(this.#dollar(), false);
      else if (char === this.#escapeChar) this.#escaped();
      else {
        this.#take(char, false);
        this.#at++;
      }
    }
    this.#take('', false);
    this.#at++;
  }

  /** Inside double quotes an escape character stands for itself but before these. */
  #escaped(): void {
    const next = this.#text[this.#at + 1] ?? '';
    const means = next === '"' || next === '$' || next === this.#escapeChar;
    this.#take(means ? next : this.#escapeChar + next, false);
    this.#at += 2;
  }

  #dollar(): string {
    this.#at++;
    if (this.#text[this.#at] !== '{') {
      const name = NAME.exec(this.#text.slice(this.#at))?.[0] ?? '';
      this.#at += name.length;
      return name === '' ? '$' : this.#value(name);
    }
    const inner = this.#braced();
    const name = NAME.exec(inner)?.[0] ?? '';
    if (name === '') throw new Error('bad substitution');
    const rest = inner.slice(name.length);
    if (rest === '') return this.#value(name);
    const modifier = MODIFIER.exec(rest)?.[1];
    if (modifier === undefined) throw new Error(`unsupported modifier (${rest.slice(0, 2)}) in substitution`);
    return this.#modified(name, modifier, rest.slice(modifier.length));
  }

  /** What stands between the braces; braces inside count. */
  #braced(): string {
    const start = this.#at + 1;
    for (let depth = 0; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at];
      if (char === this.#escapeChar) this.#at++;
      else if (char === '{') depth++;
      else if (char === '}' && --depth === 0) return this.#text.slice(start, this.#at++);
    }
    throw new Error('syntax error: missing }');
  }

  #modified(name: string, modifier: string, word: string): string {
    const value = this.#variables.get(name);
    const isSet = modifier.startsWith(':') ? (value ?? '') !== '' : value !== undefined;
    const other = (): string => expandWord(word, this.#variables, this.#escapeChar);
    if (modifier.endsWith('-')) return isSet ? value! : other();
    if (modifier.endsWith('+')) return isSet ? other() : '';
    if (!isSet) throw new Error(`${name}: ${other() || 'not allowed to be unset'}`);
    return value!;
  }

  #value(name: string): string {
    return this.#variables.get(name) ?? '';
  }
}
