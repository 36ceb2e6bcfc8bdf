// The part of Go's text/template that log tags use: fields, pipelines, literals, if/else/end and Docker's own functions.

type Data = Readonly<Record<string, unknown>>;
type Token = { kind: 'field' | 'word' | 'string' | 'number' | 'pipe' | 'open' | 'close'; text: string };
type Node = { text: string } | { pipeline: Token[] } | { test: Token[]; yes: Node[]; no: Node[] };
interface Scope {
  name: string;
  data: Data;
  /** How Go calls the type of `data`. */
  type: string;
}

/** Throws Error in Go's words. */
export function renderTemplate(name: string, source: string, data: Data, type: string): string {
  const parser = new Parser(name, source);
  return render(parser.parse(), { name, data, type });
}

function render(nodes: Node[], scope: Scope): string {
  return nodes
    .map((node) => {
      if ('text' in node) return node.text;
      if ('pipeline' in node) return show(evaluate(node.pipeline, scope));
      return render(isTrue(evaluate(node.test, scope)) ? node.yes : node.no, scope);
    })
    .join('');
}

class Parser {
  readonly #name: string;
  /** Text and actions in turn: odd ones are actions. */
  readonly #parts: string[];
  #at = 0;

  constructor(name: string, source: string) {
    this.#name = name;
    this.#parts = split(source, (why) => this.#fail(why));
  }

  parse(): Node[] {
    const { nodes, end } = this.#list();
    if (end !== null) this.#fail(`unexpected {{${end}}}`);
    return nodes;
  }

  #list(): { nodes: Node[]; end: string | null } {
    const nodes: Node[] = [];
    for (; this.#at < this.#parts.length; this.#at++) {
      const part = this.#parts[this.#at]!;
      if (this.#at % 2 === 0) {
        if (part !== '') nodes.push({ text: part });
        continue;
      }
      const tokens = this.#tokens(part);
      const word = tokens[0]?.kind === 'word' ? tokens[0].text : '';
      if (word === 'end' || word === 'else') return { nodes, end: word };
      if (word === 'if') nodes.push(this.#branch(tokens.slice(1)));
      else if (['range', 'with', 'define', 'template', 'block', 'break', 'continue'].includes(word))
        this.#fail(`{{${word}}} is not supported here`);
      else nodes.push({ pipeline: tokens });
    }
    return { nodes, end: null };
  }

  #branch(test: Token[]): Node {
    if (test.length === 0) this.#fail('missing value for if');
    this.#at++;
    const yes = this.#list();
    let no: { nodes: Node[]; end: string | null } = { nodes: [], end: yes.end };
    if (yes.end === 'else') {
      this.#at++;
      no = this.#list();
    }
    if (no.end !== 'end') this.#fail('unexpected EOF');
    return { test, yes: yes.nodes, no: no.nodes };
  }

  #tokens(action: string): Token[] {
    const tokens: Token[] = [];
    const lexer =
      /\s+|("(?:[^"\\\n]|\\.)*"|`[^`]*`)|(-?\d+)(?![\w.])|((?:\.\w+)+|\.)|([A-Za-z_]\w*)|(\|)|(\()|(\))|([\s\S])/gy;
    for (const [, string, number, field, word, pipe, open, close, bad] of action.matchAll(lexer)) {
      if (bad !== undefined) this.#fail(`unexpected ${JSON.stringify(bad)} in command`);
      else if (string !== undefined) tokens.push({ kind: 'string', text: this.#unquote(string) });
      else if (number !== undefined) tokens.push({ kind: 'number', text: number });
      else if (field !== undefined) tokens.push({ kind: 'field', text: field });
      else if (word !== undefined) tokens.push({ kind: 'word', text: this.#known(word) });
      else if (pipe !== undefined) tokens.push({ kind: 'pipe', text: pipe });
      else if (open !== undefined) tokens.push({ kind: 'open', text: open });
      else if (close !== undefined) tokens.push({ kind: 'close', text: close });
    }
    if (tokens.length === 0 && !/^\/\*/.test(action)) this.#fail('missing value for command');
    return tokens;
  }

  #known(word: string): string {
    const known = Object.hasOwn(FUNCTIONS, word) || KEYWORDS.includes(word);
    return known ? word : this.#fail(`function ${JSON.stringify(word)} not defined`);
  }

  #unquote(text: string): string {
    if (text.startsWith('`')) return text.slice(1, -1);
    try {
      return String(JSON.parse(text));
    } catch {
      return this.#fail('invalid syntax');
    }
  }

  #fail(why: string): never {
    throw new Error(`template: ${this.#name}:1: ${why}`);
  }
}

const KEYWORDS = 'if else end range with define template block break continue true false nil'.split(' ');

/** Cuts at {{ and }}, and trims white space where {{- and -}} say so; comments go. */
function split(source: string, fail: (why: string) => never): string[] {
  const parts: string[] = [];
  let rest = source;
  let trim = false;
  for (;;) {
    const at = rest.indexOf('{{');
    const text = at < 0 ? rest : rest.slice(0, at);
    const trimLeft = at >= 0 && /^\{\{-\s/.test(rest.slice(at));
    const begun = trim ? text.trimStart() : text;
    parts.push(trimLeft ? begun.trimEnd() : begun);
    if (at < 0) return parts;
    const body = /^((?:"(?:[^"\\]|\\.)*"|`[^`]*`|(?!\}\})[\s\S])*)\}\}/.exec(rest.slice(at + 2));
    if (!body) return fail('unclosed action');
    trim = /\s-$/.test(body[1]!);
    const action = body[1]!.slice(trimLeft ? 1 : 0, trim ? -1 : undefined).trim();
    rest = rest.slice(at + 2 + body[0].length);
    if (/^\/\*[\s\S]*\*\/$/.test(action)) rest = `${parts.pop()}${rest}`;
    else parts.push(action);
  }
}

/** Runs a pipeline: each command's value is the last argument of the next. */
function evaluate(tokens: Token[], scope: Scope): unknown {
  const commands: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'open') depth++;
    if (token.kind === 'close') depth--;
    if (token.kind === 'pipe' && depth === 0) commands.push([]);
    else commands.at(-1)!.push(token);
  }
  let value: unknown;
  for (const [index, command] of commands.entries()) {
    value = run(command, scope, index === 0 ? [] : [value]);
  }
  return value;
}

