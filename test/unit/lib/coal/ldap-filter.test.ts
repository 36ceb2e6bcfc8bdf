// LDAP filters as PAPI and VMAPI get them: operators, wildcards, escapes, and what is no filter.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLdapFilter } from '#lib/coal/ldap-filter.ts';

const entry: Record<string, unknown[]> = { name: ['a*b'], size: [128], owner: ['x', 'y'], flag: [true] };
const attributes = { values: (name: string) => entry[name] ?? [] };

const cases: [string, boolean][] = [
  ['(name=a*)', true],
  ['(name=a\\2ab)', true],
  ['(name={a\\2ab})', false],
  ['(name=a{\\2a}b)', true],
  ['(name=a\\2ac)', false],
  ['(owner=y)', true],
  ['(owner=z)', false],
  ['(none=*)', false],
  ['(size=*)', true],
  ['(size>=128)', true],
  ['(size<=127)', false],
  ['(flag=true)', true],
  ['(&(name=a*)(!(owner=z)))', true],
  ['(|(name=z)(size>=1))', true],
];
describe('parseLdapFilter', () => {
  for (const [text, expected] of cases) {
    it(text, () => assert.equal(parseLdapFilter(text)(attributes), expected));
  }
  for (const text of ['', '(', '(((', '(name)', '(&)', '(name=a)x', '('.repeat(200)]) {
    it(`is no filter: ${text.slice(0, 10)}`, () => assert.throws(() => parseLdapFilter(text), SyntaxError));
  }
});
