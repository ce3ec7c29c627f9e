/** The optional part: compiles also where vega is not installed. */
import type { History } from "fanopt";
import { criterionPlot } from "fanopt/plots";

export const picture = (history: History): Promise<string> => criterionPlot(history).svg();
