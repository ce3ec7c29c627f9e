import { integerFrom, numberBetween, numberFrom, type OptionSchemas, trueOrFalse } from "../../option-schemas.ts";

/** Options of `levenberg-marquardt`. */
export interface LevenbergMarquardtOptions {
  /**
   * Steps of different length that are tried in one batch, so that a rejected step costs no round.
   * @default 4
   */
  trials: number;
  /**
   * Whether the Jacobian at the most promising step is asked for in the same batch: the usual iteration then costs one
   * round instead of two, for the price of a Jacobian now and then in vain.
   * @default true
   */
  speculativeJacobian: boolean;
  /**
   * Iterations (Jacobians used) after which it gives up.
   * @default 500
   */
  maxIterations: number;
  /**
   * Length of the first step tried, relative to the scaled length ‖D x0‖ of the start (to a thousandth of the
   * residuals' length ‖r‖ where that is more).
   * @default 1
   */
  initialRadius: number;
  /**
   * Ends when the Gauss–Newton step changes no parameter by more than this share of it. The default is where rounding
   * usually stops it; smaller values are met only by luck.
   * @default 1e-11
   */
  relativeParamsTolerance: number;
  /**
   * Ends when the linear model promises a relative reduction of the sum of squares below this. 0: never. A looser
   * tolerance costs digits: with 1e-8 about four of the parameters are right.
   * @default 0
   */
  relativeFunTolerance: number;
  /**
   * Ends when the cosine between the residuals and every column of the Jacobian (that a bound does not hold) is below
   * this. 0: only when it vanishes.
   * @default 0
   */
  gradientTolerance: number;
}

export const levenbergMarquardtDefaults: Readonly<LevenbergMarquardtOptions> = {
  trials: 4,
  speculativeJacobian: true,
  maxIterations: 500,
  initialRadius: 1,
  relativeParamsTolerance: 1e-11,
  relativeFunTolerance: 0,
  gradientTolerance: 0,
};

export const levenbergMarquardtSchemas: OptionSchemas<LevenbergMarquardtOptions> = {
  trials: integerFrom(1),
  speculativeJacobian: trueOrFalse(),
  maxIterations: integerFrom(1),
  initialRadius: numberBetween(0, Number.POSITIVE_INFINITY),
  relativeParamsTolerance: numberFrom(0, 1),
  relativeFunTolerance: numberFrom(0, 1),
  gradientTolerance: numberFrom(0, 1),
};
