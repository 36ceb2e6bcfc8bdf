// VMAPI's predicate language: JSON with one key per node (triton-wire §2.2).
import type { Vm } from '#lib/wire/types.ts';
import { invalid, validationFailed } from '../validation.ts';
import { fieldCompare, fieldEquals, fieldValue, isQueryField } from './field-match.ts';

export type VmTest = (vm: Vm) => boolean;

/** Deeper nesting is nobody's question, only a way to exhaust the stack. */
const MAX_DEPTH = 64;

const COMPARE: Record<string, (order: number) => boolean> = {
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
};

/** Compiles the text of the query parameter. Throws TritonError ValidationFailed on field `predicate`. */
export function parsePredicate(text: string): VmTest {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    throw bad();
  }
  return compile(tree, 0);
}

function compile(node: unknown, depth: number): VmTest {
  if (typeof node !== 'object' || node === null || Array.isArray(node) || depth > MAX_DEPTH) throw bad();
  const entries = Object.entries(node);
  const [operator, operands] = entries[0] ?? [];
  if (entries.length !== 1 || operator === undefined || !Array.isArray(operands)) throw bad();
  if (operator === 'and' || operator === 'or') {
    if (operands.length < 2) throw bad();
    const tests = operands.map((operand) => compile(operand, depth + 1));
    return operator === 'and'
      ? (vm) => tests.every((test) => test(vm))
      : (vm) => tests.some((test) => test(vm));
  }
  return leaf(operator, operands);
}

function leaf(operator: string, operands: unknown[]): VmTest {
  const [field, constant] = operands;
  const scalar = ['string', 'number', 'boolean'].includes(typeof constant);
  if (operands.length !== 2 || typeof field !== 'string' || !scalar || !isQueryField(field)) throw bad();
  if (operator === 'eq') return (vm) => fieldEquals(fieldValue(vm, field), constant);
  if (operator === 'ne') return (vm) => !fieldEquals(fieldValue(vm, field), constant);
  const accept = COMPARE[operator];
  if (accept === undefined) throw bad();
  return (vm) => {
    const order = fieldCompare(fieldValue(vm, field), constant);
    return order !== null && accept(order);
  };
}

function bad(): Error {
  return validationFailed([invalid('predicate', 'Invalid predicate')]);
}
