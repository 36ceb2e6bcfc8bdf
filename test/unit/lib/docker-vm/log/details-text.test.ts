// The text that docker logs --details puts in front of each line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailsText } from '#lib/docker-vm/log/attributes.ts';

const cases: [Record<string, string>, string][] = [
  [{}, ' '],
  [{ b: '2', a: '1' }, 'a=1,b=2 '],
  [{ FOO: 'bar', NUL: '', 'a.b': 'x', c: '1 2&é' }, 'FOO=bar,NUL=,a.b=x,c=1+2%26%C3%A9 '],
  [{ PATH: '/bin:/usr' }, 'PATH=%2Fbin%3A%2Fusr '],
  [{ odd: "~-_.!'()*" }, 'odd=~-_.%21%27%28%29%2A '],
  [{ half: '\ud800' }, 'half=%EF%BF%BD '],
];

test('sorted, escaped as Go escapes a query, and a blank behind', () => {
  for (const [attributes, text] of cases) assert.equal(detailsText(attributes), text);
});
