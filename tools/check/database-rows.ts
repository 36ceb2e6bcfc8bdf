// Reads a database beside the program that has it open.
import { DatabaseSync } from 'node:sqlite';

/** All rows of a query; nothing is written. */
export function rows<T>(file: string, query: string): T[] {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    return db.prepare(query).all() as T[];
  } finally {
    db.close();
  }
}
