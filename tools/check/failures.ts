// A reporter of node:test that gives failed tests alone, so that a summary can end with why.
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

/** As much of an error as a summary has room for: what comes first says what went wrong. */
const LINES = 20;

/** Yields a paragraph for each test that failed by itself, not for the suites and files around it. */
export default async function* failures(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== 'test:fail') continue;
    const { error } = data.details;
    // The suite fails with its tests, the file with its suites.
    if ('failureType' in error && error.failureType === 'subtestsFailed') continue;
    const place = data.file === undefined ? '' : `${relative(process.cwd(), data.file)}:${data.line}: `;
    yield `${place}${data.name}\n${excerpt(error.cause ?? error)}\n`;
  }
}

function excerpt(cause: unknown): string {
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return text
    .split('\n')
    .slice(0, LINES)
    .map((line) => `    ${line}`)
    .join('\n');
}
