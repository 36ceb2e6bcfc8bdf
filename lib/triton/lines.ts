// Cuts a stream of bytes into lines of text, at LF and nothing else, in time that grows with the bytes only.
import { StringDecoder } from 'node:string_decoder';

/**
 * The lines of each chunk together, without their LF; what has none at the end of the stream comes last. (node:readline also
 * ends lines at U+2028, which JSON texts hold as it is.) Throws RangeError for a line of more than `max` characters.
 */
export async function* linesOf(input: AsyncIterable<Buffer>, max: number): AsyncGenerator<string[]> {
  const text = new StringDecoder('utf8');
  let rest: string[] = [];
  let length = 0;
  for await (const chunk of input) {
    const lines = text.write(chunk).split('\n');
    const last = lines.pop() ?? '';
    if (lines.length > 0) {
      lines[0] = rest.join('') + lines[0];
      rest = [];
      length = 0;
    }
    rest.push(last);
    length += last.length;
    if (length > max) throw new RangeError(`a line of ${length} characters`);
    if (lines.length > 0) yield lines;
  }
  const end = rest.join('') + text.end();
  if (end !== '') yield [end];
}
