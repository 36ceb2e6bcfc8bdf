// Several changes of a database as one.
import type { DatabaseSync } from 'node:sqlite';

/** A function that runs a step whole or not at all; what the step throws passes. */
export function transactions(db: DatabaseSync): (step: () => void) => void {
  return (step) => {
    db.exec('BEGIN IMMEDIATE');
    try {
      step();
      db.exec('COMMIT');
    } catch (err) {
      db.exec('ROLLBACK');
      throw err;
    }
  };
}
