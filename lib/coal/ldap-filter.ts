// A small parser for LDAP search filters (RFC 4515), as PAPI's `filter` and VMAPI's `query` use them.

/** How a filter compares: the caller decides what an attribute's values are and how they compare. */
export interface Attributes {
  /** All values of an attribute, [] when it is unset. */
  values(attribute: string): unknown[];
}
export type LdapTest = (entry: Attributes) => boolean;

const MAX_DEPTH = 64;

/** Throws SyntaxError when the text is not a filter. */
export function parseLdapFilter(text: string): LdapTest {
  const parser = new Parser(text.trim());
  const test = parser.filter(0);
  parser.end();
  return test;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  filter(depth: number): LdapTest {
    if (depth > MAX_DEPTH) throw new SyntaxError('the filter is nested too deeply');
    this.#expect('(');
    const test = this.#body(depth);
    this.#expect(')');
    return test;
  }

  end(): void {
    if (this.#at !== this.#text.length) throw new SyntaxError('text after the filter');
  }

  #body(depth: number): LdapTest {
    const operator = this.#text[this.#at];
    if (operator === '&' || operator === '|') {
      this.#at++;
      const tests: LdapTest[] = [];
      while (this.#text[this.#at] === '(') tests.push(this.filter(depth + 1));
      if (tests.length === 0) throw new SyntaxError('an empty list of filters');
      return operator === '&'
        ? (entry) => tests.every((test) => test(entry))
        : (entry) => tests.some((test) => test(entry));
    }
    if (operator === '!') {
      this.#at++;
      const test = this.filter(depth + 1);
      return (entry) => !test(entry);
    }
    return this.#item();
  }

  #item(): LdapTest {
    // A value ends at the first closing parenthesis: inside a value it is written \29.
    const close = this.#text.indexOf(')', this.#at);
    const item = this.#text.slice(this.#at, close < 0 ? undefined : close);
    const parts = /^([A-Za-z0-9_.:;-]+)(>=|<=|~=|=)([^(]*)$/s.exec(item);
    if (close < 0 || parts === null) throw new SyntaxError(`not a filter item: ${item}`);
    this.#at = close;
    const [, attribute, operator, value] = parts as unknown as [string, string, string, string];
    return itemTest(attribute, operator, value);
  }

  #expect(char: string): void {
    if (this.#text[this.#at] !== char) throw new SyntaxError(`expected ${char} at ${this.#at}`);
    this.#at++;
  }
}

function itemTest(attribute: string, operator: string, raw: string): LdapTest {
  if (operator === '=' && raw === '*') return (entry) => entry.values(attribute).length > 0;
  if (operator === '>=' || operator === '<=') {
    const bound = unescapeValue(raw);
    return (entry) => entry.values(attribute).some((value) => inOrder(value, bound, operator));
  }
  const pieces = raw.split('*').map(unescapeValue);
  const pattern = new RegExp(`^${pieces.map(RegExp.escape).join('.*')}$`, 's');
  return (entry) => entry.values(attribute).some((value) => pattern.test(String(value)));
}

function inOrder(value: unknown, bound: string, operator: string): boolean {
  const [a, b] = typeof value === 'number' ? [value, Number(bound)] : [String(value), bound];
  return operator === '>=' ? a >= b : a <= b;
}

/** `\2a` → `*`; also `{\2a}`, the way sdc-clients' PAPI writes it. */
function unescapeValue(text: string): string {
  return text
    .replace(/\{\\([0-9a-fA-F]{2})\}/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
