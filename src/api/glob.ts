// Shell patterns as Go's path.Match reads them: `*` and `?` stop at slashes, `[a-z]` and `[^a]` are classes, `\` quotes.
import { invalid } from '#src/errors.ts';

type Token = '*' | ((char: string) => boolean);

/** A matcher for whole texts, linear in practice. Throws DockerError invalid for a pattern that is none. */
export function compileGlob(pattern: string): (text: string) => boolean {
  const tokens = tokenize([...pattern]);
  return (text) => matches(tokens, [...text]);
}

function tokenize(chars: string[]): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < chars.length) {
    const char = chars[at++]!;
    if (char === '*') tokens.push('*');
    else if (char === '?') tokens.push((c) => c !== '/');
    else if (char === '[') {
      const parsed = classAt(chars, at);
      tokens.push(parsed.token);
      at = parsed.end;
    } else {
      const wanted = char === '\\' ? literalAt(chars, at++) : char;
      tokens.push((c) => c === wanted);
    }
  }
  return tokens;
}

function classAt(chars: string[], start: number): { token: Token; end: number } {
  let at = start;
  const negated = chars[at] === '^';
  if (negated) at++;
  const ranges: [string, string][] = [];
  const next = (): string => {
    const char = chars[at++];
    if (char === '\\') return literalAt(chars, at++);
    if (char === undefined || char === '-' || char === ']') throw badPattern();
    return char;
  };
  do {
    const from = next();
    let to = from;
    if (chars[at] === '-') {
      at++;
      to = next();
    }
    ranges.push([from, to]);
    if (at >= chars.length) throw badPattern();
  } while (chars[at] !== ']');
  const token = (c: string): boolean => ranges.some(([from, to]) => from <= c && c <= to) !== negated;
  return { token, end: at + 1 };
}

function literalAt(chars: string[], at: number): string {
  const char = chars[at];
  if (char === undefined) throw badPattern();
  return char;
}

function badPattern(): Error {
  return invalid('syntax error in pattern');
}

// Going back to the last star only is enough: what an earlier one could take, the last one can take too.
function matches(tokens: Token[], text: string[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const current = tokens[token];
    if (current === '*') {
      star = token++;
      starAt = at;
    } else if (current?.(text[at]!)) {
      token++;
      at++;
    } else if (star >= 0 && text[starAt] !== '/') {
      token = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (tokens[token] === '*') token++;
  return token === tokens.length;
}
