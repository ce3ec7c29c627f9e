import { testLambdaCases } from "../cases/lambda-cases.ts";
import { startLocalStack } from "./localstack-endpoint.ts";

testLambdaCases("LocalStack", startLocalStack);
