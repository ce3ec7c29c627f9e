export { withNumericalDerivatives } from "./numerical-derivatives.ts";
