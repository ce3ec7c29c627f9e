export { type NumericalDerivativeSettings, withNumericalDerivatives } from "./numerical-derivatives.ts";
