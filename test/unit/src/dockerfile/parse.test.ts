// src/dockerfile/parse.ts: lines, words, JSON forms, flags, stages and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile, parseInstructions } from '#src/dockerfile/parse.ts';

const one = (text: string) => parseInstructions(text).instructions[0]!;

for (const [text, name, args] of [
  ['RUN echo  hi', 'run', ['echo  hi']],
  ['run ["a", "b c"]', 'run', ['a', 'b c']],
  ['RUN [not json]', 'run', ['[not json]']],
  ['RUN a \\\n  # comment\n  b', 'run', ['a   b']],
  ['RUN a \\\n\n  b', 'run', ['a   b']],
  ['# escape=`\nRUN a `\n b\\', 'run', ['a  b\\']],
  ['RUN echo a\\\\', 'run', ['echo a\\\\']],
  ['COPY a b c/', 'copy', ['a', 'b', 'c/']],
  ['COPY ["a b", "c"]', 'copy', ['a b', 'c']],
  ['ENV a=b c="d e" f=g\\ h', 'env', ['a=b', 'c="d e"', 'f=g\\ h']],
  ['ENV a b  c', 'env', ['a=b  c']],
  ['LABEL "x y"=z', 'label', ['"x y"=z']],
  ['ARG a b=c', 'arg', ['a', 'b=c']],
  ['EXPOSE 80 81/udp', 'expose', ['80', '81/udp']],
  ['WORKDIR /a b', 'workdir', ['/a b']],
  ['CMD', 'cmd', []],
  ['ENTRYPOINT []', 'entrypoint', []],
  ['HEALTHCHECK NONE', 'healthcheck', ['NONE']],
  ['HEALTHCHECK --interval=3s CMD ["x"]', 'healthcheck', ['CMD', 'x']],
  ['HEALTHCHECK CMD x || exit 1', 'healthcheck', ['CMD-SHELL', 'x || exit 1']],
  ['ONBUILD RUN a', 'onbuild', ['RUN a']],
] as const) {
  test(JSON.stringify(text), () => {
    const instruction = one(text);
    assert.deepEqual([instruction.name, instruction.args], [name, args]);
  });
}

test('flags stand in front', () => {
  const copy = one('COPY --from=0 --chown="a:b" --link x --y z');
  assert.deepEqual(copy.flags, [
    ['from', '0'],
    ['chown', 'a:b'],
    ['link', ''],
  ]);
  assert.deepEqual(copy.args, ['x', '--y', 'z']);
});

test('stages, names, arguments before them, line numbers', () => {
  const file = parseDockerfile(
    '# syntax=x\n\nARG V=1\nFROM a:$V AS Base\nRUN x\nfrom base\nRUN \\\ny\nRUN z\n',
  );
  assert.deepEqual(
    file.metaArgs.map(({ code }) => code),
    ['ARG V=1'],
  );
  assert.deepEqual(
    file.stages.map(({ name, from }) => [name, from.args[0]]),
    [
      ['base', 'a:$V'],
      ['', 'base'],
    ],
  );
  assert.deepEqual(
    file.stages[1]!.instructions.map(({ code, line }) => [code, line]),
    [
      ['RUN y', 7],
      ['RUN z', 9],
    ],
  );
});

for (const [text, message] of [
  ['', /file with no instructions/],
  ['FROM a\nFOO b', /dockerfile parse error on line 2: unknown instruction: FOO/],
  ['RUN x', /no build stage in current context/],
  ['FROM a b', /FROM requires either one or three arguments/],
  ['FROM a AS 1x', /invalid name for build stage: "1x"/],
  ['FROM a\nCOPY x', /COPY requires at least two arguments/],
  ['FROM a\nENV x', /ENV must have two arguments/],
  ['FROM a\nENV x=1 y', /Syntax error - can't find = in "y"/],
  ['FROM a\nSHELL sh', /SHELL requires the arguments to be in JSON form/],
  ['FROM a\nONBUILD ONBUILD RUN x', /Chaining ONBUILD/],
  ['FROM a\nHEALTHCHECK RUN x', /unknown type "RUN" in HEALTHCHECK/],
  ['FROM a\nRUN <<EOF\necho\nEOF', /need BuildKit/],
  ['# escape=x\nFROM a', /invalid escape token/],
] as const) {
  test(`refused: ${JSON.stringify(text)}`, () => assert.throws(() => parseDockerfile(text), message));
}
