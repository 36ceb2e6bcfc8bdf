// Splits the rest of an instruction into words: quoted, escaped, as JSON, as flags. Quotes and escapes stay for the expansion.

/** Words between white space; what is quoted or escaped holds together. Pure. */
export function splitWords(text: string, escapeChar: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quote === '' && /\s/.test(char)) {
      if (word !== '') words.push(word);
      word = '';
      continue;
    }
    word += char;
    if (char === escapeChar && quote !== "'" && at + 1 < text.length) word += text[++at]!;
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = '';
  }
  if (word !== '') words.push(word);
  return words;
}

/** A JSON list of texts, else null. Pure. */
export function jsonWords(text: string): string[] | null {
  if (!text.startsWith('[')) return null;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : null;
  } catch {
    return null;
  }
}

/** `key=value` words, or `key rest of the line`. Pure. Throws Error with buildkit's texts. */
export function nameValues(text: string, what: string, escapeChar: string): [string, string][] {
  const words = splitWords(text, escapeChar);
  const first = words[0];
  if (first === undefined) throw new Error(`${what} requires at least one argument`);
  if (!first.includes('=')) {
    const [, key = '', value] = /^(\S+)\s+(\S[\s\S]*)$/.exec(text.trim()) ?? [];
    if (value === undefined) throw new Error(`${what} must have two arguments`);
    return [[key, value]];
  }
  return words.map((word) => {
    const at = word.indexOf('=');
    if (at < 0) {
      throw new Error(
        `Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`,
      );
    }
    return [word.slice(0, at), word.slice(at + 1)];
  });
}

/** Takes the `--flags` off the front. Pure. */
export function takeFlags(text: string): { flags: [string, string][]; rest: string } {
  const flags: [string, string][] = [];
  let rest = text.trimStart();
  for (;;) {
    const word = /^--(?:"[^"]*"|'[^']*'|\S)*/.exec(rest)?.[0];
    if (word === undefined || word === '') return { flags, rest };
    rest = rest.slice(word.length).trimStart();
    if (word === '--') return { flags, rest };
    const at = word.indexOf('=');
    const name = at < 0 ? word.slice(2) : word.slice(2, at);
    flags.push([name, at < 0 ? '' : word.slice(at + 1).replace(/^(["'])(.*)\1$/, '$2')]);
  }
}
