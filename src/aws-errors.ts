/** What errors of AWS, and of the way there, mean: by the names that the SDK and the services give them, and by Node's codes. */

const CREDENTIALS =
  /CredentialsProviderError|CredentialsError|UnrecognizedClient|MissingAuthentication|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|InvalidClientTokenId|InvalidAccessKeyId|InvalidToken|ExpiredToken/;
const DENIED = /AccessDenied|^Forbidden$|^403$/;
const NETWORK = /^(ECONN[A-Z]+|EHOST[A-Z]+|ENET[A-Z]+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE)$/;

/** Whether an error of this name is about who asks: credentials that are missing, wrong or expired. */
export function isCredentialFailure(name: string): boolean {
  return CREDENTIALS.test(name);
}

/** Whether an error of this name says that it is known who asks, but they may not. */
export function isAccessDenied(name: string): boolean {
  return DENIED.test(name);
}

/** Whether an error with this code of Node's is the network's: no way there, no such host, a connection that broke. */
export function isNetworkCode(code: unknown): boolean {
  return typeof code === "string" && NETWORK.test(code);
}
