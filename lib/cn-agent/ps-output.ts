// Reads the output of the host's ps: the rows that are of certain processes, as docker top shows them. Pure.

export interface TopTable {
  Titles: string[];
  /** null when there is no row, as dockerd has it. */
  Processes: string[][] | null;
}

/**
 * The rows whose PID is among `pids`, with the lines of their threads ("-"). `marked`: the first column is one that was put there to
 * find the PID, and is left out. Throws RangeError with dockerd's text when there is no PID to go by.
 */
export function readPs(output: string, pids: ReadonlySet<number>, { marked = false } = {}): TopTable {
  const [header = '', ...lines] = output.split('\n');
  const all = wordsOf(header);
  const titles = marked ? all.slice(1) : all;
  const pidAt = marked ? 0 : all.indexOf('PID');
  if (pidAt < 0 || !titles.includes('PID')) throw new RangeError("Couldn't find PID field in ps output");
  const rows: string[][] = [];
  let threadsOfOurs = false;
  for (const line of lines.filter((each) => each !== '')) {
    const words = wordsOf(line);
    const pid = words[pidAt] ?? '';
    if (pid === '-') {
      if (threadsOfOurs) rows.push(toRow(marked ? words.slice(1) : words, titles.length));
      continue;
    }
    if (!/^\d+$/.test(pid)) {
      throw new RangeError(`Unexpected pid '${pid}': strconv.Atoi: parsing "${pid}": invalid syntax`);
    }
    threadsOfOurs = pids.has(Number(pid));
    if (threadsOfOurs) rows.push(toRow(marked ? words.slice(1) : words, titles.length));
  }
  return { Titles: titles, Processes: rows.length > 0 ? rows : null };
}

/** Titles of an output. */
export function titlesOf(output: string): string[] {
  return wordsOf(output.slice(0, output.indexOf('\n')));
}

/** The last column takes the rest of the line. */
function toRow(words: string[], columns: number): string[] {
  return [...words.slice(0, columns - 1), words.slice(columns - 1).join(' ')];
}

function wordsOf(line: string): string[] {
  return line.split(/[\t\n\f\r ]+/).filter((word) => word !== '');
}