function run(command: Token[], scope: Scope, piped: unknown[]): unknown {
  const values = operands(command, scope);
  const [first, ...args] = values;
  if (first === undefined) throw failure(scope, 'missing value for command');
  if (first.call) {
    try {
      return FUNCTIONS[first.call]!(...args.map(({ value }) => value), ...piped);
    } catch (err) {
      throw failure(scope, `error calling ${first.call}: ${(err as Error).message}`);
    }
  }
  if (args.length > 0 || piped.length > 0) {
    throw failure(scope, `can't give argument to non-function ${first.text}`);
  }
  return first.value;
}

type Operand = { text: string; value?: unknown; call?: string };

function operands(command: Token[], scope: Scope): Operand[] {
  const list: Operand[] = [];
  for (let at = 0; at < command.length; at++) {
    const token = command[at]!;
    if (token.kind === 'open') {
      let depth = 1;
      const from = at + 1;
      while (depth > 0 && ++at < command.length) {
        if (command[at]!.kind === 'open') depth++;
        if (command[at]!.kind === 'close') depth--;
      }
      if (depth > 0) throw failure(scope, 'unclosed left paren');
      list.push({ text: '(…)', value: evaluate(command.slice(from, at), scope) });
    } else list.push(operand(token, scope));
  }
  return list;
}

function operand({ kind, text }: Token, scope: Scope): Operand {
  if (kind === 'field') return { text, value: field(text, scope) };
  if (kind === 'number') return { text, value: Number(text) };
  if (kind === 'string') return { text, value: text };
  if (kind === 'close') throw failure(scope, 'unexpected ")" in command');
  if (text === 'true' || text === 'false') return { text, value: text === 'true' };
  return text === 'nil' ? { text, value: null } : { text, call: text };
}

function field(path: string, scope: Scope): unknown {
  let value: unknown = scope.data;
  for (const [depth, key] of path.split('.').slice(1).entries()) {
    if (key === '') break;
    const known = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    if (depth === 0 && !known) {
      throw failure(
        scope,
        `executing ${JSON.stringify(scope.name)} at <${path}>: can't evaluate field ${key} in type ${scope.type}`,
      );
    }
    value = known ? (value as Data)[key] : '<no value>';
  }
  return value;
}

function failure(scope: Scope, why: string): Error {
  return new Error(`template: ${scope.name}:1:2: ${why}`);
}

function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** As fmt.Print shows it. */
function show(value: unknown): string {
  if (value === null || value === undefined) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(show).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, each]) => `${key}:${show(each)}`).join(' ')}]`;
}

/** Longest run of blanks that `pad` and `printf` make: a tag is a line's beginning, not a bomb. */
const MAX_PAD = 1024;
const pad = (count: unknown): string => ' '.repeat(Math.min(MAX_PAD, Math.max(0, Number(count) || 0)));

const FUNCTIONS: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  json: (value) => JSON.stringify(value),
  split: (text, by) => String(text).split(String(by)),
  join: (list, by) => (Array.isArray(list) ? list.map(show).join(String(by)) : show(list)),
  title: (text) =>
    String(text).replace(
      /(^|[^\p{L}\p{N}_'])(\p{L})/gu,
      (_all, before, letter) => before + letter.toUpperCase(),
    ),
  lower: (text) => String(text).toLowerCase(),
  upper: (text) => String(text).toUpperCase(),
  pad: (text, before, after) => (text === '' ? '' : pad(before) + String(text) + pad(after)),
  truncate: (text, length) => String(text).slice(0, Math.max(0, Number(length))),
  print: (...list) => list.map(show).join(''),
  println: (...list) => `${list.map(show).join(' ')}\n`,
  printf: (format, ...list) =>
    String(format).replace(/%(-?)(\d*)([sdvq%])/g, (_all, left: string, width: string, verb: string) => {
      if (verb === '%') return '%';
      const value = verb === 'q' ? JSON.stringify(show(list.shift())) : show(list.shift());
      const blanks = pad(Number(width) - value.length);
      return left === '-' ? value + blanks : blanks + value;
    }),
  len: (value) =>
    typeof value === 'object' && value !== null ? Object.keys(value).length : String(value).length,
  index: (value, ...keys) =>
    keys.reduce((at: unknown, key) => {
      const known = typeof at === 'object' && at !== null && Object.hasOwn(at, String(key));
      if (Array.isArray(at) && !known) throw new Error(`reflect: slice index out of range`);
      return known ? (at as Record<string, unknown>)[String(key)] : '';
    }, value),
  not: (value) => !isTrue(value),
  and: (...list) => list.find((value) => !isTrue(value)) ?? list.at(-1),
  or: (...list) => list.find(isTrue) ?? list.at(-1),
  eq: (first, ...others) => others.some((other) => other === first),
  ne: (first, other) => first !== other,
};
