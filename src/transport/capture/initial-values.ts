/** Values that a script's text gives to its variables, as far as the text alone says them. */
import type { AnyNode, Expression, SpreadElement } from "acorn";

/** What a variable at the top of a script holds when the script has just run. */
export interface InitialValue {
  /** Offset of the name. */
  readonly offset: number;
  readonly value: unknown;
}

/** Thrown for what only running it would tell. */
const UNKNOWN = Symbol("unknown");

/**
 * By the name of the variable; those whose value must be computed are left out.
 *
 * @param statements at the script's top.
 */
export function initialValues(statements: readonly AnyNode[]): ReadonlyMap<string, InitialValue> {
  const values = new Map<string, InitialValue>();
  const add = (name: string, offset: number, init: Expression) => {
    const value = literal(init);
    if (value !== UNKNOWN) values.set(name, { offset, value });
  };
  for (const statement of statements) {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (declaration?.type === "VariableDeclaration") {
      for (const { id, init } of declaration.declarations)
        if (id.type === "Identifier" && init != null) add(id.name, id.start, init);
    } else if (statement.type === "ExpressionStatement" && statement.expression.type === "AssignmentExpression") {
      // CommonJS: `exports.scale = 3`, the last one counts.
      const { left, right } = statement.expression;
      if (left.type !== "MemberExpression" || left.object.type !== "Identifier" || left.object.name !== "exports")
        continue;
      if (left.property.type === "Identifier" && !left.computed) add(left.property.name, left.property.start, right);
    }
  }
  return values;
}

function literal(node: Expression): unknown {
  try {
    return textValue(node);
  } catch (error) {
    if (error === UNKNOWN) return UNKNOWN;
    throw error;
  }
}

function textValue(node: Expression | SpreadElement | null): unknown {
  switch (node?.type) {
    case "Literal":
      if (node.regex != null) throw UNKNOWN;
      return node.bigint == null ? node.value : BigInt(node.bigint);
    case "TemplateLiteral":
      if (node.expressions.length > 0) throw UNKNOWN;
      return node.quasis[0].value.cooked;
    case "Identifier": {
      const known: Readonly<Record<string, unknown>> = {
        undefined: undefined,
        NaN: Number.NaN,
        Infinity: Number.POSITIVE_INFINITY,
      };
      if (Object.hasOwn(known, node.name)) return known[node.name];
      throw UNKNOWN;
    }
    case "UnaryExpression": {
      const value = textValue(node.argument);
      if (node.operator === "-" && typeof value === "number") return -value;
      if (node.operator === "!") return !value;
      if (node.operator === "void") return undefined;
      throw UNKNOWN;
    }
    case "SequenceExpression": {
      // Coverage counts before it gives the value.
      return textValue(node.expressions.at(-1) ?? null);
    }
    case "ParenthesizedExpression":
      return textValue(node.expression);
    case "ArrayExpression":
      return node.elements.map((element) => textValue(element));
    case "ObjectExpression":
      return Object.fromEntries(
        node.properties.map((property) => {
          if (property.type !== "Property" || property.kind !== "init" || property.computed || property.method)
            throw UNKNOWN;
          const { key } = property;
          if (key.type !== "Identifier" && key.type !== "Literal") throw UNKNOWN;
          return [key.type === "Identifier" ? key.name : String(key.value), textValue(property.value)];
        }),
      );
    case "NewExpression":
      return collection(
        node.callee,
        node.arguments.map((argument) => textValue(argument)),
      );
    default:
      throw UNKNOWN;
  }
}

/** `new Map()`, `new Set([1, 2])`, `new Float64Array([1, 2])`. */
function collection(callee: Expression | { readonly type: "Super" }, [argument, ...more]: readonly unknown[]): unknown {
  if (callee.type !== "Identifier" || more.length > 0) throw UNKNOWN;
  if (argument !== undefined && !Array.isArray(argument)) throw UNKNOWN;
  switch (callee.name) {
    case "Map":
      if (argument !== undefined) throw UNKNOWN;
      return new Map();
    case "Set":
      return new Set(argument);
    case "Float64Array":
      return new Float64Array(argument ?? []);
    default:
      throw UNKNOWN;
  }
}
