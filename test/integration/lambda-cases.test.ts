import { startEmbedded } from "../cases/embedded-endpoint.ts";
import { testLambdaCases } from "../cases/lambda-cases.ts";

testLambdaCases("embedded Lambda", startEmbedded);
