import type { TopLevelSpec } from "vega-lite";
import { FanoptError } from "../errors.ts";

/** A Vega-Lite specification as plain data: for `renderSvg`, a notebook, or vega-embed in a page. */
export type VegaLiteSpec = Readonly<Record<string, unknown>>;

/** A picture: its specification, and its rendering. */
export interface Plot {
  readonly spec: VegaLiteSpec;
  /** The picture as an SVG document. Needs the optional packages vega and vega-lite. */
  svg(): Promise<string>;
}

/** A checked specification as a picture that is rendered when asked. */
export function createPlot(spec: TopLevelSpec): Plot {
  const plain = spec as unknown as VegaLiteSpec;
  return { spec: plain, svg: () => renderSvg(plain) };
}

/**
 * Renders a Vega-Lite specification as an SVG document, without a browser.
 *
 * @throws FanoptError (code `missing-dependency`) when vega or vega-lite is not installed: they are optional peers.
 */
export async function renderSvg(spec: VegaLiteSpec): Promise<string> {
  const { compile, vega } = await loadVega();
  const compiled = compile(spec as unknown as TopLevelSpec).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: "none", logLevel: vega.Warn });
  try {
    const svg = await view.toSVG();
    return svg.includes("xmlns=") ? svg : svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
  } finally {
    view.finalize();
  }
}

async function loadVega(): Promise<{ compile: typeof import("vega-lite").compile; vega: typeof import("vega") }> {
  try {
    const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
    return { compile, vega };
  } catch (error) {
    if (!isModuleNotFound(error)) throw error;
    throw new FanoptError(
      "missing-dependency",
      "Pictures as SVG need the packages vega and vega-lite, which are not installed: run `npm install vega vega-lite`.",
      { cause: error },
    );
  }
}

function isModuleNotFound(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
}
