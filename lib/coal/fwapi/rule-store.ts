// FWAPI's rules: a map in memory, loaded from SQLite at the start and written through; whoever applies them is told of each change.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { contentOf, type FwRule, type RuleContent } from '#lib/fw-rules/rule.ts';
import { openDatabase } from '#lib/sqlite/open.ts';

/** Of the record's own form, apart from the table's. */
export const RULE_RECORD_VERSION = 1;

/** What every datacenter begins with. */
const PINGS: FwRule = {
  uuid: '5a1e0c1e-7d0c-4d0e-9e0f-0b5c0a1fd001',
  description: 'allow pings to all VMs',
  enabled: true,
  global: true,
  rule: 'FROM any TO all vms ALLOW icmp TYPE 8 CODE 0',
  version: '0.000000',
  log: false,
};

/** The same of IPv6. */
const PINGS6: FwRule = {
  ...PINGS,
  uuid: '5a1e0c1e-7d0c-4d0e-9e0f-0b5c0a1fd002',
  description: 'allow IPv6 pings to all VMs',
  rule: 'FROM any TO all vms ALLOW icmp6 TYPE 128 CODE 0',
};

const MIGRATIONS = [
  `CREATE TABLE rules (
     uuid TEXT PRIMARY KEY,
     v INTEGER NOT NULL,
     record TEXT NOT NULL
   ) STRICT;
   INSERT INTO rules (uuid, v, record) VALUES ('${PINGS.uuid}', 1, '${JSON.stringify(PINGS)}')`,
  `INSERT OR IGNORE INTO rules (uuid, v, record) VALUES ('${PINGS6.uuid}', 1, '${JSON.stringify(PINGS6)}')`,
];

/** A rule and what it says. */
export interface StoredRule {
  rule: FwRule;
  content: RuleContent;
}

export class RuleStore {
  readonly #db: DatabaseSync;
  readonly #rules = new Map<string, StoredRule>();
  readonly #write: StatementSync;
  readonly #remove: StatementSync;
  #onChange: (uuid: string, rule: FwRule | null) => void = () => undefined;

  /** Opens (creates, migrates) the file; a new one gets the rules that every datacenter begins with. Throws when it is of a newer version. */
  constructor(file: string) {
    this.#db = openDatabase(file, MIGRATIONS);
    this.#write = this.#db.prepare(
      'INSERT INTO rules (uuid, v, record) VALUES (?, ?, ?) ON CONFLICT (uuid) DO UPDATE SET v = excluded.v, record = excluded.record',
    );
    this.#remove = this.#db.prepare('DELETE FROM rules WHERE uuid = ?');
    const rows = this.#db.prepare('SELECT uuid, v, record FROM rules').all();
    for (const { uuid, v, record } of rows as { uuid: string; v: number; record: string }[]) {
      if (v !== RULE_RECORD_VERSION) {
        this.#db.close();
        throw new Error(`${file}: rule ${uuid} has record version ${v}, written by a newer sdc-docker`);
      }
      const rule = JSON.parse(record) as FwRule;
      this.#rules.set(uuid, { rule, content: contentOf(rule) });
    }
  }

  /** Called after each change is durable; null when the rule is gone. */
  onChange(listener: (uuid: string, rule: FwRule | null) => void): void {
    this.#onChange = listener;
  }

  get(uuid: string): StoredRule | undefined {
    return this.#rules.get(uuid);
  }

  all(): StoredRule[] {
    return [...this.#rules.values()];
  }

  put(rule: FwRule): void {
    const stored = { rule, content: contentOf(rule) };
    this.#write.run(rule.uuid, RULE_RECORD_VERSION, JSON.stringify(rule));
    this.#rules.set(rule.uuid, stored);
    this.#onChange(rule.uuid, rule);
  }

  delete(uuid: string): void {
    this.#remove.run(uuid);
    this.#rules.delete(uuid);
    this.#onChange(uuid, null);
  }

  close(): void {
    this.#db.close();
  }
}
