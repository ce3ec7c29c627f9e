import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { addUsage, noUsage, type Usage } from "../../usage.ts";
import { compact, decimalValue, type ItemReader } from "./attributes.ts";

const keys = Object.keys(noUsage) as (keyof Usage)[];

/** As a map of decimals. What is zero is left out: most of it is. */
export function usageValue(usage: Usage | null): AttributeValue | undefined {
  if (usage === null) return undefined;
  return {
    M: compact(
      Object.fromEntries(keys.filter((key) => usage[key] !== 0).map((key) => [key, decimalValue(usage[key])])),
    ),
  };
}

export function readUsage(read: ItemReader | null): Usage | null {
  if (read === null) return null;
  return addUsage(noUsage, Object.fromEntries(keys.map((key) => [key, read.optionalNumber(key) ?? 0])));
}
