// A Dockerfile's physical lines joined to logical ones: continuations, comments, parser directives.

export interface LogicalLine {
  text: string;
  /** From 1. */
  line: number;
}

export interface Lines {
  lines: LogicalLine[];
  escapeChar: string;
  /** Numbers of lines that continue with nothing. */
  emptyContinuations: number;
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;
const COMMENT = /^\s*#/;

/** Pure. Throws Error with buildkit's text for an unknown escape character. */
export function joinLines(source: string): Lines {
  const physical = source.replace(/^\uFEFF/, '').split(/\r?\n/);
  const escapeChar = escapeOf(physical);
  const token = escapeChar === '\\' ? '\\\\' : '`';
  const continues = new RegExp(`(^|[^${token}])${token}[ \\t]*$`);
  const lines: LogicalLine[] = [];
  let emptyContinuations = 0;
  let open: LogicalLine | null = null;
  for (const [at, raw] of physical.entries()) {
    if (COMMENT.test(raw)) continue;
    if (open === null && raw.trim() === '') continue;
    if (open !== null && raw.trim() === '') {
      if (at < physical.length - 1) emptyContinuations++;
      continue;
    }
    open ??= { text: '', line: at + 1 };
    const text: string = open.text === '' ? raw.trimStart() : raw;
    const more = continues.exec(text);
    open.text += more ? text.slice(0, more.index + more[1]!.length) : text;
    if (more) continue;
    lines.push(open);
    open = null;
  }
  if (open !== null && open.text.trim() !== '') lines.push(open);
  return { lines, escapeChar, emptyContinuations };
}

/** Directives stand in front of everything else; only `escape` means something here. */
function escapeOf(physical: readonly string[]): string {
  for (const line of physical) {
    const [, name = '', value = ''] = DIRECTIVE.exec(line) ?? [];
    if (name === '') break;
    if (name.toLowerCase() !== 'escape') continue;
    if (value !== '\\' && value !== '`')
      throw new Error(`invalid escape token '${value}' does not match \` or \\`);
    return value;
  }
  return '\\';
}
