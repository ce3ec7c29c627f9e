import { expect, it } from "vitest";
import { isAccessDenied, isCredentialFailure, isNetworkCode } from "../src/aws-errors.ts";

// Names: the SDK's providers, and the lists of common errors of Lambda, DynamoDB and S3 in AWS's references.
it.each([
  "CredentialsProviderError",
  "UnrecognizedClientException",
  "MissingAuthenticationToken",
  "MissingAuthenticationTokenException",
  "InvalidSignatureException",
  "IncompleteSignatureException",
  "SignatureDoesNotMatch",
  "InvalidClientTokenId",
  "InvalidAccessKeyId",
  "InvalidToken",
  "ExpiredToken",
  "ExpiredTokenException",
])("%s is about the credentials", (name) => {
  expect([isCredentialFailure(name), isAccessDenied(name)]).toEqual([true, false]);
});

it.each(["AccessDenied", "AccessDeniedException", "Forbidden", "403"])("%s is a denial", (name) => {
  expect([isCredentialFailure(name), isAccessDenied(name)]).toEqual([false, true]);
});

it.each(["ResourceNotFoundException", "ThrottlingException", "NoSuchBucket", "Error"])("%s is neither", (name) => {
  expect([isCredentialFailure(name), isAccessDenied(name)]).toEqual([false, false]);
});

it("tells Node's codes of the network from those of files", () => {
  const network = "ECONNRESET ECONNREFUSED ECONNABORTED ENOTFOUND EAI_AGAIN ETIMEDOUT EHOSTUNREACH ENETUNREACH EPIPE";
  expect(network.split(" ").filter((code) => !isNetworkCode(code))).toEqual([]);
  const others = "ENOENT EACCES EPERM EMFILE ENOSPC EROFS ENOTDIR EEXIST ERR_INVALID_ARG_TYPE".split(" ");
  expect([...others, undefined, 28].filter(isNetworkCode)).toEqual([]);
});
